"""Files that a clinic attaches: announced first, with their checksum and whom they are for, and sent after that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.database import Database
from storage.file_registers import STORED_FILE
from storage.files import CLINIC, opened_particulars, sealed_particulars
from storage.registers import SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import look
from storage.uploads import Kept


@dataclass(frozen=True, slots=True)
class Announced:
    """A file as it was announced: under which name and SHA-256; `kind` and `size` once its bytes are here."""

    id: UUID
    key: SealingKey
    name: str
    checksum: str
    kind: str | None
    size: int | None


def owner_of(connection: Connection, keyring: Keyring, clinic: UUID, request: UUID) -> tuple[UUID, SealingKey]:
    """Return whose a request of the clinic's is, and its key.

    Raises:
        NotFoundError: the clinic has no such request, or nobody is known to have made it.
    """
    standing = look(connection, keyring, request)
    if standing.clinic.id != clinic or standing.person is None:
        raise NotFoundError
    return standing.person, standing.key


def announce(
    connection: Connection,
    file: UUID,
    clinic: UUID,
    owner: tuple[UUID, SealingKey],
    name: str,
    checksum: bytes,
    now: datetime,
) -> None:
    """Make room for a file; its bytes are still to come."""
    person, key = owner
    connection.execute(
        sa.insert(STORED_FILE).values(
            id=file,
            clinic_id=clinic,
            person_id=person,
            key_id=key.id,
            author=CLINIC,
            sealed=sealed_particulars(key, file, name, checksum),
            created_at=now,
        ),
    )


def find_announced(connection: Connection, keyring: Keyring, clinic: Clinic, file: UUID) -> Announced:
    """Return a file that the clinic has announced.

    Raises:
        NotFoundError: it is not there, another clinic's, or has been erased.
    """
    row = connection.execute(
        sa.select(STORED_FILE, *KEY_COLUMNS)
        .join(SEALING_KEY, SEALING_KEY.c.id == STORED_FILE.c.key_id)
        .where(STORED_FILE.c.id == file, STORED_FILE.c.clinic_id == clinic.clinic, STORED_FILE.c.author == CLINIC),
    ).one_or_none()
    if row is None or row.sealed is None:
        raise NotFoundError
    return _announced(row, key_of(keyring, row))


def _announced(row: Any, key: SealingKey) -> Announced:
    name, checksum = opened_particulars(key, row.id, row.sealed)
    return Announced(row.id, key, name, checksum, row.kind, row.size)


def complete(database: Database, announced: Announced, kept: Kept) -> None:
    """Note that the bytes are here: from now on the file can go with a message.

    Raises:
        NotFoundError: it has been erased or removed meanwhile.
    """
    row = {
        "kind": kept.kind,
        "size": kept.size,
        "sealed": sealed_particulars(announced.key, kept.id, kept.name, kept.checksum),
        "print": announced.key.fingerprint(kept.checksum),
        "stored_at": database.clock(),
    }
    waiting = (STORED_FILE.c.id == kept.id, STORED_FILE.c.stored_at.is_(None), STORED_FILE.c.sealed.is_not(None))
    with database.writing() as connection:
        if not connection.execute(sa.update(STORED_FILE).where(*waiting).values(row)).rowcount:
            raise NotFoundError
