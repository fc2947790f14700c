"""A request as it stands, locked for one decision."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.models import REQUEST
from storage.registers import CLINIC, SEALING_KEY, SETTING
from storage.sealing import KEY_COLUMNS, key_of
from workflows.clinic_settings import ClinicSettings, settings_as_stored
from workflows.vocabulary import State


@dataclass(frozen=True, slots=True)
class ClinicStanding:
    """The clinic's settings in force: their values, and the fingerprint that the history records."""

    id: UUID
    slug: str
    settings: ClinicSettings
    fingerprint: str


@dataclass(slots=True)
class Standing:
    """The request's row, its key and its clinic. `version` is the number of history rows, `head` the last hash.

    `entered_at` is since when it is in its state, `late_at` when it was said that the promised day has passed.
    """

    id: UUID
    clinic: ClinicStanding
    person: UUID | None
    key: SealingKey
    kind: str
    channel: str
    state: State
    version: int
    head: bytes
    thread: UUID
    practitioner: str | None
    slot: str | None
    slot_start: datetime | None
    slot_end: datetime | None
    outcome: str | None
    opened_at: datetime | None
    changed_at: datetime
    due_at: datetime | None
    due_trigger: str | None
    entered_at: datetime | None = None
    promised_on: date | None = None
    late_at: datetime | None = None


CURRENT_SETTINGS = sa.and_(SETTING.c.clinic_id == CLINIC.c.id, SETTING.c.topic == "settings", SETTING.c.is_current)
CLINIC_COLUMNS = (
    CLINIC.c.slug.label("clinic_slug"),
    SETTING.c.body.label("clinic_settings"),
    SETTING.c.fingerprint.label("clinic_fingerprint"),
)

_ONE = (
    sa.select(REQUEST, *CLINIC_COLUMNS, *KEY_COLUMNS)
    .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
    .join(SETTING, CURRENT_SETTINGS)
    .join(SEALING_KEY, SEALING_KEY.c.id == REQUEST.c.key_id)
    .where(REQUEST.c.id == sa.bindparam("request"))
)
_LOCKED = _ONE.with_for_update(of=REQUEST)
_KIND = sa.select(REQUEST.c.kind).where(
    REQUEST.c.id == sa.bindparam("request"), REQUEST.c.clinic_id == sa.bindparam("clinic")
)

_MOST_SETTINGS = 1000
_SETTINGS: dict[str, ClinicSettings] = {}
"""Settings that have been read before, by fingerprint: the same fingerprint is the same settings."""


def clinic_of(row: Any, clinic_id: UUID) -> ClinicStanding:
    """Return the clinic's standing from a row selected with `CLINIC_COLUMNS`."""
    return ClinicStanding(clinic_id, row.clinic_slug, _settings_of(row), row.clinic_fingerprint)


def _settings_of(row: Any) -> ClinicSettings:
    known = _SETTINGS.get(row.clinic_fingerprint)
    if known is not None:
        return known
    if len(_SETTINGS) >= _MOST_SETTINGS:
        _SETTINGS.clear()
    settings = _SETTINGS[row.clinic_fingerprint] = settings_as_stored(row.clinic_settings)
    return settings


def kind_of(connection: Connection, clinic: UUID, request: UUID) -> str:
    """Return the kind of one of the clinic's requests.

    Raises:
        NotFoundError: the clinic has no such request.
    """
    kind: str | None = connection.execute(_KIND, {"clinic": clinic, "request": request}).scalar_one_or_none()
    if kind is None:
        raise NotFoundError
    return kind


def lock(connection: Connection, keyring: Keyring, request: UUID) -> Standing:
    """Return the request, locked until the transaction ends.

    Raises:
        NotFoundError: there is no such request, or its key has been destroyed.
    """
    return _standing(connection, keyring, _LOCKED, request)


def look(connection: Connection, keyring: Keyring, request: UUID) -> Standing:
    """Return the request as it stands for those who only read. Raises as `lock` does."""
    return _standing(connection, keyring, _ONE, request)


def _standing(connection: Connection, keyring: Keyring, query: sa.Select[Any], request: UUID) -> Standing:
    row = connection.execute(query, {"request": request}).one_or_none()
    if row is None:
        raise NotFoundError
    return Standing(
        id=row.id,
        clinic=clinic_of(row, row.clinic_id),
        person=row.person_id,
        key=key_of(keyring, row),
        kind=row.kind,
        channel=row.channel,
        state=State(row.state),
        version=row.version,
        head=row.head,
        thread=row.thread_id,
        practitioner=row.practitioner,
        slot=row.slot,
        slot_start=row.slot_start,
        slot_end=row.slot_end,
        outcome=row.outcome,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        due_at=row.due_at,
        due_trigger=row.due_trigger,
        entered_at=row.entered_at or row.changed_at,
        promised_on=row.promised_on,
        late_at=row.late_at,
    )


def successor(standing: Standing, identifier: UUID, practitioner: str | None) -> Standing:
    """Return the draft of the request that takes this one's place, in the same thread."""
    return replace(
        standing,
        id=identifier,
        practitioner=practitioner or standing.practitioner,
        state=State.DRAFT,
        version=0,
        head=bytes(32),
        slot=None,
        slot_start=None,
        slot_end=None,
        outcome=None,
        opened_at=None,
        due_at=None,
        due_trigger=None,
        promised_on=None,
        late_at=None,
    )
