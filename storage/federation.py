"""People as a broker of MitID knows them: attempts, links to our own people, and proofs that wait for an enrolment.

An identity is issuer and subject, kept as a keyed hash. Its CPR number finds the person the first time; from then on it
is only compared.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.mitid import Federated, Level
from identity.oidc import Secrets
from identity.outcomes import MitIdRefusedError, NotFoundError
from identity.tokens import new_token, token_hash
from storage.accounts import cpr_index, membership_key, person_by_cpr, present_by_cpr
from storage.identity_registers import FEDERATED_IDENTITY, OIDC_ATTEMPT, VERIFIED_IDENTITY
from storage.registers import CLINIC
from storage.sealing import load_key

ATTEMPT_LIVES = timedelta(minutes=10)
VERIFIED_LIVES = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt: at which clinic, how the log-in is to be kept, and its secrets."""

    clinic: UUID
    keep: Literal["token", "cookie"]
    secrets: Secrets


def open_attempt(
    connection: Connection, keyring: Keyring, identifier: UUID, attempt: Attempt, browser: str, now: datetime
) -> None:
    """Store a new attempt; only the browser that shows `browser` can end it."""
    words = json.dumps([attempt.secrets.nonce, attempt.secrets.verifier]).encode()
    connection.execute(
        sa.insert(OIDC_ATTEMPT).values(
            id=identifier,
            state_hash=token_hash(attempt.secrets.state),
            browser_hash=token_hash(browser),
            sealed=keyring.seal(words, f"oidc_attempt.sealed:{identifier}"),
            clinic_id=attempt.clinic,
            keep=attempt.keep,
            created_at=now,
            expires_at=now + ATTEMPT_LIVES,
        ),
    )


def use_attempt(connection: Connection, keyring: Keyring, state: str, browser: str, now: datetime) -> Attempt:
    """Use the attempt up and return it. Another browser's does not end by this.

    Raises:
        MitIdRefusedError: there is no such attempt, it is another browser's, it was used, or its time is over.
    """
    mine = sa.and_(OIDC_ATTEMPT.c.state_hash == token_hash(state), OIDC_ATTEMPT.c.browser_hash == token_hash(browser))
    row = connection.execute(
        sa.update(OIDC_ATTEMPT)
        .where(mine, OIDC_ATTEMPT.c.used_at.is_(None), OIDC_ATTEMPT.c.expires_at > now)
        .values(used_at=now)
        .returning(OIDC_ATTEMPT),
    ).one_or_none()
    if row is None:
        raise MitIdRefusedError(_why_not(connection, state, browser))
    nonce, verifier = json.loads(keyring.open(row.sealed, f"oidc_attempt.sealed:{row.id}"))
    return Attempt(row.clinic_id, row.keep, Secrets(state=state, nonce=nonce, verifier=verifier))


def _why_not(connection: Connection, state: str, browser: str) -> str:
    row = connection.execute(
        sa.select(OIDC_ATTEMPT).where(OIDC_ATTEMPT.c.state_hash == token_hash(state))
    ).one_or_none()
    if row is None:
        return "state_unknown"
    if row.browser_hash != token_hash(browser):
        return "state_of_another_browser"
    return "attempt_expired" if row.used_at is None else "attempt_used"


def user_of(connection: Connection, keyring: Keyring, clinic: UUID, identity: Federated, now: datetime) -> UUID | None:
    """Return the person of this identity if they are a user at the clinic, and link the two the first time.

    Raises:
        MitIdRefusedError: the identity is linked to a person with another number, or it has none to find one by.
    """
    linked = linked_person(connection, keyring, identity)
    look_up = present_by_cpr if linked is None else person_by_cpr
    found = None if identity.cpr is None else look_up(connection, cpr_index(keyring, identity.cpr))
    if linked is None and identity.cpr is None:
        raise MitIdRefusedError("cpr_missing", code="mitid_no_cpr")
    if linked is not None and identity.cpr is not None and found != linked:
        raise MitIdRefusedError("cpr_of_another_person", code="mitid_other_person", person=linked)
    person = linked or found
    if person is None or membership_key(connection, keyring, person, clinic) is None:
        return None
    if linked is None:
        link(connection, keyring, identity, person, now)
    return person


def linked_person(connection: Connection, keyring: Keyring, identity: Federated) -> UUID | None:
    """Return the person whom this identity is linked to."""
    return connection.execute(
        sa.select(FEDERATED_IDENTITY.c.person_id).where(
            FEDERATED_IDENTITY.c.issuer == identity.issuer,
            FEDERATED_IDENTITY.c.subject_index == _subject_index(keyring, identity),
        ),
    ).scalar_one_or_none()


def link(connection: Connection, keyring: Keyring, identity: Federated, person: UUID, now: datetime) -> None:
    """Link an identity to a person, for good; a link that stands already is left as it is."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(FEDERATED_IDENTITY)
        .values(
            issuer=identity.issuer,
            subject_index=_subject_index(keyring, identity),
            person_id=person,
            since=now,
        )
        .on_conflict_do_nothing(),
    )


def keep_verified(
    connection: Connection, keyring: Keyring, new_id: NewId, clinic: UUID, identity: Federated, now: datetime
) -> str:
    """Keep an identity that is proven, sealed with the clinic's key, and return the handle that shows it."""
    handle, row = new_token(), new_id()
    key_id = connection.execute(sa.select(CLINIC.c.key_id).where(CLINIC.c.id == clinic)).scalar_one()
    digits = None if identity.cpr is None else identity.cpr.digits
    words = json.dumps([identity.issuer, identity.subject, identity.level, digits]).encode()
    connection.execute(
        sa.insert(VERIFIED_IDENTITY).values(
            id=row,
            handle_hash=token_hash(handle),
            clinic_id=clinic,
            key_id=key_id,
            sealed=load_key(connection, keyring, key_id).seal(words, f"verified_identity.sealed:{row}"),
            created_at=now,
            expires_at=now + VERIFIED_LIVES,
        ),
    )
    return handle


def verified_by(connection: Connection, keyring: Keyring, clinic: UUID, handle: str, now: datetime) -> Federated:
    """Return the identity that a handle shows, and mark when it was first used; a repeat shows the same.

    Raises:
        NotFoundError: it is unknown here, or its time is over.
    """
    row = connection.execute(
        sa.update(VERIFIED_IDENTITY)
        .where(
            VERIFIED_IDENTITY.c.handle_hash == token_hash(handle),
            VERIFIED_IDENTITY.c.clinic_id == clinic,
            VERIFIED_IDENTITY.c.expires_at > now,
        )
        .values(used_at=sa.func.coalesce(VERIFIED_IDENTITY.c.used_at, now))
        .returning(VERIFIED_IDENTITY),
    ).one_or_none()
    if row is None:
        raise NotFoundError
    key = load_key(connection, keyring, row.key_id)
    issuer, subject, level, digits = json.loads(key.open(row.sealed, f"verified_identity.sealed:{row.id}"))
    return Federated(issuer, subject, Level(level), None if digits is None else Cpr(digits))


def _subject_index(keyring: Keyring, identity: Federated) -> bytes:
    return keyring.index("subject", f"{identity.issuer} {identity.subject}")
