"""What a patient is at their clinics: what they can ask for there, and what waits to be read."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.errors import RefusedError
from api.given import Services
from api.held_words import NEXT_STEP, held_sentence
from api.noting import Noting
from api.patient.acting import seen
from api.patient.services import Offers, Service
from api.patient.words import Possibility, in_language, said
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import MITID, Held, Patient
from storage.accounts import address_of
from storage.clinics import find_clinic
from storage.database import Connection
from storage.memberships import belongings
from storage.service_facts import Caller
from storage.standing import ClinicStanding
from storage.ways_in import confirm
from workflows.confirmation import BY_MITID
from workflows.vocabulary import Refusal, Role

CONFIRM = "patient.me.confirm"


class Hold(BaseModel):
    """Content that a clinic keeps back after a new password or address; without `until` it has to confirm first."""

    model_config = ConfigDict(frozen=True)

    until: Moment | None
    reason: str
    next_step: str


class OwnClinic(BaseModel):
    """One of the patient's clinics; `unread` counts its messages that wait to be read (EKO-5)."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    unread: int
    services: tuple[Service, ...]
    held: Hold | None = Field(None, description="Why this log-in cannot read what is at the clinic, if it cannot")


class Me(BaseModel):
    """The patient: where mails go, in which language, how this log-in was made, and the clinics."""

    language: str
    email: Annotated[str | None, Field(repr=False)]
    auth: str = Field(description="The way in, such as `password+code`")
    loa: str | None = Field(description="The NSIS level of assurance, where an identity provider vouched for it")
    clinics: tuple[OwnClinic, ...]


class Myself:
    """Shows patients what they can do where."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._offers = Offers(services.ledger)

    @contract(summary="Read my clinics and what I can do there", audience="patient", out=Me)
    def read(self, call: Call, resp: falcon.Response) -> Me:
        """Answer each clinic of the patient's with its services, open or shut and why; note the look."""
        services, patient = self._services, call.caller(Patient)
        language = in_language(call, resp)
        with services.database.writing() as connection:
            clinics = [
                self._own(connection, find_clinic(connection, each.slug), each.unread, patient, language)
                for each in belongings(connection, patient.person)
            ]
            email, own_language = address_of(connection, services.keyring, patient.person)
            self._noting.within(connection, seen(services, call, "patient.me.read"))
        return Me(language=own_language, email=email, auth=patient.auth, loa=patient.loa, clinics=tuple(clinics))

    def at(self, connection: Connection, clinic: ClinicStanding, patient: Patient, language: Language) -> OwnClinic:
        """Return one clinic as `read` shows it; who looks notes that.

        Raises:
            NotFoundError: the patient is none of the clinic's.
        """
        unread = {each.slug: each.unread for each in belongings(connection, patient.person)}
        if clinic.slug not in unread:
            raise NotFoundError
        return self._own(connection, clinic, unread[clinic.slug], patient, language)

    def _own(
        self, connection: Connection, clinic: ClinicStanding, unread: int, patient: Patient, language: Language
    ) -> OwnClinic:
        caller = Caller(patient.person, patient.channel)
        what = self._offers.to(connection, clinic, caller, Role.PATIENT, language)
        hold = _hold(patient.held_at(clinic.id), language)
        return OwnClinic(
            slug=clinic.slug,
            name=clinic.settings.name,
            unread=unread,
            services=what if hold is None else tuple(_shut(service, hold) for service in what),
            held=hold,
        )

    @contract(
        summary="Confirm that it is me",
        audience="patient",
        status=204,
        errors=(RefusedError,),
        description="With MitID only: a locked password may be set again, and no clinic keeps its content back.",
    )
    def confirm(self, call: Call, _resp: falcon.Response) -> None:
        """Take the patient as confirmed at all their clinics, as MitID vouches for them."""
        patient, services = call.caller(Patient), self._services
        if patient.auth != MITID:
            raise RefusedError(Refusal(BY_MITID))
        with services.database.writing() as connection:
            confirm(connection, patient.person, None, "mitid", services.clock())
            self._noting.within(connection, seen(services, call, CONFIRM))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/me", self.read, "patient.me.read"),
            Route("POST", "/v1/me/confirmation", self.confirm, CONFIRM),
        ]


def _hold(held: Held | None, language: Language) -> Hold | None:
    if held is None:
        return None
    return Hold(until=held.until, reason=said(held_sentence(held.until), language), next_step=said(NEXT_STEP, language))


def _shut(service: Service, hold: Hold) -> Service:
    """Return the service as it is to a log-in that the content is kept from: no act of it is open."""
    held = Possibility(allowed=False, code="content_held", reason=hold.reason, next_step=hold.next_step)
    acts = dict.fromkeys(service.acts, held)
    return Service(kind=service.kind, title=service.title, acts=acts, **held.model_dump())
