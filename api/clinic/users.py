"""What staff do on a patient's card to make the patient a user, to link one of another clinic, or to detach one."""

from typing import Annotated, Literal
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.signature import MESSAGE_ID
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from api.inputs import Fault, InvalidBodyError
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.accounts import cpr_index, person_by_cpr
from storage.clinics import find_clinic
from storage.database import Connection
from storage.history import Actor, Cause
from storage.inbox import Answer
from storage.leaving import Leaver, Leaving, again
from storage.users import Became, Users, Wish
from workflows.clinic_settings import Kind
from workflows.enrolment import Creation
from workflows.vocabulary import Role, Say

CHANGE, DETACH = "clinic.user.change", "clinic.user.detach"
_NOT_OFFERED = Say("Klinikken tilbyder ikke dette på nettet.", "The clinic does not offer this online.")


class WantedUser(BaseModel):
    """A patient whose identity the clinic has confirmed, where the portal's mails go, and the rights that are granted.

    `no_mitid` opens log-in with a code (ACC-9).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    email: Annotated[
        str,
        Field(pattern=r"^[^@\s]+@[^@\s]+$", min_length=3, max_length=254, repr=False, examples=["gry@patient.example"]),
    ]
    language: Literal["da", "en"] = "da"
    no_mitid: bool
    services: Annotated[tuple[Kind, ...], Field(max_length=20)]


class Made(BaseModel):
    """What came of it.

    `created`: a link to choose a password is mailed. `linked`: the log-in that the patient has, or MitID, opens this
    clinic from now on, and a mail says so. `unchanged`: it was so before, or the link is under way already.
    """

    user: Became


class NoUser(BaseModel):
    """A patient who is to be a user of the clinic no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]


class Detached(BaseModel):
    """The patient's requests that could not be taken back, with the appointments that stand."""

    staying: tuple[UUID, ...]


class ClinicUsers:
    """Makes, links and detaches users."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)
        self._users = Users(services.ledger, services.new_id)
        self._leaving = Leaving(services.database, services.ledger, services.new_id)

    @contract(
        summary="Make a patient a user, or link one",
        audience="clinic",
        body=ClinicCall[WantedUser],
        out=Made,
        errors=(KeyReusedError, RefusedError),
        description="In every mode of sign-up. An address that the patient's account has already is kept; the same "
        "again changes nothing, and another address before the link is used makes the first link void.",
    )
    def put_user(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[WantedUser]) -> Made:
        """Make or link one user."""
        wanted, staff = body.content, body.acting_staff
        cpr = number_at(self._services, call.caller(Clinic).slug, wanted.cpr, "/content")
        words = Creation(
            email=wanted.email,
            language=wanted.language,
            services=wanted.services,
            no_mitid=wanted.no_mitid,
        )
        wish = Wish(cpr, words, staff.as_staff(), call.header(MESSAGE_ID), call.request_id)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            _refuse_beyond(wanted.services, find_clinic(connection, clinic.slug).settings.offered())
            return {"user": self._users.make(connection, clinic, wish)}

        return Made.model_validate(self._decisions.take(call, Decision(CHANGE, staff, act, cpr)))

    @contract(
        summary="Detach a user from the clinic",
        audience="clinic",
        body=ClinicCall[NoUser],
        out=Detached,
        errors=(KeyReusedError, NotFoundError, RefusedError),
        description="The log-in and the other clinics stay, and so does what was said. Requests that wait are taken "
        "back where that is still possible, links under way are void, and a mail tells of it. The same again changes "
        "nothing; `PUT /v1/clinic/users` brings the patient back.",
    )
    def detach(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[NoUser]) -> Detached:
        """End one patient's membership."""
        services, staff = self._services, body.acting_staff
        cpr = number_at(services, call.caller(Clinic).slug, body.content.cpr, "/content")
        # The page lets the patient take back; who did is told apart by the kind.
        actor = Actor(Role.PATIENT, "clinician", id=staff.id, auth=f"vouched:{staff.role}")
        cause = Cause("webhook", call.header(MESSAGE_ID), corr=call.request_id)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person = person_by_cpr(connection, cpr_index(services.keyring, cpr))
            if person is None:
                raise NotFoundError
            staying = self._leaving.detach(connection, Leaver(person, actor, cause), clinic.clinic)
            return {"staying": [str(each) for each in staying]}

        decision = Decision(DETACH, staff, act, cpr)
        return Detached.model_validate(again(lambda: self._decisions.take(call, decision)))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("PUT", "/v1/clinic/users", self.put_user, CHANGE),
            Route("POST", "/v1/clinic/users/detachment", self.detach, DETACH),
        ]


def _refuse_beyond(wanted: tuple[str, ...], offered: tuple[str, ...]) -> None:
    words = {"da": _NOT_OFFERED.da, "en": _NOT_OFFERED.en}
    faults = [
        Fault(f"/content/services/{n}", "not_offered", words=words)
        for n, each in enumerate(wanted)
        if each not in offered
    ]
    if faults:
        raise InvalidBodyError(tuple(faults))
