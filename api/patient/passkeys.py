"""The patient's passkeys: making one, and showing one again."""

from typing import Any
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from api.patient.factor_changes import CHANGE, FactorChanges, Label
from api.patient.passkey_shapes import CreationOptions, NewCredential, RequestOptions, UsedCredential
from identity.outcomes import AlreadyEnoughError
from identity.passkeys import PasskeyError, RelyingParty, log_in_options, registration_options, user_handle
from identity.subject import Patient
from storage import passkeys, second_factors


class Wished(BaseModel):
    """A passkey that is about to be made; the device shows it under this label."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label


class Made(BaseModel):
    """A passkey that the browser has made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label
    credential: NewCredential


class Stored(BaseModel):
    """The new factor."""

    id: UUID


class ShownAgain(BaseModel):
    """A passkey that the browser has used."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    credential: UsedCredential


class Passkeys:
    """Registers passkeys for whoever is logged in."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._changes = FactorChanges(services)
        self._party = RelyingParty.at(services.settings.public_url)

    @contract(
        summary="Ask what a browser needs to make a passkey",
        audience="patient",
        body=Wished,
        out=CreationOptions,
        description="The log-in must be at most five minutes old.",
    )
    def ask(self, call: Call, _resp: falcon.Response, *, body: Wished) -> CreationOptions:
        """Make a challenge for this log-in."""
        services, log_in = self._services, call.caller(Patient).log_in
        with services.database.writing() as connection:
            person = self._changes.require_fresh(connection, call)
            asked = passkeys.challenge(connection, services.keyring, services.new_id, log_in, services.clock())
            known = passkeys.own_credentials(connection, services.keyring, person)
        user = user_handle(services.keyring, person.bytes)
        return CreationOptions(public_key=registration_options(self._party, asked, user, body.label, known))

    @contract(
        summary="Put a passkey in force",
        audience="patient",
        body=Made,
        out=Stored,
        status=201,
        errors=(AlreadyEnoughError,),
        description="From then on no code is mailed. A mail tells of it.",
    )
    def add(self, call: Call, _resp: falcon.Response, *, body: Made) -> Stored:
        """Take what the browser has made for the challenge of this log-in."""
        services, factor = self._services, self._services.new_id()
        try:
            with services.database.writing() as connection:
                person = self._changes.require_fresh(connection, call)
                answer = self._answer(call, body.credential.shown())
                passkeys.add(connection, services.keyring, person, factor, body.label, answer, services.clock())
                self._changes.record(connection, call, second_factors.ADDED)
        except PasskeyError:
            raise _does_not_hold() from None
        return Stored(id=factor)

    @contract(
        summary="Ask what a browser needs to show a passkey again",
        audience="patient",
        out=RequestOptions,
    )
    def ask_again(self, call: Call, _resp: falcon.Response) -> RequestOptions:
        """Make a challenge for this log-in."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            asked = passkeys.challenge(connection, services.keyring, services.new_id, patient.log_in, services.clock())
            known = passkeys.own_credentials(connection, services.keyring, patient.person)
        return RequestOptions(public_key=log_in_options(self._party, asked, known))

    @contract(
        summary="Show one of my passkeys once more",
        audience="patient",
        body=ShownAgain,
        status=204,
        description="For five minutes from then on the log-in is as fresh as a new one.",
    )
    def prove(self, call: Call, _resp: falcon.Response, *, body: ShownAgain) -> None:
        """Take a passkey that is in force."""
        services, patient = self._services, call.caller(Patient)
        now, answer = services.clock(), self._answer(call, body.credential.shown())
        with services.database.writing() as connection:
            fits = passkeys.use(connection, services.keyring, patient.person, answer, now)
            if fits:
                second_factors.prove(connection, patient.log_in, now)
        if not fits:
            raise _does_not_hold()

    def _answer(self, call: Call, shown: dict[str, Any]) -> passkeys.Answer:
        return passkeys.Answer(self._party, call.caller(Patient).log_in, shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/me/factors/passkey/options", self.ask, CHANGE),
            Route("POST", "/v1/me/factors/passkey", self.add, CHANGE),
            Route("POST", "/v1/me/factors/passkey/proof/options", self.ask_again, CHANGE),
            Route("POST", "/v1/me/factors/passkey/proof", self.prove, CHANGE),
        ]


def _does_not_hold() -> InvalidBodyError:
    return InvalidBodyError((Fault("/credential", "passkey_wrong"),))
