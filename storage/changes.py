"""The history of what a clinic decided: every version with who and when, and the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.registers import SETTING
from storage.versions import Versioned, versioned

Position = tuple[datetime, str, str, int]
"""Where a list of changes goes on: the time, topic, key and version of the last one shown."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One version, whether it cancelled what it was about, and the body that was in force before it, if any."""

    topic: str
    now: Versioned
    cancelled: bool
    before: dict[str, Any] | None

    @property
    def position(self) -> Position:
        """Its place in the list."""
        return self.now.at, self.topic, self.now.key, self.now.version


@dataclass(frozen=True, slots=True)
class Sought:
    """Which changes: topics, one key of theirs if given, and moments (the first included, the second not)."""

    topics: tuple[str, ...]
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def changes(
    connection: Connection, clinic: UUID, sought: Sought, after: Position | None, limit: int
) -> Sequence[Changed]:
    """Return one page of a clinic's changes, newest first."""
    earlier = SETTING.alias("earlier")
    one_before = sa.and_(
        earlier.c.clinic_id == SETTING.c.clinic_id,
        earlier.c.topic == SETTING.c.topic,
        earlier.c.key == SETTING.c.key,
        earlier.c.version == SETTING.c.version - 1,
    )
    place = (SETTING.c.at, SETTING.c.topic, SETTING.c.key, SETTING.c.version)
    query = (
        sa.select(SETTING, earlier.c.body.label("before"), earlier.c.cancelled.label("began_again"))
        .outerjoin(earlier, one_before)
        .where(SETTING.c.clinic_id == clinic, SETTING.c.topic.in_(sought.topics), *_bounds(sought))
        .order_by(*(column.desc() for column in place))
        .limit(limit)
    )
    if after is not None:
        position = [sa.literal(value, column.type) for value, column in zip(after, place, strict=True)]
        query = query.where(sa.tuple_(*place) < sa.tuple_(*position))
    return [
        Changed(row.topic, versioned(row), row.cancelled, None if row.began_again else row.before)
        for row in connection.execute(query)
    ]


def _bounds(sought: Sought) -> Sequence[sa.ColumnElement[bool]]:
    bounds = []
    if sought.key is not None:
        bounds.append(SETTING.c.key == sought.key)
    if sought.since is not None:
        bounds.append(SETTING.c.at >= sought.since)
    if sought.until is not None:
        bounds.append(SETTING.c.at < sought.until)
    return bounds
