"""What a clinic decides, in versions: put in force, taken away again, and read as it stood at any moment (NEW-10)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.engine import Connection

from identity.outcomes import NotFoundError, VersionMismatchError
from identity.subject import Staff
from storage.registers import CLINIC, SETTING

ONLY_KEY = "-"
"""The key of a topic that a clinic has only one of."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """A decided thing: its key, version (the ETag), body, and when and by whom it was set.

    `name` and `role` are None where it was not a member of staff: the operator, or the portal itself.
    """

    key: str
    version: int
    body: dict[str, Any]
    at: datetime
    by: str
    name: str | None = None
    role: str | None = None


def versioned(row: Any) -> Versioned:
    """Return the decided thing of a row of settings."""
    return Versioned(row.key, row.version, row.body, row.at, row.by, row.by_name, row.by_role)


def current(connection: Connection, clinic: UUID, topic: str, key: str = ONLY_KEY) -> Versioned | None:
    """Return the version in force of one decided thing."""
    rows = currents(connection, clinic, topic, key)
    return rows[0] if rows else None


def currents(connection: Connection, clinic: UUID, topic: str, key: str | None = None) -> Sequence[Versioned]:
    """Return everything in force under a topic, or only the one with this key."""
    query = sa.select(SETTING).where(SETTING.c.clinic_id == clinic, SETTING.c.topic == topic, SETTING.c.is_current)
    if key is not None:
        query = query.where(SETTING.c.key == key)
    return [versioned(row) for row in connection.execute(query.order_by(SETTING.c.key))]


def as_of(
    connection: Connection, clinic: UUID, topic: str, moment: datetime, key: str | None = None
) -> Sequence[Versioned]:
    """Return what was in force under a topic at a moment, or only the one with this key."""
    newest_first = sa.func.row_number().over(partition_by=SETTING.c.key, order_by=SETTING.c.version.desc())
    then = sa.select(SETTING, newest_first.label("place")).where(
        SETTING.c.clinic_id == clinic, SETTING.c.topic == topic, SETTING.c.at <= moment
    )
    if key is not None:
        then = then.where(SETTING.c.key == key)
    found = then.subquery()
    newest = sa.select(found).where(found.c.place == 1, sa.not_(found.c.cancelled)).order_by(found.c.key)
    return [versioned(row) for row in connection.execute(newest)]


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
    by: Staff | str,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Put a new version in force and return its number; the same body again changes nothing.

    `by` is a member of staff, or the name of what else decided, such as the operator.

    Raises:
        VersionMismatchError: `expected` is given and is not the version in force (0 when there is none).
    """
    last = _last(connection, clinic, topic, key, expected)
    body = decided.model_dump(mode="json")
    if last is not None and last.is_current and last.body == body:
        return int(last.version)
    return _add(connection, last, _row(clinic, topic, key, body), by, at)


def cancel(
    connection: Connection,
    *,
    clinic: UUID,
    topic: str,
    key: str = ONLY_KEY,
    by: Staff | str,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Take a decided thing out of force and return the number of the version that says so; what was decided stays.

    Raises:
        NotFoundError: none of that key is in force.
        VersionMismatchError: as `put`.
    """
    last = _last(connection, clinic, topic, key, expected)
    if last is None or not last.is_current:
        raise NotFoundError
    ended = _row(clinic, topic, key, last.body) | {"is_current": False, "cancelled": True}
    return _add(connection, last, ended, by, at)


def _last(connection: Connection, clinic: UUID, topic: str, key: str, expected: int | None) -> Any:
    """Return the newest row, in force or not, once nobody else can add one before this transaction ends."""
    take_turn(connection, clinic)
    same = (SETTING.c.clinic_id == clinic, SETTING.c.topic == topic, SETTING.c.key == key)
    newest = sa.select(SETTING).where(*same).order_by(SETTING.c.version.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    in_force = last.version if last is not None and last.is_current else 0
    if expected is not None and expected != in_force:
        raise VersionMismatchError
    return last


def _row(clinic: UUID, topic: str, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {
        "clinic_id": clinic,
        "topic": topic,
        "key": key,
        "body": body,
        "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
        "is_current": True,
        "cancelled": False,
    }


def _add(connection: Connection, last: Any, row: dict[str, Any], by: Staff | str, at: datetime) -> int:
    """Add the row as the next version; its time is never before the last one's, so that "as of" goes one way."""
    version, moment = 1, at
    if last is not None:
        version, moment = last.version + 1, max(at, last.at)
        same = (SETTING.c.clinic_id == row["clinic_id"], SETTING.c.topic == row["topic"], SETTING.c.key == row["key"])
        connection.execute(sa.update(SETTING).where(*same, SETTING.c.is_current).values(is_current=False))
    who = {"by": by.id, "by_name": by.name, "by_role": by.role} if isinstance(by, Staff) else {"by": by}
    connection.execute(sa.insert(SETTING).values(row | who | {"version": version, "at": moment}))
    return version
