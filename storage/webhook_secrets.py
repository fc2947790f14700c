"""A clinic's webhook secrets: two may be in force while one replaces the other."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.columns import UtcDateTime
from storage.registers import CLINIC, CLINIC_SECRET

_IN_FORCE = sa.and_(
    CLINIC_SECRET.c.valid_from <= sa.bindparam("now", type_=UtcDateTime),
    sa.or_(CLINIC_SECRET.c.valid_until.is_(None), CLINIC_SECRET.c.valid_until > sa.bindparam("now", type_=UtcDateTime)),
)
SECRETS_IN_FORCE = sa.and_(CLINIC_SECRET.c.clinic_id == CLINIC.c.id, _IN_FORCE)
"""Joins a clinic with its secrets that hold at the parameter `now`."""
SECRET_COLUMNS = (CLINIC_SECRET.c.id.label("secret_id"), CLINIC_SECRET.c.sealed.label("secret_sealed"))
NEWEST_SECRET_FIRST = CLINIC_SECRET.c.valid_from.desc()

# Built once, for every call of a clinic asks it.
_OF_SLUG = (
    sa.select(CLINIC.c.id, *SECRET_COLUMNS)
    .outerjoin(CLINIC_SECRET, SECRETS_IN_FORCE)
    .where(CLINIC.c.slug == sa.bindparam("slug"))
    .order_by(NEWEST_SECRET_FIRST)
)
_OF_CLINIC = (
    sa.select(*SECRET_COLUMNS)
    .where(CLINIC_SECRET.c.clinic_id == sa.bindparam("clinic"), _IN_FORCE)
    .order_by(NEWEST_SECRET_FIRST)
)


def opened_secrets(keyring: Keyring, rows: Sequence[Any]) -> Sequence[str]:
    """Return the secrets of rows selected with `SECRET_COLUMNS`; a row that was joined with none has none."""
    return [
        keyring.open(row.secret_sealed, f"clinic_secret.sealed:{row.secret_id}").decode()
        for row in rows
        if row.secret_id is not None
    ]


def clinic_with_secrets(
    connection: Connection, keyring: Keyring, slug: str, now: datetime
) -> tuple[UUID | None, Sequence[str]]:
    """Return the id of the clinic with this slug, if there is one, and its secrets that hold now, the newest first."""
    rows = connection.execute(_OF_SLUG, {"slug": slug, "now": now}).all()
    return (rows[0].id, opened_secrets(keyring, rows)) if rows else (None, ())


def secrets_in_force(connection: Connection, keyring: Keyring, clinic: UUID, now: datetime) -> Sequence[str]:
    """Return the clinic's secrets that hold now, the newest first."""
    return opened_secrets(keyring, connection.execute(_OF_CLINIC, {"clinic": clinic, "now": now}).all())


def add_secret(
    connection: Connection, keyring: Keyring, identifier: UUID, clinic: UUID, secret: str, now: datetime
) -> None:
    """Put a further secret in force."""
    sealed = keyring.seal(secret.encode(), f"clinic_secret.sealed:{identifier}")
    connection.execute(
        sa.insert(CLINIC_SECRET).values(id=identifier, clinic_id=clinic, sealed=sealed, valid_from=now),
    )


def retire_secrets(connection: Connection, clinic: UUID, now: datetime, overlap: timedelta) -> None:
    """Let the secrets in force hold only for the overlap."""
    connection.execute(
        sa.update(CLINIC_SECRET)
        .where(CLINIC_SECRET.c.clinic_id == clinic, CLINIC_SECRET.c.valid_until.is_(None))
        .values(valid_until=now + overlap),
    )


def clinic_id(connection: Connection, slug: str) -> UUID | None:
    """Return the id of the clinic with this slug, whether or not it has settings yet."""
    return connection.execute(sa.select(CLINIC.c.id).where(CLINIC.c.slug == slug)).scalar_one_or_none()
