"""What a clinic's system keeps of its patients' medicine and shows the portal."""

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
from storage.patients import patient_with
from workflows.working_days import local_day

MOST_MEDICINES = 200


class MedicineList(BaseModel):
    """The whole list of one patient's regular medicines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: CprText
    medicines: Annotated[tuple[ListedMedicine, ...], Field(max_length=MOST_MEDICINES)]


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
            Route("PUT", "/v1/clinic/medicines", self.put_medicines, "clinic.medicine.change"),
        ]
