"""Reminders of appointments: the patient's choice of when, and the timers that follow from it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import NotFoundError
from storage.history import SYSTEM, Cause, instant
from storage.ledger import Ledger, Said
from storage.models import REQUEST
from storage.reminder_timers import REMIND, set_reminder
from storage.standing import lock
from storage.timers import Act, Timer, drop_timer, stands
from storage.visit_preferences import VisitPreference, keep_preference
from workflows.vocabulary import NotApplicableError, State

LOOK_AGAIN = timedelta(minutes=10)


def choose(connection: Connection, person: UUID, chosen: VisitPreference, now: datetime) -> VisitPreference:
    """Keep what the person chose about appointments, and set the reminders of what is booked anew."""
    kept = keep_preference(connection, person, chosen, now)
    coming = sa.select(REQUEST.c.id, REQUEST.c.clinic_id, REQUEST.c.slot_start).where(
        REQUEST.c.person_id == person, REQUEST.c.slot_held, REQUEST.c.outcome == "confirmed", REQUEST.c.slot_start > now
    )
    for row in connection.execute(coming).all():
        drop_timer(connection, REMIND, row.clinic_id, str(row.id))
        set_reminder(connection, Timer(REMIND, row.clinic_id, str(row.id), row.slot_start), person, now)
    return kept


class Reminders:
    """The act of a reminder's timer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def acts(self) -> Mapping[str, Act]:
        """Return what is done, by what is due."""
        return {REMIND: self._remind}

    def _remind(self, connection: Connection, timer: Timer, now: datetime) -> datetime | None:
        """Remind of an appointment that stands and is still to come; one not yet told of is looked at again."""
        try:
            standing = lock(connection, self._ledger.keyring, timer.request)
        except NotFoundError:  # it has been erased
            return None
        if standing.slot_start is None or standing.slot_start <= now or not stands(connection, timer):
            return None
        cause = Cause("timer", instant(timer.due_at))
        try:
            self._ledger.advance_locked(connection, standing, REMIND, Said(), SYSTEM, cause)
        except NotApplicableError:
            return now + LOOK_AGAIN if standing.state is State.ANSWERED else None
        return None
