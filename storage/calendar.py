"""The clinic's calendar as WinPLC synchronises it: free times in versions, and who has taken them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.engine import Connection

from storage.clinics import take_turn
from storage.models import REQUEST
from storage.registers import SLOT
from storage.scope import counting
from workflows.content import Code, Key

# Written out column by column: who counts may read no others.
HELD = (
    sa.select(REQUEST.c.slot)
    .where(REQUEST.c.clinic_id == SLOT.c.clinic_id, REQUEST.c.slot == SLOT.c.key, REQUEST.c.slot_held)
    .exists()
)
"""Whether a row of `SLOT` has been taken, by whomever."""


class OfferedSlot(BaseModel):
    """One time that the clinic offers, or no longer offers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    practitioner: Key
    reason: Code
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    released_at: AwareDatetime | None = None
    offered: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise PydanticCustomError("times_reversed", "The time ends before it starts")
        return self


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that can be asked for; times in UTC."""

    key: str
    practitioner: str
    reason: str
    starts_at: datetime
    ends_at: datetime


def free_slots(
    connection: Connection,
    clinic: UUID,
    *,
    practitioner: str | None,
    reason: str | None,
    start: datetime,
    end: datetime,
    now: datetime,
    limit: int,
) -> Sequence[FreeSlot]:
    """Return released, offered and untaken times that start in [start, end), by time, at most `limit`."""
    query = sa.select(SLOT).where(
        SLOT.c.clinic_id == clinic,
        SLOT.c.is_current,
        SLOT.c.offered,
        SLOT.c.starts_at >= start,
        SLOT.c.starts_at < end,
        sa.or_(SLOT.c.released_at.is_(None), SLOT.c.released_at <= now),
        ~HELD,
    )
    if practitioner is not None:
        query = query.where(SLOT.c.practitioner == practitioner)
    if reason is not None:
        query = query.where(SLOT.c.reason == reason)
    with counting():  # who has taken the others is not the caller's to see
        rows = connection.execute(query.order_by(SLOT.c.starts_at, SLOT.c.key).limit(limit))
    return [FreeSlot(row.key, row.practitioner, row.reason, row.starts_at, row.ends_at) for row in rows]


def put_slots(connection: Connection, clinic: UUID, slots: Sequence[OfferedSlot], at: datetime) -> int:
    """Put the slots in force as new versions where they differ; return how many changed."""
    take_turn(connection, clinic)
    keys = [slot.key for slot in slots]
    rows = connection.execute(
        sa.select(SLOT).where(SLOT.c.clinic_id == clinic, SLOT.c.is_current, SLOT.c.key.in_(keys))
    )
    known = {row.key: row for row in rows}
    changed = [slot for slot in slots if slot.key not in known or _differs(slot, known[slot.key])]
    if not changed:
        return 0
    changed_keys = [slot.key for slot in changed]
    connection.execute(
        sa.update(SLOT)
        .where(SLOT.c.clinic_id == clinic, SLOT.c.is_current, SLOT.c.key.in_(changed_keys))
        .values(is_current=False),
    )
    connection.execute(
        sa.insert(SLOT),
        [
            {
                **slot.model_dump(),
                "clinic_id": clinic,
                "version": known[slot.key].version + 1 if slot.key in known else 1,
                "at": at,
                "is_current": True,
            }
            for slot in changed
        ],
    )
    return len(changed)


def put_calendar(connection: Connection, clinic: UUID, slots: Sequence[OfferedSlot], now: datetime) -> int:
    """Put the whole calendar in force: a coming time that it does not name is offered no longer. Return as `put_slots`.

    A time that has been taken stays taken: the booking is the request's, not the calendar's.
    """
    named = {slot.key for slot in slots}
    rows = connection.execute(
        sa.select(SLOT).where(SLOT.c.clinic_id == clinic, SLOT.c.is_current, SLOT.c.offered, SLOT.c.starts_at >= now),
    )
    gone = [
        OfferedSlot(
            key=row.key,
            practitioner=row.practitioner,
            reason=row.reason,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            released_at=row.released_at,
            offered=False,
        )
        for row in rows
        if row.key not in named
    ]
    return put_slots(connection, clinic, [*slots, *gone], now)


def _differs(slot: OfferedSlot, row: sa.Row[tuple[object, ...]]) -> bool:
    return any(getattr(row, name) != value for name, value in slot.model_dump().items())
