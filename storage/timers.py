"""Timers: what is due by the clock beside requests' own deadlines.

A timer says what is to be done and to whom, never with which words. Whoever carries it out looks at the memory as it is
then: a timer whose occasion is gone does nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.visit_registers import TIMER


@dataclass(frozen=True, slots=True)
class Timer:
    """Something due: `what` is to be done, `subject` is the request's id or the slot's key."""

    what: str
    clinic: UUID
    subject: str
    due_at: datetime

    @property
    def request(self) -> UUID:
        """The request that it is about."""
        return UUID(self.subject)


def _setting(insert: Any) -> Any:
    new = insert(TIMER)
    key = [TIMER.c.what, TIMER.c.clinic_id, TIMER.c.subject]
    return new.on_conflict_do_update(index_elements=key, set_={"due_at": new.excluded.due_at})


_SET = {dialect: _setting(insert) for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))}

Act = Callable[[Connection, Timer, datetime], datetime | None]
"""Does what is due now, in the transaction, and returns when to look again; None where it is done with."""


def set_timer(connection: Connection, timer: Timer) -> None:
    """Set a timer, in place of one that stands for the same thing."""
    set_timers(connection, [timer])


def set_timers(connection: Connection, timers: Iterable[Timer]) -> None:
    """Set timers, each in place of one that stands for the same thing."""
    rows = [
        {"what": timer.what, "clinic_id": timer.clinic, "subject": timer.subject, "due_at": timer.due_at}
        for timer in timers
    ]
    if rows:
        connection.execute(_SET[connection.dialect.name], rows)


def drop_timer(connection: Connection, what: str, clinic: UUID, subject: str) -> None:
    """Take a timer away, if one stands."""
    connection.execute(sa.delete(TIMER).where(*same(what, clinic, subject)))


def stands(connection: Connection, timer: Timer) -> bool:
    """Return whether the timer is still due as it was; asked under the lock of what it is about."""
    still = sa.select(TIMER.c.what).where(*same(timer.what, timer.clinic, timer.subject))
    return connection.execute(still.where(TIMER.c.due_at == timer.due_at)).first() is not None


def same(what: str, clinic: UUID, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of one timer."""
    return TIMER.c.what == what, TIMER.c.clinic_id == clinic, TIMER.c.subject == subject
