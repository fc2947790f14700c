"""A patient's appointments by time, and those of a clinic's that its calendar has no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from storage.calendar_registers import SLOT
from storage.models import REQUEST
from storage.registers import CLINIC
from storage.requests import Found, Requests
from workflows.vocabulary import State

_TOLD = (State.ANSWERED, State.NOTIFIED, State.UNREACHABLE)
_STANDING = (State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE, *_TOLD)


@dataclass(frozen=True, slots=True)
class TimedPage:
    """What of the list: coming or past at `now`, of one clinic or all, after this (time, id)."""

    coming: bool
    now: datetime
    clinic: str | None
    after: tuple[datetime, UUID] | None
    limit: int


class Appointments(Requests):
    """Reads the appointments among the requests of one scope (BOO-6)."""

    def by_time(self, page: TimedPage) -> Sequence[Found]:
        """Return one page: what is coming by its start, the next first; what is past or ended, the latest first."""
        ahead = sa.and_(REQUEST.c.slot_held, REQUEST.c.slot_start >= page.now)
        query = self._query().where(REQUEST.c.slot_start.is_not(None), ahead if page.coming else ~ahead)
        if page.clinic is not None:
            query = query.where(CLINIC.c.slug == page.clinic)
        by = (REQUEST.c.slot_start, REQUEST.c.id)
        if page.after is not None:
            place = sa.tuple_(*(sa.literal(part, column.type) for part, column in zip(page.after, by, strict=True)))
            query = query.where(sa.tuple_(*by) > place if page.coming else sa.tuple_(*by) < place)
        order = by if page.coming else tuple(column.desc() for column in by)
        return [self._found(row) for row in self._connection.execute(query.order_by(*order).limit(page.limit))]

    def in_hand(self, clinic: str, part: str, whole: str, limit: int) -> Sequence[Found]:
        """Return what asks for the patient at a clinic: who waits for a time, and what times are offered instead.

        `part` is the type of those who wait, `whole` that of the appointments.
        """
        waits = sa.and_(REQUEST.c.kind == part, REQUEST.c.state.in_(_STANDING))
        offered = sa.and_(
            REQUEST.c.kind == whole, REQUEST.c.state.in_(_TOLD), REQUEST.c.outcome == "other_time_offered"
        )
        query = self._query().where(CLINIC.c.slug == clinic, sa.or_(waits, offered))
        order = (REQUEST.c.created_at.desc(), REQUEST.c.id.desc())
        return [self._found(row) for row in self._connection.execute(query.order_by(*order).limit(limit))]


def without_time(clinic: UUID, now: datetime) -> sa.Select[tuple[object, ...]]:
    """Return the query for a clinic's coming bookings whose time its calendar has no longer, or has otherwise now."""
    moved = sa.or_(SLOT.c.starts_at != REQUEST.c.slot_start, SLOT.c.practitioner != REQUEST.c.practitioner)
    return (
        sa.select(REQUEST)
        .outerjoin(
            SLOT, sa.and_(SLOT.c.clinic_id == REQUEST.c.clinic_id, SLOT.c.key == REQUEST.c.slot, SLOT.c.is_current)
        )
        .where(REQUEST.c.clinic_id == clinic, REQUEST.c.slot_held, REQUEST.c.slot_start >= now)
        .where(sa.or_(SLOT.c.key.is_(None), SLOT.c.removed, moved))
    )
