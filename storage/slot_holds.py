"""Times that are kept for somebody: for 5 minutes while a form is filled in, for a day where the clinic offers them.

A hold is a row, one for each time, that names nobody: whoever holds is a keyed hash. It ends by its moment, and is
swept up later; a booking that is sent takes it over, so that holding and booking meet in one row, and one comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.calendar_registers import SLOT, SLOT_HOLD
from storage.models import REQUEST
from storage.scope import counting

# Written out column by column: who counts may read no others.
HELD = (
    sa.select(REQUEST.c.slot)
    .where(REQUEST.c.clinic_id == SLOT.c.clinic_id, REQUEST.c.slot == SLOT.c.key, REQUEST.c.slot_held)
    .exists()
)
"""Whether a row of `SLOT` has been taken by a request, of whomever."""

KEPT = (
    sa.select(SLOT_HOLD.c.slot)
    .where(
        SLOT_HOLD.c.clinic_id == SLOT.c.clinic_id,
        SLOT_HOLD.c.slot == SLOT.c.key,
        SLOT_HOLD.c.until > sa.bindparam("held_at"),
        SLOT_HOLD.c.holder != sa.bindparam("held_by"),
    )
    .exists()
)
"""Whether a row of `SLOT` is held for somebody else; asked with the values of `held_now`."""

NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who claims times and when: what stands for them, and the request that the times are claimed with, if any."""

    mark: bytes
    now: datetime
    request: UUID | None = None


def _claims(insert: Any) -> Any:
    new = insert(SLOT_HOLD)
    theirs = sa.or_(SLOT_HOLD.c.holder == new.excluded.holder, SLOT_HOLD.c.until <= sa.bindparam("now"))
    changes = {name: new.excluded[name] for name in ("holder", "until", "request_id")}
    keys = [SLOT_HOLD.c.clinic_id, SLOT_HOLD.c.slot]
    return new.on_conflict_do_update(index_elements=keys, set_=changes, where=theirs).returning(SLOT_HOLD.c.slot)


# Built once, for every booking asks one.
_CLAIM = {
    dialect: _claims(insert) for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def holder_of(keyring: Keyring, person: UUID | None, clinic: UUID) -> bytes:
    """Return what stands for a person in the holds of a clinic."""
    return NOBODY if person is None else keyring.keyed("slot-hold", person.bytes + clinic.bytes)


def held_now(holder: bytes, now: datetime) -> dict[str, Any]:
    """Return the values with which `KEPT` is asked."""
    return {"held_at": now, "held_by": holder}


def claim(connection: Connection, clinic: UUID, slots: Iterable[str], by: Holder, until: datetime) -> bool:
    """Take the rows of these times for the holder until a moment; False where another holds one of them now.

    A booking claims its time until now: whoever wants to hold it meanwhile waits, and then sees the booking.

    Raises:
        sqlalchemy.exc.IntegrityError: the holder holds another time at the clinic for a form.
    """
    claimed = {"clinic_id": clinic, "holder": by.mark, "until": until, "request_id": by.request, "now": by.now}
    take = _CLAIM[connection.dialect.name]
    return all(connection.execute(take, claimed | {"slot": slot}).first() is not None for slot in sorted(slots))


def claim_each(connection: Connection, clinic: UUID, until: Mapping[str, datetime], by: Holder) -> set[str]:
    """Take the rows of these times for the holder, each until its own moment; return those that no other holds now."""
    mine = {"clinic_id": clinic, "holder": by.mark, "request_id": by.request, "now": by.now}
    rows = [mine | {"slot": slot, "until": moment} for slot, moment in sorted(until.items())]
    return set(connection.execute(_CLAIM[connection.dialect.name], rows).scalars()) if rows else set()


def is_booked(connection: Connection, clinic: UUID, slot: str) -> bool:
    """Return whether a request has taken the time, as far as is known at this very statement."""
    query = sa.select(REQUEST.c.slot).where(REQUEST.c.clinic_id == clinic, REQUEST.c.slot == slot, REQUEST.c.slot_held)
    with counting():
        return connection.execute(query).first() is not None


def held_until(connection: Connection, clinic: UUID, slot: str, holder: bytes, now: datetime) -> datetime | None:
    """Return until when the holder holds this time for a form."""
    mine = _for_a_form(clinic, holder)
    query = sa.select(SLOT_HOLD.c.until).where(*mine, SLOT_HOLD.c.slot == slot, SLOT_HOLD.c.until > now)
    until: datetime | None = connection.execute(query).scalar_one_or_none()
    return until


def let_go(connection: Connection, clinic: UUID, holder: bytes) -> None:
    """Give back the time that the holder holds for a form, if any."""
    connection.execute(sa.delete(SLOT_HOLD).where(*_for_a_form(clinic, holder)))


def let_go_offered(connection: Connection, request: UUID) -> None:
    """Give back the times that are held because the clinic offered them with this request."""
    connection.execute(sa.delete(SLOT_HOLD).where(SLOT_HOLD.c.request_id == request))


def offered_until(connection: Connection, clinic: UUID, slots: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Return until when each of these times is held for whom the clinic offered them to, where it still is."""
    query = sa.select(SLOT_HOLD.c.slot, SLOT_HOLD.c.until).where(
        SLOT_HOLD.c.clinic_id == clinic, SLOT_HOLD.c.slot.in_(slots), SLOT_HOLD.c.until > now
    )
    return {row.slot: row.until for row in connection.execute(query)}


def outdated(now: datetime) -> sa.Delete:
    """Return the statement that removes holds whose moment has passed."""
    return sa.delete(SLOT_HOLD).where(SLOT_HOLD.c.until < now)


def _for_a_form(clinic: UUID, holder: bytes) -> tuple[sa.ColumnElement[bool], ...]:
    return SLOT_HOLD.c.clinic_id == clinic, SLOT_HOLD.c.holder == holder, SLOT_HOLD.c.request_id.is_(None)
