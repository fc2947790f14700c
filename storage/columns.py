"""Column types and naming shared by every table."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, to the microsecond. SQLite drops the zone, so it is put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a time without zone; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def identifier(name: str = "id", *extra: Any, **options: Any) -> sa.Column[Any]:
    """Return a UUID column."""
    return sa.Column(name, sa.Uuid, *extra, **options)


def required(name: str, kind: Any, *extra: Any, **options: Any) -> sa.Column[Any]:
    """Return a column that must have a value."""
    return sa.Column(name, kind, *extra, nullable=False, **options)


def optional(name: str, kind: Any, *extra: Any, **options: Any) -> sa.Column[Any]:
    """Return a column that may be empty."""
    return sa.Column(name, kind, *extra, nullable=True, **options)
