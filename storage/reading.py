"""A patient has read what the clinic said: noted once on the message, and told to the clinic's system (EKO-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import ContentHeldError, NotFoundError
from identity.subject import Patient
from storage.effects import receipt_row
from storage.models import MESSAGE, OUTBOX
from storage.waking import WAKE

READER = "patient"


@dataclass(frozen=True, slots=True)
class Read:
    """A message that has been read, and when for the first time."""

    id: UUID
    request: UUID
    clinic: UUID
    read_at: datetime | None


def mark_read(
    connection: Connection, patient: Patient, messages: Sequence[UUID], new_id: NewId, now: datetime
) -> Sequence[Read]:
    """Note that the patient has read these messages; the first time counts, and what they wrote themselves never does.

    Raises:
        NotFoundError: one of them is not there, not theirs, or erased; then none is noted.
        ContentHeldError: one of them is at a clinic that keeps its content back; then none is noted.
    """
    rows = _theirs(connection, patient, messages)
    unread = [row for row in rows if row.read_at is None and row.author != READER]
    if not unread:
        return [_read(row, row.read_at) for row in rows]
    marked = sa.update(MESSAGE).where(MESSAGE.c.id.in_([row.id for row in unread]), MESSAGE.c.read_at.is_(None))
    first = connection.execute(marked.values(read_at=now).returning(MESSAGE.c.id)).scalars().all()
    _tell_clinic(connection, [row for row in unread if row.id in first and row.clinic_message], new_id, now)
    return [_read(row, now if row.id in first else row.read_at) for row in rows]


def readings_of(connection: Connection, request: UUID) -> Sequence[tuple[int, datetime]]:
    """Return which messages of a request have been read and when: the numbers of their steps, in the order of reading.

    For the timeline of a request that the caller was let to.
    """
    read = sa.select(MESSAGE.c.n, MESSAGE.c.read_at).where(
        MESSAGE.c.request_id == request, MESSAGE.c.read_at.is_not(None)
    )
    return [(row.n, row.read_at) for row in connection.execute(read.order_by(MESSAGE.c.read_at, MESSAGE.c.n))]


def _theirs(connection: Connection, patient: Patient, messages: Sequence[UUID]) -> Sequence[Any]:
    wanted = sa.select(MESSAGE).where(
        MESSAGE.c.id.in_(messages), MESSAGE.c.person_id == patient.person, MESSAGE.c.sealed.is_not(None)
    )
    rows = connection.execute(wanted.order_by(MESSAGE.c.at, MESSAGE.c.id)).all()
    if len(rows) != len(set(messages)):
        raise NotFoundError
    held = [hold for row in rows if (hold := patient.held_at(row.clinic_id)) is not None]
    if held:
        raise ContentHeldError(held[0].until)
    return rows


def _tell_clinic(connection: Connection, rows: Sequence[Any], new_id: NewId, now: datetime) -> None:
    """Owe the clinic's system a receipt for each of its messages: it knows those that bear a number of its own."""
    if not rows:
        return
    connection.execute(sa.insert(OUTBOX), [receipt_row(row, new_id(), now) for row in rows])
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(WAKE))


def _read(row: Any, read_at: datetime | None) -> Read:
    return Read(row.id, row.request_id, row.clinic_id, read_at)
