"""A patient has moved or died, as the clinic's system reports it: rights end, nothing else does."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import ActingStaff, ClinicCall
from api.clinic.cards import Version
from api.clinic.decisions import Decision, Decisions
from api.contract import Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.given import Services
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.database import Connection
from storage.inbox import Answer
from storage.patients import patient_with, set_departure
from workflows.facts import Departure

LEAVE = "clinic.patient.depart"


class Leaver(BaseModel):
    """A patient who has moved to another clinic or has died."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]
    reason: Departure


class Returned(BaseModel):
    """A patient who was reported as gone and is the clinic's all the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpr: Annotated[CprText, Field(repr=False)]


class ClinicDepartures:
    """Takes reports of patients who have left, and takes them back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Report that a patient has moved or died",
        audience="clinic",
        body=ClinicCall[Leaver],
        out=Version,
        errors=(RefusedError, NotFoundError, KeyReusedError),
        description="The patient's rights at this clinic end with that reason. What was written stays readable, and "
        "what waits for an answer is on the clinic's list `departed`. The log-in and the other clinics are untouched.",
    )
    def leave(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Leaver]) -> Version:
        """End one patient's rights."""
        return self._set(call, body.acting_staff, body.content.cpr, body.content.reason)

    @contract(
        summary="Take back that a patient has moved or died",
        audience="clinic",
        body=ClinicCall[Returned],
        out=Version,
        errors=(RefusedError, NotFoundError, KeyReusedError),
        description="The rights hold again as they stood.",
    )
    def come_back(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Returned]) -> Version:
        """Let one patient's rights hold again."""
        return self._set(call, body.acting_staff, body.content.cpr, None)

    def _set(self, call: Call, staff: ActingStaff, number: str, ended: Departure | None) -> Version:
        services, cpr = self._services, number_at(self._services, call.caller(Clinic).slug, number, "/content")

        def act(connection: Connection, clinic: Clinic) -> Answer:
            person, _ = patient_with(connection, services.keyring, clinic.clinic, cpr)
            who, at = staff.as_staff(), services.clock()
            return {"version": set_departure(connection, clinic.clinic, person, ended, by=who, at=at)}

        return Version.model_validate(self._decisions.take(call, Decision(LEAVE, staff, act, cpr)))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("POST", "/v1/clinic/patients/departure", self.leave, LEAVE),
            Route("POST", "/v1/clinic/patients/return", self.come_back, LEAVE),
        ]
