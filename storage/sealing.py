"""Sealing keys in the database: making them, finding them, destroying them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.registers import SEALING_KEY

KEY_COLUMNS = (SEALING_KEY.c.id.label("sealing_key_id"), SEALING_KEY.c.wrapped.label("sealing_key_wrapped"))
"""What a query selects so that `key_of` can unwrap the key of its row."""


def key_of(keyring: Keyring, row: Any) -> SealingKey:
    """Return the key of a row selected with `KEY_COLUMNS`.

    Raises:
        NotFoundError: the key has been destroyed; what it sealed is gone.
    """
    if row.sealing_key_wrapped is None:
        raise NotFoundError
    return keyring.unwrap(row.sealing_key_id, row.sealing_key_wrapped)


def load_key(connection: Connection, keyring: Keyring, key_id: UUID) -> SealingKey:
    """Return one key by its id.

    Raises:
        NotFoundError: see `key_of`.
    """
    row = connection.execute(sa.select(*KEY_COLUMNS).where(SEALING_KEY.c.id == key_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return key_of(keyring, row)


def create_key(
    connection: Connection,
    keyring: Keyring,
    identifier: UUID,
    at: datetime,
    *,
    person: UUID | None = None,
    clinic: UUID | None = None,
) -> SealingKey:
    """Make a new key for a person, a clinic, or a person at a clinic, and return it."""
    wrapped = keyring.new_wrapped(identifier)
    connection.execute(
        sa.insert(SEALING_KEY).values(
            id=identifier, person_id=person, clinic_id=clinic, wrapped=wrapped, created_at=at
        ),
    )
    return keyring.unwrap(identifier, wrapped)


def destroy_key(connection: Connection, key_id: UUID, at: datetime) -> None:
    """Destroy a key: all that it sealed can never be read again."""
    connection.execute(
        sa.update(SEALING_KEY).where(SEALING_KEY.c.id == key_id).values(wrapped=None, destroyed_at=at),
    )
