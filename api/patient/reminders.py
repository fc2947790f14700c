"""When a patient is reminded of appointments."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from identity.subject import Patient
from storage.reminders import choose
from storage.visit_preferences import VisitPreference, preference_of
from workflows.reminders import LONGEST, SHORTEST, USUAL

READ, CHANGE = "patient.reminder.read", "patient.reminder.change"


class Reminder(BaseModel):
    """How long before an appointment a neutral mail reminds of it; null for never."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes_before: Annotated[int, Field(ge=SHORTEST, le=LONGEST, examples=[USUAL])] | None = Field(
        description="From 2 hours to 7 days; whole days are counted on the calendar. What would fall between 21 and 8 "
        "comes before that."
    )


class ReminderDoors:
    """Reads and keeps the choice."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(summary="Read when I am reminded of appointments", audience="patient", out=Reminder)
    def read(self, call: Call, _resp: falcon.Response) -> Reminder:
        """Answer the choice, and note the look."""
        with self._services.database.writing() as connection:
            chosen = preference_of(connection, call.caller(Patient).person)
            self._noting.within(connection, seen(self._services, call, READ))
        return Reminder(minutes_before=chosen.remind_minutes)

    @contract(
        summary="Choose when I am reminded of appointments",
        audience="patient",
        body=Reminder,
        out=Reminder,
        description="It holds for what is booked already, too.",
    )
    def change(self, call: Call, _resp: falcon.Response, *, body: Reminder) -> Reminder:
        """Keep the choice, and set the reminders anew."""
        services = self._services
        with services.database.writing() as connection:
            choose(connection, call.caller(Patient).person, VisitPreference(body.minutes_before), services.clock())
            self._noting.within(connection, seen(services, call, CHANGE))
        return body

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/me/reminders", self.read, READ),
            Route("PUT", "/v1/me/reminders", self.change, CHANGE),
        ]
