"""The timers of reminders, set as a booking is confirmed and when the patient chooses another time."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.timers import Timer, set_timer
from storage.visit_registers import VISIT_PREFERENCE
from workflows.reminders import USUAL, remind_at

REMIND = "remind"


def chosen_minutes(connection: Connection, person: UUID) -> int | None:
    """Return how many minutes before an appointment the person wants to be reminded; None for never."""
    query = sa.select(VISIT_PREFERENCE.c.remind_minutes).where(VISIT_PREFERENCE.c.person_id == person)
    row = connection.execute(query).one_or_none()
    if row is None:
        return USUAL
    minutes: int | None = row.remind_minutes
    return minutes


def set_reminder(connection: Connection, start: Timer, person: UUID | None, now: datetime) -> None:
    """Set the timer of a reminder of what begins when `start` says, if the person wants one in time."""
    minutes = None if person is None else chosen_minutes(connection, person)
    due = None if minutes is None else remind_at(start.due_at, minutes, now)
    if due is not None:
        set_timer(connection, replace(start, due_at=due))
