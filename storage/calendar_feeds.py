"""A patient's appointments for a calendar of their own, and the secret address under which it may read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.tokens import new_token, token_hash
from storage.models import REQUEST
from storage.registers import CLINIC, SETTING
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, clinic_of
from storage.visit_registers import CALENDAR_FEED
from workflows.vocabulary import State

LOOKS_BACK = timedelta(days=30)
MOST = 200
GIVEN_UP = {State.CANCELLED_BY_PATIENT.value, State.CANCELLED_BY_CLINIC.value, State.MOVED.value}


@dataclass(frozen=True, slots=True)
class Appointment:
    """A confirmed booking; `thread` stays when it is moved, and `changes` grows with every step taken in it."""

    thread: UUID
    changes: int
    starts_at: datetime
    ends_at: datetime
    clinic: str
    given_up: bool
    changed_at: datetime


def appointments(
    connection: Connection, person: UUID, now: datetime, request: UUID | None = None
) -> Sequence[Appointment]:
    """Return the person's confirmed bookings from the last month on, or the one of a request, by time."""
    same = sa.alias(REQUEST)
    changes = sa.select(sa.func.sum(same.c.version)).where(
        same.c.thread_id == REQUEST.c.thread_id, same.c.person_id == REQUEST.c.person_id
    )
    which = REQUEST.c.is_newest if request is None else REQUEST.c.id == request
    query = (
        sa.select(REQUEST, changes.scalar_subquery().label("changes"), *CLINIC_COLUMNS)
        .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
        .join(SETTING, CURRENT_SETTINGS)
        .where(
            REQUEST.c.person_id == person,
            REQUEST.c.outcome == "confirmed",
            REQUEST.c.slot_start >= now - LOOKS_BACK,
            which,
        )
        .order_by(REQUEST.c.slot_start)
        .limit(MOST)
    )
    return [
        Appointment(
            thread=row.thread_id,
            changes=row.changes,
            starts_at=row.slot_start,
            ends_at=row.slot_end,
            clinic=clinic_of(row, row.clinic_id).settings.name,
            given_up=row.state in GIVEN_UP,
            changed_at=row.changed_at,
        )
        for row in connection.execute(query)
    ]


def make_feed(connection: Connection, person: UUID, now: datetime) -> str:
    """Return the token of a new secret address; the one before it is dead from now on. Only its hash is kept."""
    token = new_token()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"token_hash": token_hash(token), "created_at": now}
    made = insert(CALENDAR_FEED).values(person_id=person, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=values))
    return token


def made_at(connection: Connection, person: UUID) -> datetime | None:
    """Return when the person's address was made, if they have one."""
    query = sa.select(CALENDAR_FEED.c.created_at).where(CALENDAR_FEED.c.person_id == person)
    at: datetime | None = connection.execute(query).scalar_one_or_none()
    return at


def end_feed(connection: Connection, person: UUID) -> None:
    """Let the person's address lead nowhere."""
    connection.execute(sa.delete(CALENDAR_FEED).where(CALENDAR_FEED.c.person_id == person))


def whose_feed(connection: Connection, token: str) -> UUID | None:
    """Return whose address this is, if it is anybody's."""
    query = sa.select(CALENDAR_FEED.c.person_id).where(CALENDAR_FEED.c.token_hash == token_hash(token))
    person: UUID | None = connection.execute(query).scalar_one_or_none()
    return person
