"""A small supervisor: starts children in order, each when the one before is ready, and restarts what dies.

One thread does all starting and watching; the caller's thread waits, works and asks for the end. Children run in
sessions of their own, so a terminal's Ctrl-C reaches the supervisor only, which then stops them in reverse order.
"""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from portal.child import Child, ChildProcess
from portal.console import Console
from portal.guardian import Guardian

_TURN_SECONDS = 0.05
_FIRST_DELAY_SECONDS = 0.2
_LONGEST_DELAY_SECONDS = 5.0
_REMEMBERED_SECONDS = 60.0
_ALARMING_DEATHS = 10


class StackFailedError(RuntimeError):
    """The stack cannot start or go on; the text names the child and what it said last."""


def restart_delay(deaths: int) -> float:
    """Seconds to wait before a child that died `deaths` times within the last minute is started again."""
    return float(min(_FIRST_DELAY_SECONDS * 2 ** (deaths - 1), _LONGEST_DELAY_SECONDS))


def ending(code: int) -> str:
    """An exit code in words: `exit code 1`, `SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    return next((known.name for known in signal.Signals if known == -code), f"signal {-code}")


class _Post:
    """A child's place in the line: its process, if any, and what is remembered of the ones before."""

    def __init__(self, child: Child, console: Console, guardian: Guardian, clock: Callable[[], float]) -> None:
        self.child = child
        self._console = console
        self._guardian = guardian
        self._clock = clock
        self.process: ChildProcess | None = None
        self._due = clock()
        self._first_started: float | None = None
        self._deaths: deque[float] = deque()
        self._ready = False
        self.settled = False
        """Whether the next in line may start: it has been ready once, or has done its work."""

    def turn(self) -> None:
        """Does what is due: start, bury, or ask whether it is ready.

        Raises:
            StackFailedError: It will not become ready.
        """
        if self.process is None:
            if self._clock() >= self._due and not self._done():
                self._start()
        elif (code := self.process.ended()) is not None:
            self._bury(code)
        elif not self._ready:
            self._ask()

    def _done(self) -> bool:
        return self.settled and not self.child.restart

    def _start(self) -> None:
        if self._first_started is None:
            self._first_started = self._clock()
        try:
            self.process = ChildProcess(self.child, self._console, self._guardian)
        except OSError as failure:
            self._retry(f"could not be started ({failure.strerror})")

    def _ask(self) -> None:
        if self.child.restart and (self.child.ready is None or self.child.ready()):
            self._ready = True
            if self.settled:
                self._console.say(f"{self.child.name} is ready again")
            self.settled = True
        self._mind_patience()

    def _bury(self, code: int) -> None:
        self.process = None
        self._ready = False
        if code == 0 and not self.child.restart:
            self.settled = True
            return
        if code >= 0 and not self.settled:
            # A program that gives up by itself at its first start says why, and would say it again.
            raise StackFailedError(self._obituary(f"ended with {ending(code)} before it was ready"))
        self._retry(f"ended by {ending(code)}" if code < 0 else f"ended with {ending(code)}")

    def _retry(self, news: str) -> None:
        self._mind_patience()
        now = self._clock()
        self._deaths.append(now)
        while self._deaths[0] < now - _REMEMBERED_SECONDS:
            self._deaths.popleft()
        delay = restart_delay(len(self._deaths))
        self._due = now + delay
        self._console.say(f"{self.child.name} {news}; starting it again in {delay:.1f} s")
        if len(self._deaths) == _ALARMING_DEATHS:
            self._console.say(self._obituary(f"died {_ALARMING_DEATHS} times within a minute; still trying"))

    def _mind_patience(self) -> None:
        if self.settled or self._first_started is None:
            return
        if self._clock() - self._first_started > self.child.patience:
            raise StackFailedError(self._obituary(f"was not ready within {self.child.patience:.0f} s"))

    def _obituary(self, news: str) -> str:
        lines = self._console.latest(self.child.name)
        return "\n".join([f"{self.child.name} {news}", *(f"    {line}" for line in lines)])


class Supervisor:
    """Keeps the children running from `__enter__` to `__exit__`.

    Args:
        children: In the order of their start; they are stopped in reverse order.
        console: Takes their lines and what the supervisor itself has to say.
        hurry: Asked while stopping; once true, what still runs is killed.
        held_open: File descriptors that stay open until the last child has ended, even if the supervisor is killed.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        children: Sequence[Child],
        console: Console,
        *,
        hurry: Callable[[], bool] = lambda: False,
        held_open: Sequence[int] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._hurry = hurry
        self._guardian = Guardian(held_open=held_open)
        self._posts = [_Post(child, console, self._guardian, clock) for child in children]
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        """Begins to start the children; `wait_until_ready` says when all of them are."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops all children in reverse order."""
        self._stopping.set()
        self._thread.join()
        for post in reversed(self._posts):
            if post.process is not None and not post.process.stop(self._hurry):
                self._console.say(f"{post.child.name} had to be killed")
        self._guardian.dismiss()

    def wait_until_ready(self) -> None:
        """Returns when every child has been ready once.

        Raises:
            StackFailedError: One of them will not become ready.
        """
        while not all(post.settled for post in self._posts):
            self.check()
            time.sleep(_TURN_SECONDS)

    def check(self) -> None:
        """Raises what ended the watch over the children, if anything did.

        Raises:
            StackFailedError: A child cannot become ready.
        """
        if self._failure is not None:
            raise self._failure

    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now, by name, and the guardian's."""
        running = {post.child.name: process.pid for post in self._posts if (process := post.process)}
        return {**running, "guardian": self._guardian.pid}

    def _watch(self) -> None:
        try:
            while not self._stopping.wait(_TURN_SECONDS):
                self._turn()
        except Exception as failure:  # noqa: BLE001 - handed to the thread that waits
            self._failure = failure

    def _turn(self) -> None:
        if self._guardian.renew():
            self._console.say("the guardian was replaced")
        for post in self._posts:
            if self._stopping.is_set():
                return
            post.turn()
            if not post.settled:
                return
