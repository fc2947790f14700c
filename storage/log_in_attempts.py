"""Attempts to log in: begun by a first factor, used up by a second one that is bound to the attempt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.tokens import code_hash, log_in_code
from storage.guesses import Origin
from storage.registers import LOG_IN_ATTEMPT

CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """A new attempt: whose it is if the first factor fits, what was claimed from where, and if a code goes out."""

    id: UUID
    person: UUID | None
    channel: str
    origin: Origin
    mailed: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt whose second factor is being tried; `mailed` is whether its code went out, and so counts."""

    id: UUID
    person: UUID
    code_hash: bytes
    mailed: bool


@dataclass(frozen=True, slots=True)
class Used:
    """An attempt that is used up: who enters, by which client's channel, in which way, and from where it was begun."""

    person: UUID
    channel: str
    way: str
    origin: Origin | None


Proof = Callable[[Connection, Tried, datetime], str | None]
"""Looks at a second factor in the transaction that uses it up; returns the way in, or None when it does not fit."""


def store_attempt(connection: Connection, keyring: Keyring, begun: Begun, now: datetime) -> None:
    """Store the attempt; a person's earlier ones end, so that the newest code wins (LOG-3).

    An unknown person is looked for by an id that nobody has, so that the work is the same.
    """
    connection.execute(
        sa.update(LOG_IN_ATTEMPT)
        .where(LOG_IN_ATTEMPT.c.person_id == (begun.person or begun.id), LOG_IN_ATTEMPT.c.ended_at.is_(None))
        .values(ended_at=now),
    )
    connection.execute(
        sa.insert(LOG_IN_ATTEMPT).values(
            id=begun.id,
            person_id=begun.person,
            code_hash=code_hash(keyring, begun.id, log_in_code(keyring, begun.id)),
            channel=begun.channel,
            tries=0,
            created_at=now,
            expires_at=now + CODE_LIVES,
            mailed=begun.mailed,
            cpr_index=begun.origin.cpr_index,
            net_index=begun.origin.net_index,
        ),
    )


def use_up(connection: Connection, attempt: UUID, proof: Proof, now: datetime) -> Used | None:
    """Count the try; when the proof fits, use the attempt up and return who enters.

    The count locks the row, so those who try at the same moment come one after the other.
    """
    row = connection.execute(
        sa.update(LOG_IN_ATTEMPT)
        .where(
            LOG_IN_ATTEMPT.c.id == attempt,
            LOG_IN_ATTEMPT.c.ended_at.is_(None),
            LOG_IN_ATTEMPT.c.expires_at > now,
            LOG_IN_ATTEMPT.c.tries < CODE_TRIES,
        )
        .values(tries=LOG_IN_ATTEMPT.c.tries + 1)
        .returning(LOG_IN_ATTEMPT),
    ).one_or_none()
    if row is None or row.person_id is None:
        return None
    way = proof(connection, Tried(row.id, row.person_id, row.code_hash, row.mailed), now)
    if way is None:
        return None
    connection.execute(sa.update(LOG_IN_ATTEMPT).where(LOG_IN_ATTEMPT.c.id == attempt).values(ended_at=now))
    origin = None if row.net_index is None else Origin(row.cpr_index, row.net_index)
    return Used(row.person_id, row.channel, way, origin)


def owner_of(connection: Connection, attempt: UUID) -> UUID | None:
    """Return whose attempt it is, if there is one and it is anybody's."""
    return connection.execute(
        sa.select(LOG_IN_ATTEMPT.c.person_id).where(LOG_IN_ATTEMPT.c.id == attempt)
    ).scalar_one_or_none()
