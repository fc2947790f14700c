"""The clinic's calendar as WinPLC synchronises it: times in versions, the whole of it or what has changed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.engine import Connection

from storage.calendar_registers import SLOT
from storage.versions import take_turn
from storage.waiting_line import keep_for_line
from workflows.content import Code, Key

# Built once: the same text for a calendar of any size.
_SUPERSEDE = (
    sa.update(SLOT)
    .where(SLOT.c.clinic_id == sa.bindparam("of"), SLOT.c.key == sa.bindparam("named"), SLOT.c.is_current)
    .values(is_current=False)
)


class OfferedSlot(BaseModel):
    """One time of the calendar, which the clinic offers to patients or not."""

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


def put_slots(
    connection: Connection, clinic: UUID, slots: Sequence[OfferedSlot], at: datetime, removed: Collection[str] = ()
) -> int:
    """Put the slots in force as new versions where they differ, and those of these keys out of the calendar.

    Return how many changed. A time that has been taken stays taken: the booking is the request's, not the calendar's,
    and is put on the clinic's list of bookings without a time.
    """
    take_turn(connection, clinic)
    wanted = [slot.key for slot in slots]
    rows = connection.execute(
        sa.select(SLOT).where(SLOT.c.clinic_id == clinic, SLOT.c.is_current, SLOT.c.key.in_([*wanted, *removed])),
    ).all()
    return _put(connection, clinic, _versions(rows, slots, removed), at)


def put_calendar(connection: Connection, clinic: UUID, slots: Sequence[OfferedSlot], now: datetime) -> int:
    """Put the whole calendar in force: a coming time that it does not name is in it no longer.

    Return as `put_slots`.
    """
    take_turn(connection, clinic)
    named = {slot.key for slot in slots}
    bears = sa.or_(SLOT.c.starts_at >= now, SLOT.c.key.in_(sorted(named)))
    rows = connection.execute(sa.select(SLOT).where(SLOT.c.clinic_id == clinic, SLOT.c.is_current, bears)).all()
    gone = [row.key for row in rows if row.starts_at >= now and row.key not in named]
    return _put(connection, clinic, _versions(rows, slots, gone), now)


def _versions(
    rows: Sequence[sa.Row[Any]], slots: Sequence[OfferedSlot], removed: Collection[str]
) -> list[dict[str, Any]]:
    """Return the new versions of what differs from the rows in force."""
    known = {row.key: row for row in rows}
    changed = [
        slot.model_dump() | {"removed": False, "version": known[slot.key].version + 1 if slot.key in known else 1}
        for slot in slots
        if slot.key not in known or known[slot.key].removed or _differs(slot, known[slot.key])
    ]
    return changed + [
        known[key]._asdict() | {"offered": False, "removed": True, "version": known[key].version + 1}
        for key in removed
        if key in known and not known[key].removed
    ]


def _put(connection: Connection, clinic: UUID, versions: Sequence[dict[str, Any]], at: datetime) -> int:
    if known := [{"of": clinic, "named": version["key"]} for version in versions if version["version"] > 1]:
        connection.execute(_SUPERSEDE, known)
    if versions:
        in_force = {"clinic_id": clinic, "at": at, "is_current": True}
        # With RETURNING they go by the thousand; without, PostgreSQL is sent each by itself.
        connection.execute(sa.insert(SLOT).returning(SLOT.c.key), [version | in_force for version in versions])
    keep_for_line(connection, clinic, [version["key"] for version in versions if version["offered"]], at)
    return len(versions)


def _differs(slot: OfferedSlot, row: sa.Row[Any]) -> bool:
    return any(getattr(row, name) != value for name, value in slot.model_dump().items())
