"""The timers of reminders, set as a booking is confirmed and when the patient chooses another time."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import Connection

from storage.timers import Timer, set_timer
from storage.visit_preferences import preference_of
from workflows.reminders import remind_at

REMIND = "remind"


def set_reminder(connection: Connection, start: Timer, person: UUID | None, now: datetime) -> None:
    """Set the timer of a reminder of what begins when `start` says, if the person wants one in time."""
    minutes = None if person is None else preference_of(connection, person).remind_minutes
    due = None if minutes is None else remind_at(start.due_at, minutes, now)
    if due is not None:
        set_timer(connection, replace(start, due_at=due))
