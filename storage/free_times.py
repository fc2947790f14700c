"""The times that a patient could book: offered, with whom and for what patients may book, and nobody else's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.calendar_registers import SLOT
from storage.scope import counting
from storage.slot_holds import HELD, KEPT, NOBODY, held_now


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that can be asked for, once it is released; times in UTC."""

    key: str
    practitioner: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime | None

    def is_released(self, now: datetime) -> bool:
        """Return whether it can be asked for already (BOO-14)."""
        return self.released_at is None or self.released_at <= now


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for: times of these practitioners and reasons that start in [start, end); `holder` asks."""

    practitioners: Collection[str]
    reasons: Collection[str]
    start: datetime
    end: datetime
    now: datetime
    holder: bytes = NOBODY


def free_slots(connection: Connection, clinic: UUID, search: Search, limit: int) -> Sequence[FreeSlot]:
    """Return times that are offered, neither taken nor held for others, by time, at most `limit`; released or not."""
    query = (
        sa.select(SLOT.c.key, SLOT.c.practitioner, SLOT.c.reason, SLOT.c.starts_at, SLOT.c.ends_at, SLOT.c.released_at)
        .where(
            SLOT.c.clinic_id == clinic,
            SLOT.c.is_current,
            SLOT.c.offered,
            _among(SLOT.c.practitioner, search.practitioners),
            SLOT.c.reason.in_(search.reasons),
            SLOT.c.starts_at >= search.start,
            SLOT.c.starts_at < search.end,
            ~HELD,
            ~KEPT,
        )
        .order_by(SLOT.c.starts_at, SLOT.c.key)
        .limit(limit)
    )
    with counting():  # who has taken the others is not the caller's to see
        rows = connection.execute(query, held_now(search.holder, search.now))
        return [FreeSlot(*row) for row in rows]


def _among(column: sa.Column[str], keys: Collection[str]) -> sa.ColumnElement[bool]:
    """Ask for one key by equality, so that an index on it is walked in the order of time."""
    return column == next(iter(keys)) if len(keys) == 1 else column.in_(keys)


@dataclass(frozen=True, slots=True)
class Like:
    """What a time of the calendar is, taken or not."""

    practitioner: str
    reason: str
    starts_at: datetime


def like(connection: Connection, clinic: UUID, key: str) -> Like | None:
    """Return what the clinic's time of this key is, so that others like it can be looked for."""
    query = sa.select(SLOT.c.practitioner, SLOT.c.reason, SLOT.c.starts_at)
    row = connection.execute(query.where(SLOT.c.clinic_id == clinic, SLOT.c.key == key, SLOT.c.is_current)).first()
    return None if row is None else Like(*row)
