"""Files on their way in and out: sealed piece by piece under the key of (person, clinic), in a store beside the tables.

The bytes come first and the row after them: what has a row is whole. Bytes without a row are nobody's; `sweep` removes
them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import AlreadyEnoughError, NotFoundError
from identity.sealed_streams import opened_stream, sealed_stream
from storage.clinics import find_clinic
from storage.database import Database
from storage.failpoints import reach
from storage.file_registers import STORED_FILE
from storage.file_store import FileStore
from storage.files import PATIENT, FileShown, sealed_particulars
from storage.idempotency import Reserved, reserve
from storage.registers import MEMBERSHIP, SEALING_KEY
from storage.scope import DatabaseRole
from storage.sealing import KEY_COLUMNS, key_of, load_key
from workflows.clinic_settings import ClinicSettings

UNUSED_KEPT = timedelta(days=1)
MOST_UNUSED = 20
"""Files that a person may have uploaded at one clinic and not sent."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file will be: one person at one clinic, with the key that they share."""

    person: UUID
    clinic: UUID
    key: SealingKey
    settings: ClinicSettings


@dataclass(frozen=True, slots=True)
class Kept:
    """A file whose bytes are in the store; `name` is how it is shown."""

    id: UUID
    name: str
    kind: str
    size: int
    checksum: bytes


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits to be used; it is gone after `expires_at`."""

    id: UUID
    kind: str
    size: int
    expires_at: datetime
    replayed: bool = False


class Files:
    """Keeps and gives files."""

    def __init__(self, database: Database, keyring: Keyring, new_id: NewId, store: FileStore) -> None:
        self.database, self.new_id, self.store = database, new_id, store
        self._keyring = keyring

    def owner(self, connection: Connection, slug: str, person: UUID) -> Owner:
        """Return a patient of a clinic as the owner of what they upload.

        Raises:
            NotFoundError: there is no such clinic, or they are not its patient.
            AlreadyEnoughError: they have as many unused files there as there may be.
        """
        clinic = find_clinic(connection, slug)
        here = sa.and_(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic.id)
        keys = sa.select(*KEY_COLUMNS).join(MEMBERSHIP, MEMBERSHIP.c.key_id == SEALING_KEY.c.id)
        row = connection.execute(keys.where(here, MEMBERSHIP.c.until.is_(None))).one_or_none()
        if row is None:
            raise NotFoundError
        mine = sa.and_(STORED_FILE.c.person_id == person, STORED_FILE.c.clinic_id == clinic.id)
        unused = sa.select(sa.func.count()).where(
            mine, STORED_FILE.c.used_at.is_(None), STORED_FILE.c.author == PATIENT
        )
        if connection.execute(unused).scalar_one() >= MOST_UNUSED:
            raise AlreadyEnoughError
        return Owner(person, clinic.id, key_of(self._keyring, row), clinic.settings)

    def keep(self, file: UUID, key: SealingKey, pieces: Iterable[bytes]) -> bytes:
        """Put the pieces into the store, sealed as this file, and return the SHA-256 of what they were.

        Raises:
            StorageFullError, StorageUnavailableError: see `FileStore.put`; nothing is kept.
        """
        digest = hashlib.sha256()

        def read() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        self.store.put(file, sealed_stream(key, read(), _place(file)))
        return digest.digest()

    def opened(self, connection: Connection, file: FileShown) -> Iterator[bytes]:
        """Give a file's content.

        Raises:
            FileMissingError: it is not in the store.
            NotFoundError: its key has been destroyed.
            UnreadableError: it has been changed there; while the pieces are given.
        """
        key_id = connection.execute(sa.select(STORED_FILE.c.key_id).where(STORED_FILE.c.id == file.id)).scalar_one()
        key = load_key(connection, self._keyring, key_id)
        return opened_stream(key, self.store.open(file.id), _place(file.id))

    def add(self, owner: Owner, kept: Kept, key: Reserved) -> Upload:
        """Give a patient's file its row, once for each idempotency key; a repeat gets the file of the first time.

        Raises:
            KeyReusedError: the key was used with another file.
            NotFoundError: the file of the first time is gone.
        """
        now = self.database.clock()
        with self.database.writing() as connection:
            before = reserve(connection, key, kept.id, now)
            if before is None:
                connection.execute(sa.insert(STORED_FILE).values(_row(owner, kept, PATIENT, now)))
                reach("upload.before_commit")
        if before is None:
            return Upload(kept.id, kept.kind, kept.size, now + UNUSED_KEPT)
        self.store.delete(kept.id)
        return self._again(before)

    def _again(self, file: UUID) -> Upload:
        with self.database.reading() as connection:
            row = connection.execute(sa.select(STORED_FILE).where(STORED_FILE.c.id == file)).one_or_none()
        if row is None:
            raise NotFoundError
        return Upload(row.id, row.kind, row.size, row.created_at + UNUSED_KEPT, replayed=True)

    def remove(self, person: UUID, file: UUID) -> None:
        """Remove a file that its owner has not sent.

        Raises:
            NotFoundError: it is not there, not theirs, or goes with a message already.
        """
        mine = (STORED_FILE.c.id == file, STORED_FILE.c.person_id == person, STORED_FILE.c.author == PATIENT)
        with self.database.writing() as connection:
            gone = connection.execute(sa.delete(STORED_FILE).where(*mine, STORED_FILE.c.used_at.is_(None))).rowcount
        if not gone:
            raise NotFoundError
        self.store.delete(file)


def sweep(files: Files) -> int:
    """Remove what was uploaded and not used for a day, and the bytes of what has been erased; return how many."""
    before = files.database.clock() - UNUSED_KEPT
    unused = sa.and_(STORED_FILE.c.used_at.is_(None), STORED_FILE.c.created_at < before)
    past = sa.select(STORED_FILE.c.id).where(sa.or_(unused, STORED_FILE.c.sealed.is_(None))).limit(_AT_ONCE)
    # The row goes first: a file that is sent in this moment keeps its row or is refused, and never loses its bytes.
    with files.database.writing() as connection:
        rows = sa.delete(STORED_FILE).where(STORED_FILE.c.id.in_(past), sa.or_(unused, STORED_FILE.c.sealed.is_(None)))
        gone = connection.execute(rows.returning(STORED_FILE.c.id)).scalars().all()
    for file in gone:
        files.store.delete(file)
    return len(gone)


def sweep_nobodys(files: Files) -> int:
    """Remove bytes without a row, which a crash left behind more than a day ago; return how many there were.

    Raises:
        PermissionError: this process is not shown every row, so that it cannot tell which bytes are nobody's.
    """
    _expect_all_rows(files.database)
    before, gone = files.database.clock() - UNUSED_KEPT, 0
    names = [name for name in files.store.names() if _made_at(name) < before]
    for start in range(0, len(names), _AT_ONCE):
        for file in _nobodys(files.database, names[start : start + _AT_ONCE]):
            files.store.delete(file)
            gone += 1
    return gone


def missing(files: Files) -> Sequence[UUID]:
    """Return the files that have a row and no bytes. Raises as `sweep_nobodys` does."""
    _expect_all_rows(files.database)
    there = set(files.store.names())
    with files.database.reading() as connection:
        whole = sa.and_(STORED_FILE.c.sealed.is_not(None), STORED_FILE.c.stored_at.is_not(None))
        known = connection.execute(sa.select(STORED_FILE.c.id).where(whole).order_by(STORED_FILE.c.id)).scalars()
        return [file for file in known if file not in there]


def _expect_all_rows(database: Database) -> None:
    if not database.is_sqlite and database.role not in {DatabaseRole.WORKER, DatabaseRole.OPERATOR}:
        raise PermissionError("only a process that sees every row can tell what is nobody's")


def _nobodys(database: Database, names: Sequence[UUID]) -> set[UUID]:
    with database.reading() as connection:
        known = connection.execute(sa.select(STORED_FILE.c.id).where(STORED_FILE.c.id.in_(names))).scalars().all()
    return set(names) - set(known)


def _made_at(name: UUID) -> datetime:
    """Return when an id was made (UUIDv7: milliseconds since 1970 in its first 48 bits)."""
    return datetime.fromtimestamp((name.int >> 80) / 1000, UTC)


def _place(file: UUID) -> str:
    return f"stored_file.content:{file}"


def _row(owner: Owner, kept: Kept, author: str, now: datetime) -> dict[str, object]:
    return {
        "id": kept.id,
        "clinic_id": owner.clinic,
        "person_id": owner.person,
        "key_id": owner.key.id,
        "author": author,
        "kind": kept.kind,
        "size": kept.size,
        "sealed": sealed_particulars(owner.key, kept.id, kept.name, kept.checksum),
        "print": owner.key.fingerprint(kept.checksum),
        "created_at": now,
        "stored_at": now,
    }
