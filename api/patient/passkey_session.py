"""Completing a log-in with a passkey."""

from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.patient.keeping import Keep, Keeping, LoggedIn, hand_over
from api.patient.passkey_shapes import RequestOptions, UsedCredential
from api.throttle import Throttle
from identity.outcomes import ForbiddenError, TooManyRequestsError, UnauthenticatedError
from identity.passkeys import RelyingParty, log_in_options
from storage import passkeys


class Begun(BaseModel):
    """An attempt to log in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: UUID


class Signed(BaseModel):
    """The passkey that the browser has used, with its attempt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempt: UUID
    credential: UsedCredential
    keep: Keep = "token"


class PasskeySession:
    """Takes a passkey as the second step of a log-in."""

    def __init__(self, services: Services) -> None:
        self._services, self._keeping = services, Keeping(services)
        self._party = RelyingParty.at(services.settings.public_url)
        proxies = services.settings.trusted_proxies
        self._asked, self._shown = Throttle("30/minute", proxies), Throttle("60/minute", proxies)

    @contract(
        summary="Ask what a browser needs to log in with a passkey",
        audience="patient",
        body=Begun,
        out=RequestOptions,
        errors=(TooManyRequestsError,),
        description=(
            "Every attempt is answered alike. The credential ids follow from the number that was claimed; where nobody "
            "has a passkey, they are made up, and stay the same."
        ),
    )
    def ask(self, call: Call, _resp: falcon.Response, *, body: Begun) -> RequestOptions:
        """Make a challenge for this attempt."""
        self._asked.knock(call)
        services = self._services
        with services.database.writing() as connection:
            asked = passkeys.challenge(connection, services.keyring, services.new_id, body.attempt, services.clock())
            shown = passkeys.claimed_credentials(connection, services.keyring, body.attempt)
        return RequestOptions(public_key=log_in_options(self._party, asked, shown))

    @contract(
        summary="Complete a log-in with a passkey",
        audience="patient",
        body=Signed,
        out=LoggedIn,
        errors=(UnauthenticatedError, ForbiddenError, TooManyRequestsError),
        description="Each challenge is answered once, right or wrong, and in its own attempt.",
    )
    def complete(self, call: Call, resp: falcon.Response, *, body: Signed) -> LoggedIn:
        """Take the second factor."""
        self._shown.knock(call)
        services = self._services
        proof = passkeys.log_in_proof(services.keyring, self._party, body.credential.shown())
        token = services.log_ins.finish(body.attempt, proof, self._keeping.manner(call, body.keep))
        return hand_over(resp, token, body.keep)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/session/passkey/options", self.ask, "public"),
            Route("POST", "/v1/session/passkey", self.complete, "public"),
        ]
