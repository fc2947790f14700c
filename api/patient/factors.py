"""The patient's second factors: what they have, an authenticator app set up, one of them ended."""

from typing import Annotated, Literal
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from api.noting import Noting
from api.patient.acting import seen
from api.patient.factor_changes import CHANGE, FactorChanges, Label
from api.strict_json import Moment
from identity.authenticator import app_uri
from identity.outcomes import AlreadyEnoughError, NotFoundError
from identity.subject import Patient
from storage import authenticators, second_factors

READ = "patient.factor.read"
SixDigits = Annotated[str, Field(pattern=r"^[0-9]{6}$", repr=False, examples=["042137"])]


class OwnFactor(BaseModel):
    """A second factor; an app or passkey that was never used has no time of use."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    id: UUID
    kind: Literal["totp", "passkey"]
    label: str
    created_at: Moment
    used_at: Moment | None


class OwnFactors(BaseModel):
    """Every second factor in force, the oldest first."""

    factors: tuple[OwnFactor, ...]


class NewApp(BaseModel):
    """An authenticator app that is about to be set up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label


class StartedApp(BaseModel):
    """What the app needs, shown this once; it counts from its first code on, for which there are 15 minutes."""

    id: UUID
    secret: Annotated[str, Field(repr=False, description="The shared secret in base 32, to type in")]
    uri: Annotated[str, Field(repr=False, description="The same as an `otpauth:` address, to show as a picture")]


class AppCode(BaseModel):
    """The code that the app shows now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: SixDigits


class Factors:
    """Lists and ends second factors, and sets up authenticator apps."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._changes = FactorChanges(services)

    @contract(summary="Read my second factors", audience="patient", out=OwnFactors)
    def read(self, call: Call, _resp: falcon.Response) -> OwnFactors:
        """Answer what is in force, and note the look; no secret is ever shown again."""
        services = self._services
        with services.database.writing() as connection:
            found = second_factors.factors(connection, services.keyring, call.caller(Patient).person)
            self._noting.within(connection, seen(services, call, READ))
        return OwnFactors(factors=tuple(OwnFactor.model_validate(each) for each in found))

    @contract(
        summary="Begin to set up an authenticator app",
        audience="patient",
        body=NewApp,
        out=StartedApp,
        status=201,
        errors=(AlreadyEnoughError,),
        description="The log-in must be at most five minutes old. One that waits for its first code is given up.",
    )
    def start_app(self, call: Call, _resp: falcon.Response, *, body: NewApp) -> StartedApp:
        """Make a secret; the app counts once it has shown a code."""
        services, factor = self._services, self._services.new_id()
        with services.database.writing() as connection:
            person = self._changes.require_fresh(connection, call)
            now = services.clock()
            secret = authenticators.start(connection, services.keyring, person, factor, body.label, now)
        return StartedApp(id=factor, secret=secret, uri=app_uri(secret, body.label))

    @contract(
        summary="Put an authenticator app in force",
        audience="patient",
        body=AppCode,
        status=204,
        errors=(NotFoundError,),
        description="From then on the app's codes are asked for, and no code is mailed. A mail tells of it.",
    )
    def confirm_app(self, call: Call, _resp: falcon.Response, *, factor: UUID, body: AppCode) -> None:
        """Take the app's first code."""
        services, person = self._services, call.caller(Patient).person
        now = services.clock()
        with services.database.writing() as connection:
            fits = authenticators.confirm(connection, services.keyring, person, factor, body.code, now)
            if fits:
                self._changes.record(connection, call, second_factors.ADDED)
        if not fits:
            raise InvalidBodyError((Fault("/code", "code_wrong"),))

    @contract(
        summary="Show a code of my app once more",
        audience="patient",
        body=AppCode,
        status=204,
        description="For five minutes from then on the log-in is as fresh as a new one.",
    )
    def prove(self, call: Call, _resp: falcon.Response, *, body: AppCode) -> None:
        """Take a code of an app that is in force."""
        services, patient = self._services, call.caller(Patient)
        now = services.clock()
        with services.database.writing() as connection:
            fits = authenticators.take(connection, services.keyring, patient.person, body.code, now)
            if fits:
                second_factors.prove(connection, patient.log_in, now)
        if not fits:
            raise InvalidBodyError((Fault("/code", "code_wrong"),))

    @contract(
        summary="Remove one of my second factors",
        audience="patient",
        status=204,
        errors=(NotFoundError,),
        description="The log-in must be at most five minutes old, or a code of the app just shown. A mail tells of it.",
    )
    def end(self, call: Call, _resp: falcon.Response, *, factor: UUID) -> None:
        """End one factor and destroy its secret."""
        with self._services.database.writing() as connection:
            person = self._changes.require_fresh(connection, call)
            second_factors.end_factor(connection, person, factor, self._services.clock())
            self._changes.record(connection, call, second_factors.REMOVED)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"factor": "The factor's id"}
        return [
            Route("GET", "/v1/me/factors", self.read, READ),
            Route("POST", "/v1/me/factors/totp", self.start_app, CHANGE),
            Route("POST", "/v1/me/factors/totp/{factor:uuid}/confirm", self.confirm_app, CHANGE, one),
            Route("POST", "/v1/me/factors/totp/proof", self.prove, CHANGE),
            Route("DELETE", "/v1/me/factors/{factor:uuid}", self.end, CHANGE, one),
        ]
