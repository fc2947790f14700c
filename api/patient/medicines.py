"""The patient's regular medicines at a clinic, each with whether it can be asked for now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.onward import Onward, Onwards
from api.patient.acting import seen
from api.patient.words import Possibility, in_language, possible
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.medicines import ListedMedicine, listed_medicines
from storage.memberships import own_clinic
from storage.service_facts import Caller
from storage.service_facts import services as open_now
from workflows.acts import RENEW, Acts
from workflows.facts import Facts
from workflows.vocabulary import Refusal


class OwnMedicine(BaseModel):
    """One medicine of the list; `renewal` says whether it can be asked for now (REN-4, REN-5).

    `exception_until` is the last day of a doctor's leave to renew what forms dependency without a talk first.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    dose: str
    ordination: str | None = Field(description="Its number on the national medicine card")
    last_dispensed: date | None
    expected_used_up: date | None
    open_prescription: bool
    renewable_from: date | None
    dependency_forming: bool
    dependency_group: str | None
    exception_until: date | None
    renewal: Possibility


class OwnMedicines(BaseModel):
    """The list as the clinic last sent it."""

    items: tuple[OwnMedicine, ...]


class Medicines:
    """Shows a patient's medicines."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting, self._onwards = services, Noting(services), Onwards(services)
        self._acts = {kind: Acts(workflow) for kind, workflow in services.catalogue.items()}
        self._kinds = tuple(kind for kind, acts in self._acts.items() if acts.rules(RENEW) is not None)

    @contract(summary="List my medicines at a clinic", audience="patient", out=OwnMedicines, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str) -> OwnMedicines:
        """Answer the list, and note the look."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            clinic, key = own_clinic(connection, services.keyring, patient.person, slug)
            listed = listed_medicines(connection, clinic.id, patient.person, key)
            caller = Caller(patient.person, patient.channel)
            facts = open_now(connection, services.keyring, clinic, caller, self._kinds, services.clock())
            refusals = {each.key: self._refusal(each, facts) for each in listed}
            kinds = {each.rule.leads_to for each in refusals.values() if each is not None}
            onward = {kind: self._onwards.to(connection, clinic, caller, kind, None) for kind in kinds}
            self._noting.within(connection, seen(services, call, "patient.medicine.read", clinic.id))
        language = in_language(call, resp)
        return OwnMedicines(items=tuple(_shown(each, refusals[each.key], onward, language) for each in listed))

    def _refusal(self, listed: ListedMedicine, facts: Mapping[str, Facts]) -> Refusal | None:
        """Return what refuses one medicine, asked for alone, through every layer (NEW-11)."""
        alone = (
            self._acts[kind].refusal(RENEW, replace(each, medicines=(listed.as_facts(),)))
            for kind, each in facts.items()
        )
        return next(alone)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/medicines", self.read, "patient.medicine.read", clinic)]


def _shown(
    listed: ListedMedicine, refusal: Refusal | None, onward: Mapping[str | None, Onward | None], language: Language
) -> OwnMedicine:
    known = listed.model_dump(include=set(OwnMedicine.model_fields))
    leads_to = None if refusal is None else onward[refusal.rule.leads_to]
    return OwnMedicine(**known, renewal=possible(refusal, language, leads_to))
