"""The times that a clinic has offered a patient in place of the one they wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.calendar_registers import SLOT
from storage.messages import Spoken
from storage.scope import counting
from storage.slot_holds import HELD, KEPT, held_now, offered_until


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """One of the offered times; `free` for this patient still, and until when it is held for nobody else."""

    key: str
    practitioner: str
    starts_at: datetime
    ends_at: datetime
    free: bool
    held_until: datetime | None


def offered_times(
    connection: Connection, clinic: UUID, words: Sequence[Spoken], holder: bytes, now: datetime
) -> Sequence[OfferedTime]:
    """Return the times that the words offer, by time; one that the calendar has no longer is not among them."""
    keys = [key for said in words for key in said.content.offered_slots]
    if not keys:
        return ()
    query = (
        sa.select(SLOT, sa.or_(HELD, KEPT).label("gone"))
        .where(SLOT.c.clinic_id == clinic, SLOT.c.key.in_(keys), SLOT.c.is_current, ~SLOT.c.removed)
        .order_by(SLOT.c.starts_at, SLOT.c.key)
    )
    until = offered_until(connection, clinic, keys, now)
    with counting():  # who has taken the others is not the caller's to see
        rows = connection.execute(query, held_now(holder, now)).all()
    return [
        OfferedTime(
            row.key,
            row.practitioner,
            row.starts_at,
            row.ends_at,
            free=not row.gone and row.starts_at > now,
            held_until=None if row.gone else until.get(row.key),
        )
        for row in rows
    ]
