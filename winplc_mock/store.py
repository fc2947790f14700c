"""The clinic system's own SQLite file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from threading import RLock

Clock = Callable[[], datetime]

_LATER = {
    "medicines": {
        "dependency_group": "TEXT",
        "exception_by": "TEXT",
        "exception_plan": "TEXT",
        "ordination_ended": "TEXT",
        "last_dispensed": "TEXT",
        "expected_used_up": "TEXT",
        "open_prescription": "INTEGER NOT NULL DEFAULT 0",
    },
    "decisions": {"text": "TEXT"},
}
"""Columns that came later than their tables, which a file may have had before."""


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def written(moment: datetime) -> str:
    """A moment as it is stored and sent: RFC 3339 in UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Store:
    """One connection behind one lock: every use is short, so taking turns costs less than waiting for SQLite's own."""

    def __init__(self, path: Path) -> None:
        # The books hold CPR numbers: only the owner of the process may read the file.
        path.touch(mode=0o600)
        self._lock = RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # In WAL mode NORMAL survives the death of the process; only a power cut may lose the last commits.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript((files("winplc_mock") / "schema.sql").read_text(encoding="utf-8"))
        self._grow()

    def _grow(self) -> None:
        """Add what a file of an earlier version lacks."""
        for table, columns in _LATER.items():
            there = {row["name"] for row in self._connection.execute(f"PRAGMA table_info({table})")}
            for column, kind in columns.items():
                if column not in there:
                    self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed when the block ends, rolled back when it raises. Not to be nested."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection for reading; what is seen was committed."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Close the file; the store is of no use afterwards."""
        with self._lock:
            self._connection.close()
