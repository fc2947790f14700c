"""Processes that are kept up: one that dies is started again at once, unless it was told to stay down."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from portal.guardian import Guardian, is_alive, kill_group

PATIENCE = 30.0
LOOKS_EVERY = 0.02


def until(look: Callable[[], object], what: str | Callable[[], str], seconds: float = PATIENCE) -> object:
    """Return what `look` finds as soon as it finds something; complain about `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what if isinstance(what, str) else what()}")
        time.sleep(LOOKS_EVERY)


def tell(line: str) -> None:
    """Print a figure or a seed; pytest shows it with `-s`, and with every failure."""
    sys.stdout.write(f"{line}\n")


class Nursery:
    """The test's end of `tests.faults.nursery`."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | env,
            start_new_session=True,
            text=True,
            bufsize=1,
        )
        self._lock = threading.Lock()
        assert self._process.stdout.readline() == "ready\n"

    def start(self, words: Sequence[str], env: dict[str, str], log: Path) -> int:
        """Start `python -m words…` and return its process id, which is also its group's."""
        with self._lock:
            self._process.stdin.write(json.dumps({"words": list(words), "env": env, "log": str(log)}) + "\n")
            child = self._process.stdout.readline()
            assert child, "the nursery has died; its last words are above"
            return int(child)

    def close(self) -> None:
        """End the nursery; its children are ended by whoever kept them."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Kept:
    """One process that is kept up. `start` starts it and returns its group; `ready` says whether it can be used."""

    def __init__(self, name: str, start: Callable[[], int], ready: Callable[[], bool], guardian: Guardian) -> None:
        self.name = name
        self.deaths = 0
        self._start = start
        self._ready = ready
        self._guardian = guardian
        self._wanted = False
        self._group: int | None = None
        self._lock = threading.RLock()

    @property
    def group(self) -> int:
        """The group of the process that runs now, or ran last."""
        assert self._group is not None
        return self._group

    def up(self) -> None:
        """Start it, and come back when it can be used."""
        with self._lock:
            self._wanted = True
            self.turn()
        self.until_ready()

    def until_ready(self) -> None:
        until(self._ready, f"{self.name} can be used")

    def down(self) -> None:
        """Kill it, and leave it dead."""
        with self._lock:
            self._wanted = False
            self._clear()

    def kill(self) -> None:
        """Kill it; it comes back by itself."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """Under the lock, for while it is started again it has no group; one that is gone needs no signal."""
        with self._lock, contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, number)

    def turn(self) -> None:
        """Start it again if it has died and is wanted."""
        with self._lock:
            if not self._wanted or (self._group is not None and is_alive(self._group)):
                return
            if self._group is not None:
                self.deaths += 1
            self._clear()
            self._group = self._start()
            self._guardian.guard(self._group)

    def _clear(self) -> None:
        if self._group is None:
            return
        kill_group(self._group)
        until(lambda: not is_alive(self._group), f"{self.name} is gone")
        self._guardian.release(self._group)
        self._group = None


class Keeper:
    """Watches over all that is kept, in a thread of its own."""

    def __init__(self) -> None:
        self.kept: list[Kept] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and end everything."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        for one in reversed(self.kept):
            one.down()

    def _watch(self) -> None:
        while not self._stopped.wait(LOOKS_EVERY):
            for one in self.kept:
                one.turn()
