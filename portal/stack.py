"""The one-command stack: Redis, database, mail catcher, mocks, API and workers under one supervisor."""

import contextlib
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TextIO, cast

from portal.child import Child
from portal.console import Console
from portal.data_lock import FolderInUseError, lock_folder
from portal.demo_data import CLINICS
from portal.interruption import Interruption
from portal.ports import http_probe, obstacle, redis_probe
from portal.redis_server import NoRedisServerError, RedisChoice, choose_redis
from portal.stack_settings import StackSettings, environment, mock_environment, own_mitid, ports_of
from portal.supervisor import StackFailedError, Supervisor

STOPPED, FAILED, CANNOT_START, INTERRUPTED = 0, 1, 2, 130
_WATCH_SECONDS = 0.1
_WORKER_GRACE_SECONDS = 30.0


class Demo(Protocol):
    """What the stack asks of `portal.demo`."""

    def winplc_seed(self, settings: StackSettings) -> Path:
        """Writes the books the WinPLC mock starts with and returns their path."""

    def seed(self, settings: StackSettings) -> None:
        """Gives the portal its demo clinics and patients; a second time changes nothing."""

    def play(self, settings: StackSettings, out: TextIO) -> None:
        """Sends one request of each type, and writes each one's timeline and the demo log-ins."""


def run(settings: StackSettings, out: TextIO | None = None) -> int:
    """Runs the stack until Ctrl-C.

    Args:
        settings: Ports, folder and addresses.
        out: Where the stack speaks; standard output by default.

    Returns:
        The exit code: 0 stopped on request, 1 a child or the demo failed, 2 something is in the way (a port, a
        folder, no Redis), 130 interrupted before it was up.
    """
    out = sys.stdout if out is None else out
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        redis = choose_redis(settings.redis_url, port=settings.redis_port, folder=settings.data_dir / "redis")
        with lock_folder(settings.data_dir) as lock:
            if obstacles := port_obstacles(settings, redis):
                out.write("\n".join(obstacles) + "\n")
                return CANNOT_START
            demo = cast("Demo", importlib.import_module("portal.demo"))
            line_up = children(settings, redis, winplc_seed=demo.winplc_seed(settings))
            return keep_up(
                line_up,
                lambda: _tell(demo, settings, out),
                out=out,
                logs=settings.data_dir / "log",
                held_open=[lock],
            )
    except (NoRedisServerError, FolderInUseError) as failure:
        out.write(f"{failure}\n")
        return CANNOT_START


def keep_up(
    line_up: Sequence[Child],
    story: Callable[[], None],
    *,
    out: TextIO,
    logs: Path,
    held_open: Sequence[int] = (),
) -> int:
    """Starts the children, tells the story once all are ready, and keeps them up until a signal arrives.

    Args:
        line_up: The children in the order of their start.
        story: Called in the main thread; what it raises ends the stack and reaches the caller.
        out: The terminal.
        logs: Folder of the children's log files.
        held_open: File descriptors held until the last child has ended.

    Returns:
        0 after a signal, 130 after one that came before the story was told, 1 if a child cannot become ready.
    """
    console = Console(out, logs)
    code = INTERRUPTED
    with Interruption() as interruption, contextlib.closing(console):
        with Supervisor(line_up, console, hurry=interruption.hurried, held_open=held_open) as supervisor:
            try:
                supervisor.wait_until_ready()
                story()
                code = STOPPED
                console.shows_children = True
                _watch(supervisor)
            except KeyboardInterrupt:
                console.say("stopping; Ctrl-C again stops at once")
            except StackFailedError as failure:
                console.say(str(failure))
                code = FAILED
            finally:
                interruption.begin_stop()
        console.say("stopped")
    return code


def port_obstacles(settings: StackSettings, redis: RedisChoice) -> list[str]:
    """One sentence for each port that the stack needs and cannot have, with the variable that changes it."""
    ports = ports_of(settings, redis)
    sentences = [
        f"Port {port} {reason}. Free it, or choose another: {variable}=<port>."
        for variable, port in ports.items()
        if (reason := obstacle(port))
    ]
    twice = sorted({port for port in ports.values() if list(ports.values()).count(port) > 1})
    for port in twice:
        variables = " and ".join(name for name, other in ports.items() if other == port)
        sentences.append(f"Port {port} is asked for twice, by {variables}.")
    return sentences


def children(settings: StackSettings, redis: RedisChoice, *, winplc_seed: Path) -> list[Child]:
    """The stack as data, in the order of its start."""
    env = environment(settings, redis)
    mock_env = mock_environment(settings, winplc_seed)
    api = ("granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(settings.api_port))
    line_up = [
        Child("migrate", _python("portal.cli", "migrate"), env, restart=False),
        Child("mail", _python("portal.mail_catcher"), env, http_probe(settings.mail_page_port, "/control")),
        Child("winplc", _python("winplc_mock"), mock_env, http_probe(settings.winplc_port, "/health/live")),
        Child(
            "api",
            _python(*api, "--workers", "1", "--blocking-threads", "8", "portal.wsgi:app"),
            env,
            http_probe(settings.api_port, "/health/ready"),
        ),
        Child("workers", _python("portal.cli", "work"), env, grace=_WORKER_GRACE_SECONDS),
    ]
    if own_mitid(settings):
        broker = http_probe(settings.mitid_port, "/.well-known/openid-configuration")
        line_up.insert(1, Child("mitid", _python("portal.mitid_broker"), env, broker))
    if redis.command and redis.folder:
        redis.folder.mkdir(parents=True, exist_ok=True)
        line_up.insert(0, Child("redis", redis.command, {}, redis_probe(settings.redis_port)))
    return line_up


def address_table(settings: StackSettings) -> str:
    """Where to look, now that the stack is up."""
    portal = f"http://localhost:{settings.api_port}"
    rows = {
        "Patients": f"{portal}/{CLINICS[0].slug}",
        "Auditors": f"{portal}/audit",
        "API": f"{portal}/docs",
        "WinPLC mock": f"http://localhost:{settings.winplc_port}",
        "Mail": f"http://localhost:{settings.mail_page_port}",
        "MitID": settings.mitid_issuer or f"http://localhost:{settings.mitid_port}",
        "Logs": str(settings.data_dir / "log"),
    }
    return "\n".join(["", *(f"  {name:<12} {place}" for name, place in rows.items()), "", "  Ctrl-C stops.", ""])


def _tell(demo: Demo, settings: StackSettings, out: TextIO) -> None:
    demo.seed(settings)
    demo.play(settings, out)
    out.write(f"{address_table(settings)}\n")
    out.flush()


def _watch(supervisor: Supervisor) -> None:
    while True:
        supervisor.check()
        time.sleep(_WATCH_SECONDS)


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)
