"""What a patient is at their clinics: what they can ask for there, and what waits to be read."""

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.services import Service, offered
from api.patient.words import in_language
from identity.subject import Patient
from storage.clinics import find_clinic
from storage.memberships import belongings
from workflows.vocabulary import Role


class OwnClinic(BaseModel):
    """One of the patient's clinics; `unread` counts its messages that wait to be read (EKO-5)."""

    model_config = ConfigDict(frozen=True)

    slug: str
    name: str
    unread: int
    services: tuple[Service, ...]


class Me(BaseModel):
    """The patient's clinics."""

    clinics: tuple[OwnClinic, ...]


class Myself:
    """Shows patients what they can do where."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(summary="Read my clinics and what I can do there", audience="patient", out=Me)
    def read(self, call: Call, resp: falcon.Response) -> Me:
        """Answer each clinic of the patient's with its services, open or shut and why; note the look."""
        services, person = self._services, call.caller(Patient).person
        now, language = services.clock(), in_language(call, resp)
        clinics = []
        with services.database.writing() as connection:
            for each in belongings(connection, person):
                clinic = find_clinic(connection, each.slug)
                what = offered(connection, services.catalogue, clinic, person, Role.PATIENT, now=now, language=language)
                clinics.append(OwnClinic(slug=each.slug, name=clinic.settings.name, unread=each.unread, services=what))
            self._noting.within(connection, seen(services, call, "patient.me.read"))
        return Me(clinics=tuple(clinics))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [Route("GET", "/v1/me", self.read, "patient.me.read")]
