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
from storage.calendar import OfferedSlot, put_calendar, put_slots
from storage.database import Connection
from storage.inbox import Answer
from workflows.content import Key

MOST_SLOTS = 20_000
LARGEST_CALENDAR = 8 * 1024 * 1024


_TWICE = PydanticCustomError("slot_twice", "The same time is named twice", {"da": "Samme tid er nævnt to gange"})


class Calendar(BaseModel):
    """Every time that the clinic's calendar has; a coming time that is not named is in it no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots: Annotated[tuple[OfferedSlot, ...], Field(max_length=MOST_SLOTS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({slot.key for slot in self.slots}) < len(self.slots):
            raise _TWICE
        return self


class Changes(BaseModel):
    """Times that are new or different, and keys of times that are in the calendar no longer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slots: Annotated[tuple[OfferedSlot, ...], Field(max_length=MOST_SLOTS)] = ()
    removed: Annotated[tuple[Key, ...], Field(max_length=MOST_SLOTS)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [*(slot.key for slot in self.slots), *self.removed]
        if len(set(named)) < len(named):
            raise _TWICE
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
        summary="Put the whole calendar in force",
        audience="clinic",
        body=ClinicCall[Calendar],
        out=Changed,
        errors=(KeyReusedError,),
        largest_body=LARGEST_CALENDAR,
        description="A booking keeps its time, also where the calendar has it no longer: see the list "
        "`bookings-without-time`. Times of one practitioner may overlap, as where one is long and another short: "
        "which of them can still be had once one is taken is the clinic's own system's to say.",
    )
    def put_slots(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Calendar]) -> Changed:
        """Put the whole calendar in force."""

        def act(connection: Connection, clinic: Clinic) -> Answer:
            return {"changed": put_calendar(connection, clinic.clinic, body.content.slots, self._services.clock())}

        return Changed.model_validate(
            self._decisions.take(call, Decision("clinic.slot.change", body.acting_staff, act)),
        )

    @contract(
        summary="Change times of the calendar",
        audience="clinic",
        body=ClinicCall[Changes],
        out=Changed,
        errors=(KeyReusedError,),
        largest_body=LARGEST_CALENDAR,
        description="Only what has changed since the last call. Otherwise as the whole calendar.",
    )
    def change_slots(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[Changes]) -> Changed:
        """Put the named times in force, and the removed ones out."""
        slots, removed = body.content.slots, body.content.removed

        def act(connection: Connection, clinic: Clinic) -> Answer:
            return {"changed": put_slots(connection, clinic.clinic, slots, self._services.clock(), removed)}

        return Changed.model_validate(
            self._decisions.take(call, Decision("clinic.slot.change", body.acting_staff, act)),
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("PUT", "/v1/clinic/slots", self.put_slots, "clinic.slot.change"),
            Route("POST", "/v1/clinic/slots/changes", self.change_slots, "clinic.slot.change"),
        ]
