"""Clinics: what they decide, in versions; a person's standing with one of them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError, VersionMismatchError
from storage.models import REQUEST
from storage.registers import CLINIC, MEMBERSHIP, SEALING_KEY, SETTING
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, ClinicStanding, Standing, clinic_of
from workflows.clinic_settings import ClinicSettings
from workflows.vocabulary import State

# Built once, for every new request asks one of them.
_DRAFT = (
    sa.select(CLINIC.c.id, *CLINIC_COLUMNS, *KEY_COLUMNS)
    .join(SETTING, CURRENT_SETTINGS)
    .where(CLINIC.c.slug == sa.bindparam("slug"))
)
_DRAFT_OF_CLINIC = _DRAFT.join(SEALING_KEY, SEALING_KEY.c.id == CLINIC.c.key_id)
_DRAFT_OF_PATIENT = _DRAFT.join(
    MEMBERSHIP,
    sa.and_(
        MEMBERSHIP.c.clinic_id == CLINIC.c.id,
        MEMBERSHIP.c.person_id == sa.bindparam("person"),
        MEMBERSHIP.c.until.is_(None),
    ),
).join(SEALING_KEY, SEALING_KEY.c.id == MEMBERSHIP.c.key_id)

ONLY_KEY = "-"
"""The key of a topic that a clinic has only one of."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """A decided thing: its key, version (the ETag), body, and when and by whom it was set."""

    key: str
    version: int
    body: dict[str, Any]
    at: datetime
    by: str


def find_clinic(connection: Connection, slug: str) -> ClinicStanding:
    """Return the clinic with this slug.

    Raises:
        NotFoundError: there is none, or it has no settings yet.
    """
    row = connection.execute(
        sa.select(CLINIC.c.id, *CLINIC_COLUMNS).join(SETTING, CURRENT_SETTINGS).where(CLINIC.c.slug == slug),
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return clinic_of(row, row.id)


def find_clinic_by_id(connection: Connection, clinic: UUID) -> tuple[str, ClinicSettings]:
    """Return the slug and the settings in force of a clinic that is known to exist."""
    row = connection.execute(
        sa.select(*CLINIC_COLUMNS).select_from(CLINIC).join(SETTING, CURRENT_SETTINGS).where(CLINIC.c.id == clinic),
    ).one()
    return row.clinic_slug, clinic_of(row, clinic).settings


def draft(
    connection: Connection,
    keyring: Keyring,
    *,
    identifier: UUID,
    slug: str,
    person: UUID | None,
    kind: str,
    channel: str,
    practitioner: str | None,
    thread: UUID | None,
    now: datetime,
) -> Standing:
    """Return the standing of a request that is about to be made. Without a person it is under the clinic's own key.

    Raises:
        NotFoundError: no such clinic, the person is not a patient there, or the thread is not theirs.
    """
    query, asked = (_DRAFT_OF_CLINIC, {}) if person is None else (_DRAFT_OF_PATIENT, {"person": person})
    row = connection.execute(query, {"slug": slug, **asked}).one_or_none()
    if row is None or (thread is not None and not _own_thread(connection, row.id, person, thread, kind)):
        raise NotFoundError
    return Standing(
        id=identifier,
        clinic=clinic_of(row, row.id),
        person=person,
        key=key_of(keyring, row),
        kind=kind,
        channel=channel,
        state=State.DRAFT,
        version=0,
        head=bytes(32),
        thread=thread or identifier,
        practitioner=practitioner,
        slot=None,
        slot_start=None,
        slot_end=None,
        outcome=None,
        opened_at=None,
        changed_at=now,
        due_at=None,
        due_trigger=None,
    )


def _own_thread(connection: Connection, clinic: UUID, person: UUID | None, thread: UUID, kind: str) -> bool:
    mine = sa.select(REQUEST.c.id).where(
        REQUEST.c.thread_id == thread,
        REQUEST.c.clinic_id == clinic,
        REQUEST.c.person_id == person,
        REQUEST.c.kind == kind,
    )
    return connection.execute(mine.limit(1)).first() is not None


def current(connection: Connection, clinic: UUID, topic: str, key: str = ONLY_KEY) -> Versioned | None:
    """Return the version in force of one decided thing."""
    rows = currents(connection, clinic, topic, key)
    return rows[0] if rows else None


def currents(connection: Connection, clinic: UUID, topic: str, key: str | None = None) -> Sequence[Versioned]:
    """Return everything in force under a topic, or only the one with this key."""
    query = sa.select(SETTING).where(SETTING.c.clinic_id == clinic, SETTING.c.topic == topic, SETTING.c.is_current)
    if key is not None:
        query = query.where(SETTING.c.key == key)
    return [
        Versioned(row.key, row.version, row.body, row.at, row.by)
        for row in connection.execute(query.order_by(SETTING.c.key))
    ]


def take_turn(connection: Connection, clinic: UUID) -> None:
    """Let those who put new versions at one clinic come one after the other; requests are not held up."""
    connection.execute(sa.select(CLINIC.c.id).where(CLINIC.c.id == clinic).with_for_update(key_share=True))


def put(
    connection: Connection,
    *,
    clinic: UUID,
    topic: str,
    key: str = ONLY_KEY,
    decided: BaseModel,
    by: str,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Put a new version in force and return its number; the same body again changes nothing.

    Raises:
        VersionMismatchError: `expected` is given and is not the version in force (0 when there is none).
    """
    take_turn(connection, clinic)
    now_in_force = current(connection, clinic, topic, key)
    version = now_in_force.version if now_in_force else 0
    if expected is not None and expected != version:
        raise VersionMismatchError
    body = decided.model_dump(mode="json")
    if now_in_force and now_in_force.body == body:
        return version
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    same = (SETTING.c.clinic_id == clinic, SETTING.c.topic == topic, SETTING.c.key == key)
    connection.execute(sa.update(SETTING).where(*same, SETTING.c.is_current).values(is_current=False))
    connection.execute(
        sa.insert(SETTING).values(
            clinic_id=clinic,
            topic=topic,
            key=key,
            version=version + 1,
            body=body,
            fingerprint=hashlib.sha256(text.encode()).hexdigest(),
            at=at,
            by=by,
            is_current=True,
        ),
    )
    return version + 1
