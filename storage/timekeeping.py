"""Carries out the timers that have come, each once however many processes look."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from storage.database import Database
from storage.ledger import OvertakenError
from storage.timers import Act, Timer, same, stands
from storage.visit_registers import TIMER

AT_ONCE = 50


class Timers:
    """Carries out what is due; `acts` says how, by what is to be done."""

    def __init__(self, database: Database, acts: Mapping[str, Act]) -> None:
        self._database = database
        self._acts = acts

    def due(self) -> Sequence[Timer]:
        """Return the timers that have come, the oldest first."""
        query = sa.select(TIMER).where(TIMER.c.due_at <= self._database.clock()).order_by(TIMER.c.due_at)
        with self._database.reading() as connection:
            rows = connection.execute(query.limit(AT_ONCE)).all()
        return [Timer(row.what, row.clinic_id, row.subject, row.due_at) for row in rows]

    def fire(self, timer: Timer) -> bool:
        """Carry a timer out if it still stands; False where another process came first."""
        try:
            return self._fired(timer)
        except OvertakenError:
            return False

    def _fired(self, timer: Timer) -> bool:
        now = self._database.clock()
        with self._database.writing() as connection:
            if timer.due_at > now or not stands(connection, timer):
                return False
            again = self._acts[timer.what](connection, timer, now)
            mine = (*same(timer.what, timer.clinic, timer.subject), TIMER.c.due_at == timer.due_at)
            done = sa.delete(TIMER) if again is None else sa.update(TIMER).values(due_at=again)
            connection.execute(done.where(*mine))
        return True

    def one_round(self) -> None:
        """Carry out all that has come."""
        for timer in self.due():
            self.fire(timer)
