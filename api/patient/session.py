"""Logging in with CPR number and password, then the mailed code; and out again."""

from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.patient.acting import source_of
from api.patient.keeping import Keep, Keeping, LoggedIn, forget, hand_over
from api.proofs import channel_of
from api.throttle import Throttle
from identity.outcomes import ForbiddenError, NotFoundError, TooManyRequestsError, UnauthenticatedError
from identity.subject import Patient
from workflows.channels import PORTAL

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$", examples=["nygade"])]


class Claim(BaseModel):
    """Who the caller says they are, at which clinic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    cpr: Annotated[CprText, Field(repr=False)]
    password: Annotated[str, Field(min_length=1, max_length=1000, repr=False, examples=["Fjord-2026"])]


class Attempt(BaseModel):
    """A log-in that waits for the mailed code; the answer is the same whoever asks."""

    attempt: UUID


class Code(BaseModel):
    """The code of the mail or of the authenticator app, with its attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: UUID
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False, examples=["042137"])]
    keep: Keep = "token"


class Session:
    """Begins, completes and ends log-ins."""

    def __init__(self, services: Services) -> None:
        self._services, self._log_ins, self._keeping = services, services.log_ins, Keeping(services)
        proxies = services.settings.trusted_proxies
        self._claims, self._codes = Throttle("30/minute", proxies), Throttle("60/minute", proxies)

    @contract(
        summary="Begin a log-in",
        audience="patient",
        body=Claim,
        out=Attempt,
        status=202,
        errors=(NotFoundError, RefusedError, TooManyRequestsError),
        description=(
            "If the number and password fit, a code is mailed to those who have no better second factor. The answer "
            "does not say whether they fit, nor which factor to show."
        ),
    )
    def begin(self, call: Call, _resp: falcon.Response, *, body: Claim) -> Attempt:
        """Take the first factor."""
        self._claims.knock(call)
        cpr = number_at(self._services, body.clinic, body.cpr)
        network, source = self._claims.network(call), source_of(self._services, call)
        attempt = self._log_ins.begin(body.clinic, cpr, body.password, channel_of(call), network, source)
        return Attempt(attempt=attempt)

    @contract(
        summary="Complete a log-in with a code",
        audience="patient",
        body=Code,
        out=LoggedIn,
        errors=(UnauthenticatedError, ForbiddenError, TooManyRequestsError),
        description=(
            "The code of the authenticator app, or the mailed one if the person has neither app nor passkey. Each code "
            "works once, and in its own attempt. A log-in that the call came with ends. The cookie is for the portal's "
            "own pages."
        ),
    )
    def complete(self, call: Call, resp: falcon.Response, *, body: Code) -> LoggedIn:
        """Take the second factor."""
        self._codes.knock(call)
        token = self._log_ins.complete(body.attempt, body.code, self._keeping.manner(call, body.keep))
        return hand_over(resp, token, body.keep)

    @contract(summary="Log out", audience="patient", status=204)
    def end(self, call: Call, resp: falcon.Response) -> None:
        """End the log-in that the call came with."""
        patient = call.caller(Patient)
        self._log_ins.end(patient.log_in)
        if patient.channel == PORTAL:
            forget(resp)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/session", self.begin, "public"),
            Route("POST", "/v1/session/code", self.complete, "public"),
            Route("DELETE", "/v1/session", self.end, "patient.session.end"),
        ]
