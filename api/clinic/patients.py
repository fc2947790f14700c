"""What a clinic's system keeps of its patients and shows the portal: the card's tab, and the medicine list."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from identity.cpr import Cpr
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.medicines import ListedMedicine, put_medicines
from storage.patients import list_patient, patient_with
from workflows.clinic_settings import Kind, PatientRights
from workflows.working_days import local_day

MOST_MEDICINES = 200


class Card(BaseModel):
    """A patient's card, tab *Kommunikation*: a service that is not named is allowed.

    `email` is the clinic's own record. The portal writes only to the address that the patient has given the portal, and
    asks the clinic's system itself when the two must agree.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: CprText
    email: Annotated[str, Field(max_length=254)] | None = None
    no_mitid: bool
    services: dict[Kind, bool]


class MedicineList(BaseModel):
    """The whole list of one patient's regular medicines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: CprText
    medicines: Annotated[tuple[ListedMedicine, ...], Field(max_length=MOST_MEDICINES)]


class Version(BaseModel):
    """The version that is in force now."""

    version: int


class MedicineWarning(BaseModel):
    """What the clinic should look at in one medicine (REN-9)."""

    medicine: str
    code: str = Field(description="`ordination_ended`, `exception_ended` or `exception_without_need`")


class Listed(BaseModel):
    """How many medicines the list has now, and what the clinic should look at again."""

    medicines: int
    warnings: tuple[MedicineWarning, ...] = ()


class ClinicPatients:
    """Takes what the clinic keeps of its patients."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Change a patient's card",
        audience="clinic",
        body=ClinicCall[Card],
        out=Version,
        errors=(RefusedError, KeyReusedError),
        description="Whoever has a card is a patient of the clinic from then on.",
    )
    def put_rights(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Card]) -> Version:
        """Put one patient's rights in force (PAT-1)."""
        card, staff, services = body.content, body.acting_staff, self._services
        cpr = self._number(call, card.cpr)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person = list_patient(
                connection,
                services.keyring,
                services.new_id,
                clinic=clinic.clinic,
                cpr=cpr,
                mitid_exempt=card.no_mitid,
                by=staff.id,
                now=services.clock(),
            )
            decided = PatientRights(services=card.services)
            return {
                "version": self._decisions.put(connection, clinic, staff, "right", key=str(person), decided=decided)
            }

        return Version.model_validate(self._decisions.take(call, Decision("clinic.right.change", staff, act, cpr)))

    @contract(
        summary="Change a patient's medicine list",
        audience="clinic",
        body=ClinicCall[MedicineList],
        out=Listed,
        errors=(RefusedError, KeyReusedError, NotFoundError),
    )
    def put_medicines(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[MedicineList]) -> Listed:
        """Put one patient's whole list in force."""
        wanted, services = body.content, self._services
        cpr = self._number(call, wanted.cpr)

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person, key = patient_with(connection, services.keyring, clinic.clinic, cpr)
            now, listed = services.clock(), wanted.medicines
            put_medicines(connection, clinic.clinic, person, key, listed, now, by=body.acting_staff.id)
            told = ((each.key, code) for each in listed for code in each.warnings(local_day(now)))
            return {
                "medicines": len(listed),
                "warnings": [{"medicine": medicine, "code": code} for medicine, code in told],
            }

        return Listed.model_validate(
            self._decisions.take(call, Decision("clinic.medicine.change", body.acting_staff, act, cpr)),
        )

    def _number(self, call: Call, text: str) -> Cpr:
        return number_at(self._services, call.caller(Clinic).slug, text, "/content")

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("PUT", "/v1/clinic/rights", self.put_rights, "clinic.right.change"),
            Route("PUT", "/v1/clinic/medicines", self.put_medicines, "clinic.medicine.change"),
        ]
