"""The kinds of appointment of a clinic's calendar, versioned like its other settings (BOO-11, APP-2)."""

import falcon
from pydantic import TypeAdapter, ValidationError

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.versions import InForce, expected_version
from api.contract import Route, contract
from api.given import Services
from api.inputs import HeaderFaultError
from identity.outcomes import KeyReusedError, NotFoundError, VersionMismatchError
from identity.subject import Clinic
from storage.database import Connection
from storage.decided import APPOINTMENT_TYPE
from storage.inbox import Answer
from workflows.appointments import AppointmentType
from workflows.content import Code

_REASON: TypeAdapter[str] = TypeAdapter(Code)
_ACTION = "clinic.appointment_type.change"


class AppointmentTypes:
    """Takes the clinic's appointment types."""

    def __init__(self, services: Services) -> None:
        self._decisions = Decisions(services)

    @contract(
        summary="Change an appointment type",
        audience="clinic",
        body=ClinicCall[AppointmentType],
        out=InForce,
        headers={"ETag": "The version"},
        errors=(VersionMismatchError, HeaderFaultError, KeyReusedError, NotFoundError),
        description="With `If-Match` (or `If-None-Match: *`) it is refused where somebody else has changed the type "
        "meanwhile; left out, the last call stands. The key is the `reason` of the calendar's times. Times of a kind "
        "that the portal does not know, or that is not for patients, are not offered.",
    )
    def put_type(self, call: Call, resp: falcon.Response, *, key: str, body: ClinicCall[AppointmentType]) -> InForce:
        """Put one appointment type in force."""
        name, staff = reason_of(key), body.acting_staff
        is_checked = call.get_header("If-Match") is not None or call.get_header("If-None-Match") is not None
        expected = expected_version(call) if is_checked else None

        def act(connection: Connection, clinic: Clinic) -> Answer:
            particulars = {"key": name, "decided": body.content, "expected": expected}
            return {"version": self._decisions.put(connection, clinic, staff, APPOINTMENT_TYPE, **particulars)}

        answer = self._decisions.take(call, Decision(_ACTION, staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return InForce.model_validate(answer)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        key = {"key": "The reason that times of this kind have"}
        return [Route("PUT", "/v1/clinic/appointment-types/{key}", self.put_type, _ACTION, key)]


def reason_of(key: str) -> str:
    """Return a reason of the path.

    Raises:
        NotFoundError: no time can have such a reason.
    """
    try:
        return _REASON.validate_python(key)
    except ValidationError:
        raise NotFoundError from None
