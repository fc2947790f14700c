"""What a patient has typed and not sent: kept sealed, one for each kind of request at each clinic, in versions.

Whoever saves says which version they have read, so that no device overwrites what was typed on another.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError, VersionMismatchError
from storage.registers import CLINIC, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of, load_key
from storage.writing_registers import DRAFT

KEPT = timedelta(days=90)
"""How long a draft is kept after it was last saved."""


@dataclass(frozen=True, slots=True)
class Place:
    """Whose draft it is: of this person, at this clinic, of this kind of request."""

    person: UUID
    clinic: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it was last saved."""

    version: int
    content: Mapping[str, Any]
    changed_at: datetime


def read_draft(connection: Connection, keyring: Keyring, place: Place) -> Draft:
    """Return the draft.

    Raises:
        NotFoundError: there is none.
    """
    row = connection.execute(sa.select(DRAFT).where(*_at(place))).one_or_none()
    if row is None:
        raise NotFoundError
    return _opened(row, load_key(connection, keyring, row.key_id))


def drafts_of(connection: Connection, keyring: Keyring, people: Sequence[UUID]) -> Sequence[tuple[str, str, Draft]]:
    """Return every draft of a person, under any of their ids, with the clinic's slug and the kind of request."""
    rows = connection.execute(
        sa.select(DRAFT, CLINIC.c.slug, *KEY_COLUMNS)
        .join(CLINIC, CLINIC.c.id == DRAFT.c.clinic_id)
        .join(SEALING_KEY, SEALING_KEY.c.id == DRAFT.c.key_id)
        .where(DRAFT.c.person_id.in_(people))
        .order_by(CLINIC.c.slug, DRAFT.c.kind, DRAFT.c.changed_at),
    )
    return [(row.slug, row.kind, _opened(row, key_of(keyring, row))) for row in rows]


def take_over(connection: Connection, person: UUID, to: UUID) -> None:
    """Make a person's drafts another's, who is the same person under another id, where that one has none."""
    theirs = DRAFT.alias()
    has_one = sa.exists().where(
        theirs.c.person_id == to, theirs.c.clinic_id == DRAFT.c.clinic_id, theirs.c.kind == DRAFT.c.kind
    )
    connection.execute(sa.update(DRAFT).where(DRAFT.c.person_id == person, ~has_one).values(person_id=to))


def save_draft(
    connection: Connection, key: SealingKey, place: Place, content: Mapping[str, Any], expected: int, now: datetime
) -> int:
    """Save over the version that the caller has read, 0 where there was none; return the new version.

    Raises:
        VersionMismatchError: another version is stored by now; nothing is changed.
    """
    version = expected + 1
    label = _label(place.clinic, place.kind, version)
    sealed = key.seal(json.dumps(dict(content), ensure_ascii=False).encode(), label)
    values = {"version": version, "key_id": key.id, "sealed": sealed, "changed_at": now}
    if expected:
        mine = sa.update(DRAFT).where(*_at(place), DRAFT.c.version == expected)
        saved = connection.execute(mine.values(**values)).rowcount
    else:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        row = {"person_id": place.person, "clinic_id": place.clinic, "kind": place.kind} | values
        fresh = insert(DRAFT).values(**row).on_conflict_do_nothing().returning(DRAFT.c.version)
        saved = len(connection.execute(fresh).all())
    if not saved:
        raise VersionMismatchError
    return version


def forget_draft(connection: Connection, place: Place, version: int | None = None) -> bool:
    """Remove the draft, or only this version of it; return whether one was removed."""
    mine = sa.delete(DRAFT).where(*_at(place))
    return bool(connection.execute(mine if version is None else mine.where(DRAFT.c.version == version)).rowcount)


def forget_drafts(connection: Connection, person: UUID, clinic: UUID) -> None:
    """Remove what a person who leaves a clinic has typed and not sent there."""
    connection.execute(sa.delete(DRAFT).where(DRAFT.c.person_id == person, DRAFT.c.clinic_id == clinic))


def _at(place: Place) -> tuple[sa.ColumnElement[bool], ...]:
    return DRAFT.c.person_id == place.person, DRAFT.c.clinic_id == place.clinic, DRAFT.c.kind == place.kind


def _opened(row: Any, key: SealingKey) -> Draft:
    words = json.loads(key.open(row.sealed, _label(row.clinic_id, row.kind, row.version)))
    return Draft(row.version, words, row.changed_at)


def _label(clinic: UUID, kind: str, version: int) -> str:
    """The key is the patient's own at the clinic; the person's id may change when two accounts become one."""
    return f"draft.sealed:{clinic}:{kind}:{version}"
