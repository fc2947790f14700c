"""The connection to SQLite or PostgreSQL: one way to read, one way to write, short transactions."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from identity.outcomes import StorageUnavailableError
from storage.scope import DatabaseRole
from storage.sending_scope import SendingScope

Connection = sa.Connection
"""A transaction, for rooms that pass it on without looking inside."""

Clock = Callable[[], datetime]
"""Returns the time now, aware, in UTC."""

_BUSY_SECONDS = 30
_TRUSTED_SECONDS = 1.0  # a connection used so recently is not asked whether it lives
_POSTGRES_OPTIONS = "-c lock_timeout=3000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000"


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}").close()


def _engine(url: str, pool_size: int, role: DatabaseRole | None) -> sa.Engine:
    if url.startswith("sqlite"):
        engine = sa.create_engine(url, hide_parameters=True, pool_size=pool_size, max_overflow=2)
        event.listen(engine, "connect", _on_sqlite_connect)
        return engine
    taken = "" if role is None else f" -c role={role}"
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=2,
        pool_timeout=5,
        pool_use_lifo=True,
        connect_args={"options": _POSTGRES_OPTIONS + taken, "connect_timeout": 5},
        skip_autocommit_rollback=True,
    )
    event.listen(engine, "checkin", _on_checkin)
    event.listen(engine, "checkout", _on_checkout)
    if role is DatabaseRole.APP:  # only here do rows depend on who asks
        SendingScope(engine, role)
    return engine


def _on_checkin(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _on_checkout(connection: Any, record: Any, _fairy: Any) -> None:
    """Ask a connection that has been idle whether it lives; the pool gives another one in place of a dead one."""
    used_at = record.info.get("used_at")
    if used_at is None or time.monotonic() - used_at < _TRUSTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError:
        raise DisconnectionError from None


class Database:
    """One process's way to the database. `clock` is the injectable clock; `pool_size` bounds its connections.

    `role` is what its connections run as on PostgreSQL, whose log-in must be a member of it; without one they run as
    whoever logs in, such as the tables' owner who migrates. SQLite has no roles.
    """

    def __init__(self, url: str, clock: Clock, pool_size: int = 10, role: DatabaseRole | None = None) -> None:
        self.engine = _engine(url, pool_size, role)
        self.url = url
        self.clock = clock
        self.role = role
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # PostgreSQL shows every statement what is committed, within a transaction too, so those who read need none.
        self._alone = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._write_lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that is only read from.

        Raises:
            StorageUnavailableError: the database cannot be reached now.
        """
        with _translated(), self._alone.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose transaction commits when the block ends well, and leaves nothing when it does not.

        On SQLite one lock orders this process's writers, so that none starves.

        Raises:
            StorageUnavailableError: the database cannot take the write now.
        """
        with _translated(), self._order(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _rolled_back_on_error(connection):
                yield connection
            connection.commit()

    @contextmanager
    def writing_once(self) -> Iterator[Connection]:
        """Give a connection for one statement that writes: on PostgreSQL it commits by itself, as it is sent.

        Raises:
            StorageUnavailableError: the database cannot take the write now.
        """
        if self.is_sqlite:
            with self.writing() as connection:
                yield connection
            return
        with _translated(), self._alone.connect() as connection:
            yield connection
            connection.commit()

    @contextmanager
    def _order(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._write_lock:
            yield

    def lease_clock(self, connection: Connection) -> datetime:
        """Return the time that leases are reckoned by: the database's own, or the injectable clock on SQLite."""
        if self.is_sqlite:
            return self.clock()
        now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now

    def close(self) -> None:
        """Close every connection of the pool."""
        self.engine.dispose()


def is_taken(error: IntegrityError) -> bool:
    """Return whether the constraint that was broken says that there may be only one."""
    if isinstance(error.orig, psycopg.Error):
        return isinstance(error.orig, psycopg.errors.UniqueViolation)
    return getattr(error.orig, "sqlite_errorname", "") in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}


@contextmanager
def taken_as(overtaken: type[Exception]) -> Iterator[None]:
    """Say in one word, with this error, that somebody else has taken what may be there only once."""
    try:
        yield
    except IntegrityError as error:
        if is_taken(error):
            raise overtaken from None
        raise


@contextmanager
def _rolled_back_on_error(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeoutError):
        raise StorageUnavailableError from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StorageUnavailableError from None
        raise
