"""Choosing another password: one's own, or the first after one that staff gave."""

from datetime import timedelta
from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from api.noting import Noting
from api.patient.acting import PURPOSE, net
from api.patient.recovering import refuse_weak
from api.throttle import Throttle
from identity.outcomes import TooManyRequestsError
from identity.subject import Patient
from storage.access import Seen
from storage.accounts import account_of
from storage.one_time_passwords import choose
from storage.password_context import standard_of
from storage.throttles import count_up

CHANGE = "patient.password.change"
TRIES, WINDOW = 10, timedelta(days=1)


class NewPassword(BaseModel):
    """The password to have from now on, and the present one, which after a one-time password need not be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    current: Annotated[str | None, Field(max_length=1000, repr=False)] = None
    password: Annotated[str, Field(max_length=1000, repr=False, examples=["Fjord-2026"])]


class OwnPassword:
    """Takes a new password."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)

    @contract(
        summary="Choose another password",
        audience="patient",
        body=NewPassword,
        status=204,
        errors=(TooManyRequestsError,),
        description="Every other log-in ends, and a mail tells of it. A log-in by a one-time password can do nothing "
        "else until this is done.",
    )
    def change(self, call: Call, _resp: falcon.Response, *, body: NewPassword) -> None:
        """Set the password."""
        self._throttle.knock(call)
        services, patient = self._services, call.caller(Patient)
        if not patient.must_choose:
            self._require_current(patient, body.current)
        with services.database.reading() as connection:
            standard = standard_of(connection, services.keyring, patient.person)
        refuse_weak(body.password, standard)
        password_hash, now = services.passwords.hash(body.password), services.clock()
        with services.database.writing() as connection:
            choose(
                connection,
                services.new_id,
                person=patient.person,
                log_in=patient.log_in,
                password_hash=password_hash,
                now=now,
            )
            self._noting.within(connection, self._seen(call, patient))

    def _require_current(self, patient: Patient, current: str | None) -> None:
        """Count one try, and let nobody go on who does not know the present password.

        Raises:
            InvalidBodyError: it is missing or wrong.
            TooManyRequestsError: it was wrong too often today.
        """
        services = self._services
        with services.database.writing() as connection:
            tries = count_up(connection, f"own-password:{patient.person}", services.clock(), WINDOW)
            stored = account_of(connection, patient.person).password_hash
        if tries > TRIES:
            raise TooManyRequestsError(int(WINDOW.total_seconds()))
        if not services.passwords.matches(stored, current or ""):
            raise InvalidBodyError((Fault("/current", "password_wrong"),))

    def _seen(self, call: Call, patient: Patient) -> Seen:
        return Seen(
            "patient",
            CHANGE,
            "ok",
            actor=str(patient.person),
            person=patient.person,
            purpose=PURPOSE,
            corr=call.request_id,
            net=net(self._services, call),
        )

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("POST", "/v1/me/password", self.change, CHANGE)]
