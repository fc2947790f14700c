"""The clinic's calendar, as its own system synchronises it."""

from typing import Annotated, Self

import falcon
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.contract import Route, contract
from api.given import Services
from identity.outcomes import KeyReusedError
from identity.subject import Clinic
from storage.calendar import OfferedSlot, put_calendar
from storage.database import Connection
from storage.inbox import Answer

MOST_SLOTS = 5000


class Calendar(BaseModel):
    """Every time that the clinic offers; a coming time that is not named is offered no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots: Annotated[tuple[OfferedSlot, ...], Field(max_length=MOST_SLOTS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({slot.key for slot in self.slots}) < len(self.slots):
            raise PydanticCustomError(
                "slot_twice", "The same time is named twice", {"da": "Samme tid er nævnt to gange"}
            )
        return self


class Changed(BaseModel):
    """How many times are different now."""

    changed: int


class ClinicCalendar:
    """Takes the calendar."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._decisions = Decisions(services)

    @contract(
        summary="Change the calendar",
        audience="clinic",
        body=ClinicCall[Calendar],
        out=Changed,
        errors=(KeyReusedError,),
    )
    def put_slots(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Calendar]) -> Changed:
        """Put the whole calendar in force."""

        def act(connection: Connection, clinic: Clinic) -> Answer:
            return {"changed": put_calendar(connection, clinic.clinic, body.content.slots, self._services.clock())}

        return Changed.model_validate(
            self._decisions.take(call, Decision("clinic.slot.change", body.acting_staff, act)),
        )

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("PUT", "/v1/clinic/slots", self.put_slots, "clinic.slot.change")]
