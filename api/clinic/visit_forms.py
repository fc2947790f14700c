"""The forms that a clinic's appointment types carry, versioned like its other settings (BOO-10)."""

import falcon

from api.call import Call
from api.clinic.appointment_types import reason_of
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.versions import InForce
from api.contract import Route, contract
from api.given import Services
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.visit_forms import TOPIC
from workflows.visit_forms import VisitForm

_ACTION = "clinic.visit_form.change"


class VisitForms:
    """Takes the clinic's forms."""

    def __init__(self, services: Services) -> None:
        self._decisions = Decisions(services)

    @contract(
        summary="Change the form of an appointment type",
        audience="clinic",
        body=ClinicCall[VisitForm],
        out=InForce,
        errors=(KeyReusedError, NotFoundError),
        description="Patients with such an appointment can answer it until the start. Without questions there is none.",
    )
    def put_form(self, call: Call, _resp: falcon.Response, *, key: str, body: ClinicCall[VisitForm]) -> InForce:
        """Put one form in force."""
        name, staff = reason_of(key), body.acting_staff

        def act(connection: Connection, clinic: Clinic) -> Answer:
            particulars = {"key": name, "decided": body.content}
            return {"version": self._decisions.put(connection, clinic, staff, TOPIC, **particulars)}

        return InForce.model_validate(self._decisions.take(call, Decision(_ACTION, staff, act)))

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        key = {"key": "The reason of the appointment type"}
        return [Route("PUT", "/v1/clinic/visit-forms/{key}", self.put_form, _ACTION, key)]
