"""When a patient is reminded of appointments, and whether mails may name their times."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.strict_json import Moment
from identity.subject import Patient
from storage.reminders import choose
from storage.visit_preferences import VisitPreference, preference_of
from workflows.reminders import LONGEST, SHORTEST, USUAL

READ, CHANGE = "patient.reminder.read", "patient.reminder.change"


class Reminder(BaseModel):
    """How long before an appointment a message reminds of it, null for never; whether mails may name its time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    minutes_before: Annotated[int, Field(ge=SHORTEST, le=LONGEST, examples=[USUAL])] | None = Field(
        description="From 2 hours to 7 days; whole days are counted on the calendar. What would fall between 21 and 8 "
        "comes before that."
    )
    times_in_mail: bool = Field(
        default=False,
        description="Whether the patient agrees that mails name the time of an appointment, and that news of one "
        "carries it as a file for a calendar. Left out, or false, ends it. Text messages never name a time.",
    )


class ReminderInForce(Reminder):
    """The choice, and when the patient agreed to times in mails and ended that."""

    times_agreed_at: Moment | None = None
    times_ended_at: Moment | None = None


class ReminderDoors:
    """Reads and keeps the choice."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(summary="Read when I am reminded of appointments", audience="patient", out=ReminderInForce)
    def read(self, call: Call, _resp: falcon.Response) -> ReminderInForce:
        """Answer the choice, and note the look."""
        with self._services.database.writing() as connection:
            chosen = preference_of(connection, call.caller(Patient).person)
            self._noting.within(connection, seen(self._services, call, READ))
        return _shown(chosen)

    @contract(
        summary="Choose when I am reminded of appointments",
        audience="patient",
        body=Reminder,
        out=ReminderInForce,
        description="It holds for what is booked already, too.",
    )
    def change(self, call: Call, _resp: falcon.Response, *, body: Reminder) -> ReminderInForce:
        """Keep the choice, and set the reminders anew."""
        services, person = self._services, call.caller(Patient).person
        chosen = VisitPreference(body.minutes_before, body.times_in_mail)
        with services.database.writing() as connection:
            kept = choose(connection, person, chosen, services.clock())
            self._noting.within(connection, seen(services, call, CHANGE))
        return _shown(kept)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/me/reminders", self.read, READ),
            Route("PUT", "/v1/me/reminders", self.change, CHANGE),
        ]


def _shown(chosen: VisitPreference) -> ReminderInForce:
    return ReminderInForce(
        minutes_before=chosen.remind_minutes,
        times_in_mail=chosen.times_in_mail,
        times_agreed_at=chosen.times_agreed_at,
        times_ended_at=chosen.times_ended_at,
    )
