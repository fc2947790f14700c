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
from api.throttle import Throttle
from identity.outcomes import NotFoundError, TooManyRequestsError, UnauthenticatedError
from identity.subject import Patient
from storage.log_ins import Token

CHANNEL = "api"
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,59}$", examples=["nygade"])]


class Claim(BaseModel):
    """Who the caller says they are, at which clinic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    cpr: Annotated[CprText, Field(repr=False)]
    password: Annotated[str, Field(min_length=1, max_length=128, repr=False, examples=["Fjord-2026"])]


class Attempt(BaseModel):
    """A log-in that waits for the mailed code; the answer is the same whoever asks."""

    attempt: UUID


class Code(BaseModel):
    """The code of the mail or of the authenticator app, with its attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: UUID
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False, examples=["042137"])]


class LoggedIn(BaseModel):
    """The token to send as `Authorization: Bearer`; it ends when it is not used for so many seconds."""

    token: Annotated[str, Field(repr=False)]
    idle_seconds: int
    better_factor_offered: Annotated[
        bool, Field(description="Whether the code came by mail: an app or a passkey would be safer than the mailbox")
    ]


def logged_in(token: Token) -> LoggedIn:
    """Return what is answered to somebody who has just logged in."""
    return LoggedIn(
        token=token.token,
        idle_seconds=token.idle_seconds,
        better_factor_offered=token.better_factor_offered,
    )


class Session:
    """Begins, completes and ends log-ins."""

    def __init__(self, services: Services) -> None:
        self._services, self._log_ins = services, services.log_ins
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
        attempt = self._log_ins.begin(body.clinic, cpr, body.password, CHANNEL)
        return Attempt(attempt=attempt)

    @contract(
        summary="Complete a log-in with a code",
        audience="patient",
        body=Code,
        out=LoggedIn,
        errors=(UnauthenticatedError, TooManyRequestsError),
        description=(
            "The code of the authenticator app, or the mailed one if the person has neither app nor passkey. Each code "
            "works once, and in its own attempt."
        ),
    )
    def complete(self, call: Call, _resp: falcon.Response, *, body: Code) -> LoggedIn:
        """Take the second factor."""
        self._codes.knock(call)
        return logged_in(self._log_ins.complete(body.attempt, body.code))

    @contract(summary="Log out", audience="patient", status=204)
    def end(self, call: Call, _resp: falcon.Response) -> None:
        """End the log-in that the token stands for."""
        self._log_ins.end(call.caller(Patient).log_in)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/session", self.begin, "public"),
            Route("POST", "/v1/session/code", self.complete, "public"),
            Route("DELETE", "/v1/session", self.end, "patient.session.end"),
        ]
