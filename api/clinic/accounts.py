"""What a clinic does for a patient who cannot get in: change the address, confirm who it is, see who waits for that."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.signature import MESSAGE_ID
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.cpr import Cpr
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from identity.tokens import one_time_password
from storage.access import Seen
from storage.accounts import cpr_index
from storage.addresses import change_address
from storage.database import Connection
from storage.history import Cause, vouched
from storage.holds import held_patients
from storage.inbox import Answer
from storage.one_time_passwords import give
from storage.patients import patient_with
from storage.renotifying import renotify
from storage.ways_in import confirm

CHANGE, CONFIRM, READ = "clinic.account.change", "clinic.account.confirm", "clinic.account.read"
PASSWORD = "clinic.account.password"  # noqa: S105 - the name of an action


class NewAddress(BaseModel):
    """A patient whose identity staff have confirmed, and the address that the portal's mails go to from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    email: Annotated[
        str,
        Field(
            pattern=r"^[^@\s]+@[^@\s]+$", min_length=3, max_length=254, repr=False, examples=["alma@patient.example"]
        ),
    ]


class Confirmed(BaseModel):
    """A patient whose identity staff have confirmed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]


class Most(BaseModel):
    """How much of a list is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500, description="Most items on the list")] = 100


class Changed(BaseModel):
    """Whether the address was another one before."""

    changed: bool


class GivenPassword(BaseModel):
    """A password to hand over in person: it opens one log-in until then, in which another must be chosen."""

    password: Annotated[str, Field(repr=False, examples=["kf7m-2wqx-h9bn-r4tz"])]
    until: Moment


class HeldAccount(BaseModel):
    """A patient who waits; `reason` is `reset`, `address` or `disputed`, without `until` the clinic has to confirm."""

    model_config = ConfigDict(from_attributes=True)

    cpr: Annotated[str, BeforeValidator(lambda cpr: cpr.digits)]
    reason: str
    since: Moment
    until: Moment | None


class HeldAccounts(BaseModel):
    """Who waits, longest first."""

    items: tuple[HeldAccount, ...]


class ClinicAccounts:
    """Carries out what staff do for a patient's way in; who did it is in the access log (REC-6)."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)
        self._noting = Noting(services)

    @contract(
        summary="Change the address of a patient's account",
        audience="clinic",
        body=ClinicCall[NewAddress],
        out=Changed,
        errors=(KeyReusedError, NotFoundError, RefusedError),
        description="After the clinic has confirmed who the patient is. Both addresses are told, every log-in ends, "
        "and the patient's other clinics keep their content back for a while. What this clinic could not tell at the "
        "old address is told at the new one. The same address again changes nothing.",
    )
    def change(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[NewAddress]) -> Changed:
        """Change the address of a user of the clinic."""
        wanted, services = body.content, self._services
        cpr = self._number(call, wanted.cpr)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            keyring, person = services.keyring, self._patient(connection, clinic, cpr)
            at, now = clinic.clinic, services.clock()
            changed = change_address(
                connection, keyring, services.new_id, clinic=at, person=person, email=wanted.email, now=now
            )
            if changed:
                actor, cause = vouched(body.acting_staff.as_staff()), Cause("webhook", call.header(MESSAGE_ID))
                renotify(connection, services.ledger, person, at, actor, cause)
            return {"changed": changed}

        return Changed.model_validate(self._decisions.take(call, Decision(CHANGE, body.acting_staff, act, cpr)))

    @contract(
        summary="Confirm who a patient is",
        audience="clinic",
        body=ClinicCall[Confirmed],
        status=204,
        errors=(KeyReusedError, NotFoundError, RefusedError),
        description="The clinic keeps its content back no longer, and a locked password may be set again.",
    )
    def confirm(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Confirmed]) -> None:
        """Take the patient as confirmed at this clinic."""
        staff, services = body.acting_staff, self._services
        cpr = self._number(call, body.content.cpr)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person = self._patient(connection, clinic, cpr)
            confirm(connection, person, clinic.clinic, staff.id, services.clock())
            return {}

        self._decisions.take(call, Decision(CONFIRM, staff, act, cpr))

    @contract(
        summary="Give a patient a one-time password",
        audience="clinic",
        body=ClinicCall[Confirmed],
        out=GivenPassword,
        errors=(KeyReusedError, NotFoundError, RefusedError),
        description="For a patient without MitID, to be handed over in person. It opens one log-in within seven days, "
        "a second factor still beside it, and another password must be chosen there first. Every log-in ends, and a "
        "mail tells of it. The same message again is answered alike; the portal keeps no more than a hash.",
    )
    def give_password(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Confirmed]) -> GivenPassword:
        """Put a one-time password in place of the patient's own (ACC-16)."""
        staff, services, cpr = body.acting_staff, self._services, self._number(call, body.content.cpr)
        index, message = cpr_index(services.keyring, cpr), call.header(MESSAGE_ID)
        password = one_time_password(services.keyring, call.caller(Clinic).clinic, index, message)
        password_hash = services.passwords.hash(password)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            until = give(
                connection,
                services.new_id,
                clinic=clinic.clinic,
                person=self._patient(connection, clinic, cpr),
                by=staff.id,
                password_hash=password_hash,
                now=services.clock(),
            )
            return {"until": until.isoformat()}

        answer = self._decisions.take(call, Decision(PASSWORD, staff, act, cpr))
        return GivenPassword.model_validate({**answer, "password": password})

    @contract(
        summary="List the patients who wait to be confirmed",
        audience="clinic",
        query=Most,
        out=HeldAccounts,
        description="After a new password or address the clinic keeps its content back a while (`reset`, `address`). "
        "`disputed`: the patient says that somebody else set the password, which is locked.",
    )
    def waiting(self, call: Call, _resp: falcon.Response, *, query: Most) -> HeldAccounts:
        """Answer the list, and note the look at each patient that it shows."""
        clinic, services = call.caller(Clinic), self._services
        seen = Seen("clinic", READ, "ok", actor=clinic.slug, clinic=clinic.clinic, purpose="held", corr=call.request_id)
        with services.database.writing() as connection:
            held = held_patients(connection, services.keyring, clinic.clinic, services.clock(), query.limit)
            for look in [replace(seen, person=each.person) for each in held] or [seen]:
                self._noting.within(connection, look)
        return HeldAccounts(items=tuple(HeldAccount.model_validate(each) for each in held))

    def _number(self, call: Call, text: str) -> Cpr:
        return number_at(self._services, call.caller(Clinic).slug, text, "/content")

    def _patient(self, connection: Connection, clinic: Clinic, cpr: Cpr) -> UUID:
        """Return the clinic's patient with this number.

        Raises:
            NotFoundError: the clinic has none.
        """
        person, _ = patient_with(connection, self._services.keyring, clinic.clinic, cpr)
        return person

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("PUT", "/v1/clinic/accounts/address", self.change, CHANGE),
            Route("POST", "/v1/clinic/accounts/confirmation", self.confirm, CONFIRM),
            Route("POST", "/v1/clinic/accounts/password", self.give_password, PASSWORD),
            Route("GET", "/v1/clinic/accounts/held", self.waiting, READ),
        ]
