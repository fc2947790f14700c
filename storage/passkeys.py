"""Passkeys in the database: challenges that are answered once, and the passkeys that answer them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from identity.identifiers import NewId
from identity.keys import Keyring
from identity.passkeys import (
    PasskeyError,
    Registered,
    RelyingParty,
    Shown,
    as_bytes,
    as_text,
    counted,
    credential_of,
    decoys,
    registered,
    user_handle,
)
from storage.database import is_taken
from storage.factor_registers import PASSKEY_CHALLENGE, SECOND_FACTOR
from storage.log_in_attempts import Proof, Tried
from storage.registers import LOG_IN_ATTEMPT, PERSON_CPR
from storage.second_factors import IN_FORCE, PASSKEY, New, end_attempts, opened, rows_of, store

CHALLENGE_LIVES = timedelta(minutes=5)
PASSWORD_AND_PASSKEY = "password+passkey"  # noqa: S105 - the name of a way in
_IS_PASSKEY = SECOND_FACTOR.c.kind == PASSKEY


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser shows: for which site, answering the challenge of which subject (a log-in or an attempt)."""

    party: RelyingParty
    subject: UUID
    shown: Shown


def challenge(connection: Connection, keyring: Keyring, new_id: NewId, subject: UUID, now: datetime) -> bytes:
    """Return a new challenge for the subject; an earlier one of its is void. It is derived, and not stored."""
    nonce = new_id()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = {"nonce": nonce, "expires_at": now + CHALLENGE_LIVES, "used_at": None}
    connection.execute(
        insert(PASSKEY_CHALLENGE)
        .values(subject_id=subject, **fresh)
        .on_conflict_do_update(index_elements=[PASSKEY_CHALLENGE.c.subject_id], set_=fresh),
    )
    return _derived(keyring, nonce)


def own_credentials(connection: Connection, keyring: Keyring, person: UUID) -> list[bytes]:
    """Return the ids of the person's passkeys."""
    return _credentials(keyring, rows_of(connection, person, IN_FORCE, _IS_PASSKEY))


def claimed_credentials(connection: Connection, keyring: Keyring, attempt: UUID) -> list[bytes]:
    """Return the ids to show for an attempt: those of whoever has the number that was claimed, else decoys.

    They follow from the number alone, so that they tell neither whether the password fits nor whether anybody has the
    number, nor whether the attempt still stands.
    """
    claim = sa.select(LOG_IN_ATTEMPT.c.cpr_index).where(LOG_IN_ATTEMPT.c.id == attempt)
    index = connection.execute(claim).scalar_one_or_none() or attempt.bytes
    made_up = decoys(keyring, index)
    person = sa.select(PERSON_CPR.c.person_id).where(PERSON_CPR.c.cpr_index == index)
    found = own_credentials(connection, keyring, connection.execute(person).scalar_one_or_none() or attempt)
    return found or made_up


def add(
    connection: Connection, keyring: Keyring, person: UUID, factor: UUID, label: str, answer: Answer, now: datetime
) -> None:
    """Store the passkey that was made for the challenge; it is in force at once.

    Raises:
        PasskeyError: the answer does not hold, or the passkey is somebody's already.
        AlreadyEnoughError: the person has as many factors as may be.
    """
    made = registered(answer.party, _taken(connection, keyring, answer.subject, now), answer.shown)
    contents = {"label": label, "credential": as_text(made.credential), "public_key": as_text(made.public_key)}
    index = _index(keyring, made.credential)
    try:
        store(connection, keyring, person, New(factor, PASSKEY, contents, made.counter, index, now), now)
    except IntegrityError as error:
        if is_taken(error):
            raise PasskeyError from None
        raise
    end_attempts(connection, person, now)


def use(connection: Connection, keyring: Keyring, person: UUID, answer: Answer, now: datetime) -> bool:
    """Return whether the answer is that of a passkey of the person's, and use up the challenge either way."""
    try:
        asked = _taken(connection, keyring, answer.subject, now)
        index = _index(keyring, credential_of(answer.shown))
        row = next(iter(rows_of(connection, person, IN_FORCE, _IS_PASSKEY, SECOND_FACTOR.c.credential_index == index)))
        handle = user_handle(keyring, person.bytes)
        count = counted(answer.party, asked, answer.shown, _known(keyring, row), handle)
    except (PasskeyError, StopIteration):
        return False
    same = (SECOND_FACTOR.c.id == row.id, SECOND_FACTOR.c.counter == row.counter, SECOND_FACTOR.c.ended_at.is_(None))
    moved = connection.execute(sa.update(SECOND_FACTOR).where(*same).values(counter=count, used_at=now))
    return moved.rowcount == 1


def log_in_proof(keyring: Keyring, party: RelyingParty, shown: Shown) -> Proof:
    """Return the proof of an attempt by a passkey."""

    def proof(connection: Connection, tried: Tried, now: datetime) -> str | None:
        fits = use(connection, keyring, tried.person, Answer(party, tried.id, shown), now)
        return PASSWORD_AND_PASSKEY if fits else None

    return proof


def _taken(connection: Connection, keyring: Keyring, subject: UUID, now: datetime) -> bytes:
    """Use up the subject's challenge and return it.

    Raises:
        PasskeyError: there is none that still stands.
    """
    nonce = connection.execute(
        sa.update(PASSKEY_CHALLENGE)
        .where(
            PASSKEY_CHALLENGE.c.subject_id == subject,
            PASSKEY_CHALLENGE.c.used_at.is_(None),
            PASSKEY_CHALLENGE.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(PASSKEY_CHALLENGE.c.nonce),
    ).scalar_one_or_none()
    if nonce is None:
        raise PasskeyError
    return _derived(keyring, nonce)


def _derived(keyring: Keyring, nonce: UUID) -> bytes:
    return keyring.keyed("passkey-challenge", nonce.bytes)


def _index(keyring: Keyring, credential: bytes) -> bytes:
    return keyring.index("passkey", as_text(credential))


def _credentials(keyring: Keyring, rows: Sequence[Any]) -> list[bytes]:
    return [as_bytes(opened(keyring, row)["credential"]) for row in rows]


def _known(keyring: Keyring, row: Any) -> Registered:
    contents = opened(keyring, row)
    return Registered(as_bytes(contents["credential"]), as_bytes(contents["public_key"]), row.counter)
