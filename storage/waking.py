"""Waking the loops: PostgreSQL tells them (LISTEN/NOTIFY); on SQLite they look every 50 ms."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from storage.database import Database

CHANNEL = "outbox"
SQLITE_LOOKS_EVERY = 0.05  # seconds

WAKE = sa.func.pg_notify(CHANNEL, "").label("woken")
"""What a PostgreSQL statement selects to tell waiting loops, when its transaction commits, that there is work."""


class Waker:
    """One loop's ear. `wait(seconds)` returns as soon as there may be work, at the latest after `seconds`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stopped = threading.Event()
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def wait(self, seconds: float) -> None:
        """Wait for a wake-up, a stop, or the time. A lost connection is opened again and counts as a wake-up."""
        if self._database.is_sqlite:
            self._stopped.wait(min(seconds, SQLITE_LOOKS_EVERY))
            return
        try:
            self._listen(seconds)
        except psycopg.OperationalError:
            self._forget()
            self._stopped.wait(min(seconds, 1.0))

    def stop(self) -> None:
        """Make every later wait return at once; one that is under way ends in its own time."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """Whether `stop` has been called."""
        return self._stopped.is_set()

    def close(self) -> None:
        """Close the listening connection."""
        self._forget()

    def _listen(self, seconds: float) -> None:
        if self._connection is None:
            url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
            self._connection.execute(f"LISTEN {CHANNEL}")
            return
        for _ in self._connection.notifies(timeout=seconds, stop_after=1):
            pass
        # What has come in the meantime is about rows that are there already: one look finds them all.
        for _ in self._connection.notifies(timeout=0):
            pass

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def listening(database: Database) -> Iterator[Waker]:
    """Give a waker and close it afterwards."""
    waker = Waker(database)
    try:
        yield waker
    finally:
        waker.close()
