"""The guardian: a tiny process of its own that ends the stack's children when the stack itself is killed.

It reads `+<pid>` (guard this child) and `-<pid>` (this one has ended) from its standard input, a pipe whose
only writer is the supervisor. When the supervisor dies, even by SIGKILL, the pipe ends: the guardian then asks
every guarded child to stop and, after the grace, kills whatever is left of its process group. A pipe does this
alike on Linux and macOS. The file is started by its path in isolated mode, so it may import the standard
library only.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

GRACE_SECONDS = 3.0
"""How long orphans get to stop by themselves: everything must be gone 5 s after the supervisor's death."""


class Guardian:
    """The supervisor's end of the pipe.

    A guardian that was itself killed is replaced by `renew`, which tells the new one all that is guarded.

    Args:
        grace: Seconds between asking orphans to stop and killing them.
        held_open: File descriptors, such as that of a lock, that the guardian keeps open as long as it lives.
    """

    def __init__(self, grace: float = GRACE_SECONDS, held_open: Sequence[int] = ()) -> None:
        self._grace = grace
        self._held_open = tuple(held_open)
        self._guarded: set[int] = set()
        self._process = self._start()

    @property
    def pid(self) -> int:
        """The guardian's own process id."""
        return self._process.pid

    def guard(self, pid: int) -> None:
        """Takes the leader of a process group under guard."""
        self._guarded.add(pid)
        self._tell(f"+{pid}")

    def release(self, pid: int) -> None:
        """Forgets a process group that has ended."""
        self._guarded.discard(pid)
        self._tell(f"-{pid}")

    def renew(self) -> bool:
        """Starts a new guardian if this one has died; says whether it had to.

        Raises:
            OSError: No process could be started.
        """
        if self._process.poll() is None:
            return False
        self._pipe().close()
        self._process = self._start()
        for pid in self._guarded:
            self._tell(f"+{pid}")
        return True

    def dismiss(self) -> None:
        """Ends the guardian; it still ends whatever has not been released."""
        self._pipe().close()
        self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            [sys.executable, "-I", str(Path(__file__).resolve()), str(self._grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=self._held_open,
            start_new_session=True,
        )

    def _tell(self, line: str) -> None:
        # A guardian that is gone hears nothing; `renew` tells its successor everything.
        with contextlib.suppress(BrokenPipeError):
            self._pipe().write(f"{line}\n".encode())

    def _pipe(self) -> IO[bytes]:
        if self._process.stdin is None:
            raise RuntimeError("the guardian was started without a pipe")
        return self._process.stdin


def still_guarded(lines: Iterable[str]) -> set[int]:
    """Follows the supervisor's lines to their end and returns the process ids it left behind."""
    guarded: set[int] = set()
    for line in lines:
        (guarded.add if line.startswith("+") else guarded.discard)(int(line[1:]))
    return guarded


def end_groups(leaders: Iterable[int], grace: float) -> None:
    """Asks each leader to stop, waits up to `grace` seconds, then kills what is left of each group."""
    leaders = set(leaders)
    for pid in leaders:
        # Only the leader hears SIGTERM: a Dramatiq master passes it on, and twice means "at once".
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(is_alive(pid) for pid in leaders) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in leaders:
        kill_group(pid)


def is_alive(pid: int) -> bool:
    """Whether a process of ours with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill_group(leader: int) -> None:
    """Kills every process left in the group of `leader`; an empty group is fine."""
    # macOS answers "not permitted" instead of "no such process" for a group of which only a zombie is left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


if __name__ == "__main__":
    end_groups(still_guarded(sys.stdin), float(sys.argv[1]))
