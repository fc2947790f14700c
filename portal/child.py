"""One child of the supervisor: its description as data, and its life as a process in a session of its own."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.console import Console
from portal.guardian import Guardian, kill_group

_GATE = 'read -r go && exec "$@" </dev/null'
"""Waits for one line before it becomes the command, so that no child runs before it is guarded."""

_LAST_LINES_SECONDS = 2.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Child:
    """A child as data.

    Attributes:
        name: What its lines and its log file are called.
        command: Program and arguments.
        env: Variables added to the environment of the stack itself.
        ready: Whether it can be used by the next in line; None when running is enough. Not asked of a child
            that is not restarted: such a child must end with exit code 0 before the next in line starts.
        restart: Whether it is started again when it ends.
        stop_signal: What asks it to stop; sent to the child itself, never to its group.
        grace: Seconds from that signal to SIGKILL of its whole group.
        patience: Seconds it may take to become ready for the first time.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    restart: bool = True
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    patience: float = 60.0


class ChildProcess:
    """A started child, leader of its own session and process group.

    Raises:
        OSError: No process could be started.
    """

    def __init__(self, child: Child, console: Console, guardian: Guardian) -> None:
        self._child = child
        self._console = console
        self._guardian = guardian
        self._popen = subprocess.Popen(  # noqa: S603 - the commands are ours
            ["/bin/sh", "-c", _GATE, child.name, *child.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **child.env},
            start_new_session=True,
        )
        guardian.guard(self.pid)
        self._open_gate()
        self._copier = threading.Thread(target=self._copy, name=f"{child.name} output", daemon=True)
        self._copier.start()

    @property
    def pid(self) -> int:
        """Process id of the child itself, also the id of its group."""
        return self._popen.pid

    def ended(self) -> int | None:
        """The exit code (negative: the signal that ended it) once it has ended, else None.

        Whatever the child leaves behind in its group is killed first: workers of a killed Dramatiq master
        would otherwise work on beside those of the next one.
        """
        code = self._popen.poll()
        if code is not None:
            self._clear()
        return code

    def stop(self, hurry: Callable[[], bool]) -> bool:
        """Asks the child to stop and waits for it; kills it after its grace or as soon as `hurry` says so.

        Returns:
            Whether it stopped by itself.
        """
        self._popen.send_signal(self._child.stop_signal)
        deadline = time.monotonic() + self._child.grace
        while self._popen.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(_POLL_SECONDS)
        stopped = self._popen.poll() is not None
        self._clear()
        self._popen.wait()
        return stopped

    def _clear(self) -> None:
        kill_group(self.pid)
        self._guardian.release(self.pid)
        self._copier.join(_LAST_LINES_SECONDS)

    def _open_gate(self) -> None:
        if self._popen.stdin is None:
            raise RuntimeError("the child was started without a gate")
        # A child killed before it went through the gate is met by `ended` like any other.
        with contextlib.suppress(BrokenPipeError), self._popen.stdin as gate:
            gate.write(b"go\n")

    def _copy(self) -> None:
        if self._popen.stdout is None:
            raise RuntimeError("the child was started without a pipe")
        with self._popen.stdout as lines:
            for line in lines:
                self._console.relay(self._child.name, line)
