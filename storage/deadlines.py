"""Deadlines that time itself pulls: found here, fired through the ledger under the request's lock."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from storage.database import Database
from storage.history import SYSTEM, Cause, instant
from storage.ledger import Ledger, OvertakenError, Said
from storage.models import REQUEST
from storage.standing import lock
from workflows.vocabulary import NotApplicableError, Refusal

AT_ONCE = 50


class Deadlines:
    """Fires what is due."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def due(self) -> Sequence[UUID]:
        """Return requests with a deadline that has come, the oldest first."""
        with self._database.reading() as connection:
            return connection.execute(
                sa.select(REQUEST.c.id)
                .where(REQUEST.c.due_at <= self._database.clock())
                .order_by(REQUEST.c.due_at)
                .limit(AT_ONCE),
            ).scalars().all()  # fmt: skip

    def fire(self, request: UUID) -> bool:
        """Pull the trigger of the request's deadline if it is still due; return whether anything changed."""
        try:
            return self._fired(request)
        except OvertakenError:
            return False

    def _fired(self, request: UUID) -> bool:
        with self._database.writing() as connection:
            standing = lock(connection, self._ledger.keyring, request)
            due_at, trigger = standing.due_at, standing.due_trigger
            if due_at is None or trigger is None or due_at > self._database.clock():
                return False
            cause = Cause("timer", instant(due_at))
            try:
                outcome = self._ledger.advance_locked(connection, standing, trigger, Said(), SYSTEM, cause)
            except NotApplicableError:
                outcome = None
            if outcome is None or isinstance(outcome, Refusal):
                self._ledger.drop_deadline(connection, standing)
                return False
        return True
