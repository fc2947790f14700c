"""The outbox's statements, built once for each kind of database: to build them costs more than to send them.

Leases run on PostgreSQL's own clock; SQLite has none to speak of and is given the time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from storage.columns import UtcDateTime
from storage.models import ATTEMPT, OUTBOX

# Written out, not sent as a value: only so does a prepared statement know that the index on what is due serves it.
_DUE: sa.ColumnElement[str] = sa.literal_column("'due'")

INSERT_ATTEMPT = sa.insert(ATTEMPT)
END_ATTEMPT = sa.update(ATTEMPT).where(
    ATTEMPT.c.outbox_id == sa.bindparam("work"), ATTEMPT.c.n == sa.bindparam("attempt")
)
_MINE = (
    OUTBOX.c.id == sa.bindparam("work"),
    OUTBOX.c.state == _DUE,
    OUTBOX.c.lease_by == sa.bindparam("worker"),
    OUTBOX.c.attempts == sa.bindparam("attempt"),
)
END = sa.update(OUTBOX).where(*_MINE)


class OutboxStatements:
    """The statements that ask what time it is: `clock` is asked for SQLite only."""

    def __init__(self, clock: Callable[[], datetime], *, is_sqlite: bool) -> None:
        self._clock, self._is_sqlite = clock, is_sqlite
        self._now: Any = sa.bindparam("now", type_=UtcDateTime) if is_sqlite else sa.func.clock_timestamp()
        self._later: Any = (
            sa.bindparam("later", type_=UtcDateTime)
            if is_sqlite
            else sa.func.clock_timestamp() + sa.bindparam("wait", type_=sa.Interval)
        )
        self.anything_due = self._due().limit(1)
        self.offer = self._offer()
        self.take = self._take()
        self.claim = self.take if is_sqlite else _with_its_attempt(self.take)
        self.intend = (
            sa.update(OUTBOX).where(*_MINE, OUTBOX.c.lease_until > self._later).values(intent=OUTBOX.c.intent + 1)
        )
        rows = OUTBOX.c.id.in_(sa.bindparam("rows", expanding=True))
        self.renew = (
            sa.update(OUTBOX)
            .where(rows, OUTBOX.c.lease_by == sa.bindparam("worker"), OUTBOX.c.state == _DUE)
            .values(lease_until=self._later)
        )

    def now(self) -> dict[str, Any]:
        """Return the parameters of a statement that asks the time."""
        return {"now": self._clock()} if self._is_sqlite else {}

    def later(self, wait: timedelta) -> dict[str, Any]:
        """Return the parameters of a statement that sets or compares a time to come."""
        return {"later": self._clock() + wait} if self._is_sqlite else {"wait": wait}

    def _offer(self) -> ReturningUpdate[Any]:
        chosen = self._due().limit(self._room())
        if not self._is_sqlite:
            chosen = chosen.with_for_update(skip_locked=True)
        # Named, so that it is carried out once: as a mere sub-query it may be asked again for every row, and then finds
        # others than those it has locked.
        once = chosen.cte("once")
        return (
            sa.update(OUTBOX)
            .where(OUTBOX.c.id.in_(sa.select(once.c.id)))
            .values(offered_until=self._later)
            .returning(OUTBOX.c.id, OUTBOX.c.destination)
        )

    def _take(self) -> ReturningUpdate[Any]:
        return (
            sa.update(OUTBOX)
            .where(OUTBOX.c.id == sa.bindparam("work"), self._claimable())
            .values(
                lease_by=sa.bindparam("worker"),
                lease_until=self._later,
                # In hand, no longer on offer: if this process dies, the row is offered again when its lease ends.
                offered_until=None,
                attempts=OUTBOX.c.attempts + 1,
                crashes=OUTBOX.c.crashes + sa.case((OUTBOX.c.lease_by.is_(None), 0), else_=1),
            )
            .returning(OUTBOX)
        )

    def _claimable(self) -> sa.ColumnElement[bool]:
        older = OUTBOX.alias("older")
        first_in_line = ~sa.exists().where(
            older.c.request_id == OUTBOX.c.request_id,
            older.c.destination == OUTBOX.c.destination,
            older.c.state == _DUE,
            older.c.n < OUTBOX.c.n,
        )
        return sa.and_(
            OUTBOX.c.state == _DUE,
            OUTBOX.c.next_at <= sa.bindparam("at", type_=UtcDateTime),
            sa.or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until < self._now),
            first_in_line,
        )

    def _due(self) -> sa.Select[Any]:
        not_offered = sa.or_(OUTBOX.c.offered_until.is_(None), OUTBOX.c.offered_until < self._now)
        return sa.select(OUTBOX.c.id).where(self._claimable(), not_offered).order_by(OUTBOX.c.next_at)

    def _room(self) -> sa.ScalarSelect[Any]:
        """Return how many rows may still be offered; never fewer than none, which no LIMIT understands."""
        counted, most = OUTBOX.alias("counted"), sa.bindparam("most", type_=sa.Integer)
        left = most - sa.func.count()
        outstanding = (counted.c.state == _DUE, counted.c.offered_until > self._now)
        return sa.select(sa.case((left > 0, left), else_=0)).select_from(counted).where(*outstanding).scalar_subquery()


def _with_its_attempt(take: ReturningUpdate[Any]) -> sa.Select[Any]:
    """Return the claim as one statement with the attempt that it begins."""
    taken = take.cte("taken")
    begun = INSERT_ATTEMPT.from_select(
        ["outbox_id", "n", "started_at"],
        sa.select(taken.c.id, taken.c.attempts, sa.bindparam("at", type_=UtcDateTime)),
    )
    return sa.select(taken).add_cte(begun.cte("begun"))
