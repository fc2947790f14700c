"""A person's second factors: which there are, how one comes and goes, and that the person is told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import AlreadyEnoughError, NotFoundError
from storage.accounts import account_key
from storage.effects import mail_row, owed
from storage.factor_registers import SECOND_FACTOR
from storage.registers import LOG_IN, LOG_IN_ATTEMPT, MEMBERSHIP, SEALING_KEY
from storage.scope import concerns
from storage.sealing import KEY_COLUMNS, key_of
from storage.together import write_together

APP, PASSKEY = "totp", "passkey"
ADDED, REMOVED = "factor_added", "factor_removed"
MOST_FACTORS = 5
FRESH = timedelta(minutes=5)
IN_FORCE = sa.and_(SECOND_FACTOR.c.confirmed_at.is_not(None), SECOND_FACTOR.c.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor as its owner sees it; `label` is what they call it."""

    id: UUID
    kind: str
    label: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class New:
    """A factor that is about to be stored; `contents` are sealed. A passkey is confirmed as it comes."""

    id: UUID
    kind: str
    contents: Mapping[str, str]
    counter: int = 0
    credential_index: bytes | None = None
    confirmed_at: datetime | None = None


def has_factor(person: sa.ColumnElement[UUID]) -> sa.Exists:
    """Return the condition that the person has a second factor in force."""
    return sa.exists().where(SECOND_FACTOR.c.person_id == person, IN_FORCE)


def holds_factor(connection: Connection, person: UUID) -> bool:
    """Return whether the person has a second factor in force."""
    return bool(connection.execute(sa.select(has_factor(sa.literal(person)))).scalar_one())


def factors(connection: Connection, keyring: Keyring, person: UUID) -> Sequence[Factor]:
    """Return what is in force, the oldest first."""
    rows = rows_of(connection, person, IN_FORCE)
    return [Factor(row.id, row.kind, opened(keyring, row)["label"], row.created_at, row.used_at) for row in rows]


def rows_of(connection: Connection, person: UUID, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Return the person's rows that fit, with the columns of their key, the oldest first."""
    return connection.execute(
        sa.select(SECOND_FACTOR, *KEY_COLUMNS)
        .join(SEALING_KEY, SEALING_KEY.c.id == SECOND_FACTOR.c.key_id)
        .where(SECOND_FACTOR.c.person_id == person, *where)
        .order_by(SECOND_FACTOR.c.created_at, SECOND_FACTOR.c.id),
    ).all()


def opened(keyring: Keyring, row: Any) -> dict[str, str]:
    """Return what a row of `rows_of` has sealed."""
    contents: dict[str, str] = json.loads(key_of(keyring, row).open(row.sealed, _place(row.id)))
    return contents


def store(connection: Connection, keyring: Keyring, person: UUID, new: New, now: datetime) -> None:
    """Store a factor; one that waits to be confirmed takes the place of those that waited before.

    Raises:
        AlreadyEnoughError: the person has as many as may be.
    """
    # Those who add at the same time come one after the other, so that none slips past the limit.
    key = account_key(connection, keyring, person, locking=True)
    mine = SECOND_FACTOR.c.person_id == person
    if new.confirmed_at is None:
        connection.execute(sa.delete(SECOND_FACTOR).where(mine, SECOND_FACTOR.c.confirmed_at.is_(None)))
    count = sa.select(sa.func.count()).select_from(SECOND_FACTOR).where(mine, IN_FORCE)
    if connection.execute(count).scalar_one() >= MOST_FACTORS:
        raise AlreadyEnoughError
    connection.execute(
        sa.insert(SECOND_FACTOR).values(
            id=new.id,
            person_id=person,
            key_id=key.id,
            kind=new.kind,
            sealed=key.seal(json.dumps(dict(new.contents)).encode(), _place(new.id)),
            credential_index=new.credential_index,
            counter=new.counter,
            created_at=now,
            confirmed_at=new.confirmed_at,
        ),
    )


def end_factor(connection: Connection, person: UUID, factor: UUID, now: datetime) -> None:
    """End one factor of the person's and destroy what it had sealed.

    Raises:
        NotFoundError: they have no such factor in force.
    """
    if not _end(connection, now, SECOND_FACTOR.c.person_id == person, SECOND_FACTOR.c.id == factor, IN_FORCE):
        raise NotFoundError


def end_all(connection: Connection, person: UUID, now: datetime) -> int:
    """End every factor and every log-in of the person's; return how many factors there were in force.

    Whoever has the lost device may be logged in with it.
    """
    ended = _end(connection, now, SECOND_FACTOR.c.person_id == person, IN_FORCE)
    connection.execute(
        sa.update(LOG_IN).where(LOG_IN.c.person_id == person, LOG_IN.c.ended_at.is_(None)).values(ended_at=now),
    )
    end_attempts(connection, person, now)
    return ended


def end_attempts(connection: Connection, person: UUID, now: datetime) -> None:
    """End the log-ins that have begun: a code mailed before there was a better factor opens nothing any more."""
    connection.execute(
        sa.update(LOG_IN_ATTEMPT)
        .where(LOG_IN_ATTEMPT.c.person_id == person, LOG_IN_ATTEMPT.c.ended_at.is_(None))
        .values(ended_at=now),
    )


@concerns("person")
def tell(connection: Connection, new_id: NewId, person: UUID, letter: str, now: datetime) -> None:
    """Owe the person a letter from the clinic where they have been a patient longest, if there is one."""
    clinic = connection.execute(
        sa.select(MEMBERSHIP.c.clinic_id)
        .where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.until.is_(None))
        .order_by(MEMBERSHIP.c.since, MEMBERSHIP.c.clinic_id)
        .limit(1),
    ).scalar_one_or_none()
    if clinic is not None:
        row = mail_row(identifier=new_id(), clinic=clinic, letter=letter, subject=person, now=now)
        write_together(connection, [owed(row)], waking=True)


def is_fresh(connection: Connection, log_in: UUID, now: datetime) -> bool:
    """Return whether the log-in began, or was proven anew, within the last five minutes."""
    row = connection.execute(sa.select(LOG_IN.c.created_at, LOG_IN.c.proven_at).where(LOG_IN.c.id == log_in)).one()
    return bool(now - (row.proven_at or row.created_at) <= FRESH)


def prove(connection: Connection, log_in: UUID, now: datetime) -> None:
    """Note that whoever uses the log-in has just proven a factor again."""
    connection.execute(sa.update(LOG_IN).where(LOG_IN.c.id == log_in).values(proven_at=now))


def _end(connection: Connection, now: datetime, *where: sa.ColumnElement[bool]) -> int:
    gone = {"ended_at": now, "sealed": None, "credential_index": None}
    return connection.execute(sa.update(SECOND_FACTOR).where(*where).values(gone)).rowcount


def _place(factor: UUID) -> str:
    return f"second_factor.sealed:{factor}"
