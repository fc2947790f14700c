"""The patient's regular medicines at a clinic, each with whether it can be asked for now."""

from collections.abc import Iterable
from datetime import date

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.words import Possibility, in_language, possibility
from api.shapes import SUBMIT
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.medicines import ListedMedicine, listed_medicines
from storage.memberships import own_clinic
from workflows.catalogue import Catalogue
from workflows.facts import Facts
from workflows.vocabulary import Need, Rule
from workflows.working_days import local_day


class OwnMedicine(BaseModel):
    """One medicine of the list; `renewal` says whether it can be asked for now (REN-4, REN-5)."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    dose: str
    renewable_from: date | None
    renewal: Possibility


class OwnMedicines(BaseModel):
    """The list as the clinic last sent it."""

    items: tuple[OwnMedicine, ...]


class Medicines:
    """Shows a patient's medicines."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._rules = tuple(_about_medicines(services.catalogue))

    @contract(summary="List my medicines at a clinic", audience="patient", out=OwnMedicines, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str) -> OwnMedicines:
        """Answer the list, and note the look."""
        services, patient, now = self._services, call.caller(Patient), self._services.clock()
        with services.database.writing() as connection:
            clinic, key = own_clinic(connection, services.keyring, patient.person, slug)
            listed = listed_medicines(connection, clinic.id, patient.person, key)
            self._noting.within(connection, seen(services, call, "patient.medicine.read", clinic.id))
        language = in_language(call, resp)
        facts = Facts(now=now, today=local_day(now))
        return OwnMedicines(items=tuple(self._shown(each, facts, language) for each in listed))

    def _shown(self, listed: ListedMedicine, facts: Facts, language: Language) -> OwnMedicine:
        alone = Facts(now=facts.now, today=facts.today, medicines=(listed.as_facts(),))
        return OwnMedicine(
            key=listed.key,
            name=listed.name,
            dose=listed.dose,
            renewable_from=listed.renewable_from,
            renewal=possibility(self._rules, alone, language),
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/medicines", self.read, "patient.medicine.read", clinic)]


def _about_medicines(catalogue: Catalogue) -> Iterable[Rule]:
    """Give the rules of the pages that look at medicines when a request is made."""
    for workflow in catalogue.values():
        yield from (rule for rule in workflow.rules(SUBMIT) if rule.needs is Need.MEDICINES)
