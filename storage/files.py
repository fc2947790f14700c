"""Files that go with messages: found before a decision, attached in its transaction, shown with the words."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import SealingKey
from identity.outcomes import NotFoundError
from storage.file_registers import STORED_FILE
from storage.standing import Standing
from workflows.content import Content
from workflows.facts import AttachedFile

PATIENT, CLINIC = "patient", "clinic"
"""Who may attach a file: whose it was when it came in."""

_UNUSED = sa.and_(
    STORED_FILE.c.used_at.is_(None), STORED_FILE.c.stored_at.is_not(None), STORED_FILE.c.sealed.is_not(None)
)


@dataclass(frozen=True, slots=True)
class FileShown:
    """A file as those who may see its message see it; `checksum` is the SHA-256 of its content, in hexadecimal."""

    id: UUID
    request: UUID
    message: UUID
    name: str
    kind: str
    size: int
    checksum: str


def sealed_particulars(key: SealingKey, file: UUID, name: str, checksum: bytes) -> bytes:
    """Return a file's name and checksum, sealed: a name may say what ails somebody."""
    return key.seal(json.dumps({"name": name, "sha256": checksum.hex()}).encode(), f"stored_file.sealed:{file}")


def opened_particulars(key: SealingKey, file: UUID, sealed: bytes) -> tuple[str, str]:
    """Return name and checksum again.

    Raises:
        UnreadableError: see `SealingKey.open`.
    """
    said: Mapping[str, str] = json.loads(key.open(sealed, f"stored_file.sealed:{file}"))
    return said["name"], said["sha256"]


def unused_files(connection: Connection, standing: Standing, content: Content) -> tuple[AttachedFile, ...]:
    """Return those of the files named that may go with the words now: whole, unused, and of who says them.

    They lie under the key that the request has, of this person at this clinic.
    """
    author = PATIENT if content.clinic_message is None else CLINIC
    mine = sa.select(STORED_FILE.c.id, STORED_FILE.c.print).where(
        STORED_FILE.c.id.in_(content.attached_files),
        STORED_FILE.c.clinic_id == standing.clinic.id,
        STORED_FILE.c.person_id == standing.person,
        STORED_FILE.c.key_id == standing.key.id,
        STORED_FILE.c.author == author,
        _UNUSED,
    )
    return tuple(AttachedFile(row.id, row.print.hex()) for row in connection.execute(mine.order_by(STORED_FILE.c.id)))


def attach(connection: Connection, files: Sequence[AttachedFile], request: UUID, message: UUID, now: datetime) -> bool:
    """Let the files go with a message; False, and the transaction is to be given up, where one was used meanwhile."""
    if not files:
        return True
    unused = sa.update(STORED_FILE).where(STORED_FILE.c.id.in_([file.id for file in files]), _UNUSED)
    used = unused.values(request_id=request, message_id=message, used_at=now)
    return connection.execute(used).rowcount == len(files)


def files_of(connection: Connection, requests: Mapping[UUID, SealingKey]) -> dict[UUID, tuple[FileShown, ...]]:
    """Return the files of each message of these requests, in the order in which they came in."""
    wanted = sa.select(STORED_FILE).where(
        STORED_FILE.c.request_id.in_(list(requests)), STORED_FILE.c.sealed.is_not(None)
    )
    found: dict[UUID, tuple[FileShown, ...]] = {}
    for row in connection.execute(wanted.order_by(STORED_FILE.c.id)):
        found[row.message_id] = (*found.get(row.message_id, ()), _shown(row, requests[row.request_id]))
    return found


def file_of(connection: Connection, request: UUID, file: UUID, key: SealingKey) -> FileShown:
    """Return one file of a request that the caller may see.

    Raises:
        NotFoundError: the request has no such file, or it has been erased.
    """
    wanted = sa.select(STORED_FILE).where(
        STORED_FILE.c.id == file, STORED_FILE.c.request_id == request, STORED_FILE.c.sealed.is_not(None)
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFoundError
    return _shown(row, key)


def _shown(row: Any, key: SealingKey) -> FileShown:
    name, checksum = opened_particulars(key, row.id, row.sealed)
    return FileShown(row.id, row.request_id, row.message_id, name, row.kind, row.size, checksum)


def erase_files(connection: Connection, people: Sequence[UUID], clinic: UUID | None) -> None:
    """Erase what people have or had attached, at a clinic or everywhere; `sweep` then removes the bytes."""
    theirs = sa.and_(STORED_FILE.c.person_id.in_(people), _at(clinic))
    connection.execute(sa.update(STORED_FILE).where(theirs).values(sealed=None, print=None, person_id=None))


def drop_unused(connection: Connection, person: UUID, clinic: UUID | None) -> None:
    """Drop what a person who leaves has uploaded and not sent."""
    theirs = sa.and_(STORED_FILE.c.person_id == person, STORED_FILE.c.used_at.is_(None), _at(clinic))
    connection.execute(sa.update(STORED_FILE).where(theirs).values(sealed=None, print=None))


def hand_over_files(connection: Connection, person: UUID, to: UUID) -> None:
    """Make a person's files another's, who is the same person under another id."""
    connection.execute(sa.update(STORED_FILE).where(STORED_FILE.c.person_id == person).values(person_id=to))


def _at(clinic: UUID | None) -> sa.ColumnElement[bool]:
    return sa.true() if clinic is None else STORED_FILE.c.clinic_id == clinic
