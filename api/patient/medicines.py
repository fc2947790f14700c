"""The patient's regular medicines at a clinic, each with whether it can be asked for now."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
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
            self._noting.within(connection, seen(services, call, "patient.medicine.read", clinic.id))
        language = in_language(call, resp)
        return OwnMedicines(items=tuple(self._shown(each, facts, language) for each in listed))

    def _shown(self, listed: ListedMedicine, facts: Mapping[str, Facts], language: Language) -> OwnMedicine:
        """Return one medicine as it can be asked for alone, through every layer (NEW-11)."""
        alone = (
            self._acts[kind].refusal(RENEW, replace(each, medicines=(listed.as_facts(),)))
            for kind, each in facts.items()
        )
        return OwnMedicine(
            key=listed.key,
            name=listed.name,
            dose=listed.dose,
            renewable_from=listed.renewable_from,
            renewal=possible(next(alone), language),
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/medicines", self.read, "patient.medicine.read", clinic)]
