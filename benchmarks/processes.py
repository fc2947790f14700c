"""The processes that are measured: started in sessions of their own, ended for certain, their processor time read."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_GRACE_SECONDS = 20.0
_PROC = Path("/proc")
# Fields of /proc/PID/stat counted from the one after the name, which may itself hold spaces.
_SESSION, _USER_TICKS, _SYSTEM_TICKS = 3, 11, 12


@dataclass(frozen=True, slots=True)
class Command:
    """What to start: the words after `python -m`, and what it finds in its environment."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def __str__(self) -> str:
        return "python -m " + " ".join(self.words)


class Started:
    """One command's processes: the one that was started, and whatever it started in turn."""

    def __init__(self, command: Command, log: Path) -> None:
        self._command = command
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command.words],
                cwd=ROOT,
                env={**os.environ, **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._log = log

    def check(self) -> None:
        """Raise with the last lines of the log when the command has ended by itself.

        Raises:
            RuntimeError: it has ended.
        """
        if self._process.poll() is not None:
            last = "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])
            raise RuntimeError(f"{self._command} ended with {self._process.returncode}:\n{last}")

    def kill(self) -> None:
        """Kill all of its processes at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to end, and see to it that all of its processes do."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_SECONDS)
        self.kill()

    def seconds(self) -> float:
        """Return the processor time that its processes have used until now, in seconds; 0 where /proc is missing."""
        ticks = 0
        for stat in _PROC.glob("[0-9]*/stat"):
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[_SESSION]) == self._process.pid:
                    ticks += int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])
        return ticks / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def running(commands: Sequence[Command], log: Path) -> AsyncIterator[list[Started]]:
    """Run the commands while the block runs; what they talk to goes on answering while they end."""
    started: list[Started] = []
    try:
        started.extend(Started(command, log) for command in commands)
        yield started
    finally:
        await asyncio.gather(*(asyncio.to_thread(each.stop) for each in started))


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(true: Callable[[], bool], what: str, seconds: float = 30.0, every: float = 0.02) -> None:
    """Wait until something is true.

    Raises:
        TimeoutError: it is not true in time; the text says what was waited for.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s in vain: {what}")
        time.sleep(every)


def busy_share(seconds: float = 0.5) -> float | None:
    """Return which share of the machine's processors is at work just now; None where /proc is missing."""
    stat = _PROC / "stat"
    if not stat.exists():
        return None
    before = _busy_and_all(stat)
    time.sleep(seconds)
    after = _busy_and_all(stat)
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def _busy_and_all(stat: Path) -> tuple[int, int]:
    ticks = [int(word) for word in stat.read_text().split("\n", 1)[0].split()[1:9]]
    idle = ticks[3] + ticks[4]
    return sum(ticks) - idle, sum(ticks)
