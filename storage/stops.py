"""Patients whom a warning sign has kept from sending, where the clinic wants to know (NEW-12)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from storage.accounts import CPR_COLUMNS, CPR_KEY, PRESENT_CPR, opened_cpr
from storage.registers import CLINIC, PERSON_CPR, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from storage.writing_registers import STOPPED

KEPT = timedelta(days=90)
"""How long the clinic sees that somebody was stopped."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Who was stopped, when, and by which signs of which version of the questions."""

    id: UUID
    person: UUID
    cpr: Cpr
    at: datetime
    version: int
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoppedAt:
    """Where the patient was stopped, when, and by which signs: what the clinic sees of it."""

    clinic: str
    at: datetime
    signs: tuple[str, ...]


def note_stop(
    connection: Connection,
    key: SealingKey,
    new_id: NewId,
    *,
    person: UUID,
    clinic: UUID,
    version: int,
    signs: Sequence[str],
    now: datetime,
) -> None:
    """Keep that the patient answered yes to these signs."""
    identifier = new_id()
    words = json.dumps({"version": version, "signs": sorted(signs)}).encode()
    row = {"id": identifier, "clinic_id": clinic, "person_id": person, "key_id": key.id, "at": now}
    connection.execute(sa.insert(STOPPED).values(sealed=key.seal(words, _label(identifier)), **row))


def stops_at(
    connection: Connection, keyring: Keyring, clinic: UUID, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Stop]:
    """Return whom signs have stopped at a clinic, the newest first."""
    query = (
        sa.select(STOPPED, *KEY_COLUMNS, *CPR_COLUMNS)
        .join(SEALING_KEY, SEALING_KEY.c.id == STOPPED.c.key_id)
        .join(PERSON_CPR, PERSON_CPR.c.person_id == STOPPED.c.person_id)
        .join(CPR_KEY, PRESENT_CPR)
        .where(STOPPED.c.clinic_id == clinic)
        .order_by(STOPPED.c.at.desc(), STOPPED.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        older = sa.and_(STOPPED.c.at == after[0], STOPPED.c.id < after[1])
        query = query.where(sa.or_(STOPPED.c.at < after[0], older))
    return [_stop(keyring, row) for row in connection.execute(query)]


def stops_of(connection: Connection, keyring: Keyring, people: Sequence[UUID]) -> Sequence[StoppedAt]:
    """Return where signs have stopped a person, under any of their ids, the newest first."""
    query = (
        sa.select(STOPPED, CLINIC.c.slug, *KEY_COLUMNS)
        .join(CLINIC, CLINIC.c.id == STOPPED.c.clinic_id)
        .join(SEALING_KEY, SEALING_KEY.c.id == STOPPED.c.key_id)
        .where(STOPPED.c.person_id.in_(people))
        .order_by(STOPPED.c.at.desc(), STOPPED.c.id.desc())
    )
    return [StoppedAt(row.slug, row.at, tuple(_words(keyring, row)["signs"])) for row in connection.execute(query)]


def _stop(keyring: Keyring, row: Any) -> Stop:
    words = _words(keyring, row)
    cpr = opened_cpr(keyring, row)
    return Stop(row.id, row.person_id, cpr, row.at, words["version"], tuple(words["signs"]))


def _words(keyring: Keyring, row: Any) -> dict[str, Any]:
    words: dict[str, Any] = json.loads(key_of(keyring, row).open(row.sealed, _label(row.id)))
    return words


def _label(identifier: UUID) -> str:
    return f"stopped.sealed:{identifier}"
