"""Work for now or later, done by a few threads that sleep until it is due."""

import heapq
import logging
import time
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread

Job = Callable[[], None]

log = logging.getLogger(__name__)


class Agenda:
    """A queue of jobs ordered by when they are due; an idle thread starts a job that is due without delay."""

    def __init__(self, threads: int = 8) -> None:
        self._changed = Condition()
        self._jobs: list[tuple[float, int, Job]] = []
        self._ticket = count()
        self._open = True
        self._threads = [Thread(target=self._work, name=f"agenda-{n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let running jobs end and forget the rest; the books know what is still owed."""
        with self._changed:
            self._open = False
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def at_once(self, job: Job) -> None:
        """Do the job as soon as a thread is free."""
        self.later(0.0, job)

    def later(self, seconds: float, job: Job) -> None:
        """Do the job ``seconds`` from now."""
        with self._changed:
            heapq.heappush(self._jobs, (time.monotonic() + seconds, next(self._ticket), job))
            self._changed.notify()

    def _work(self) -> None:
        while job := self._next():
            try:
                job()
            except Exception as error:  # noqa: BLE001 - a thread outlives its jobs; the text may name a person
                log.error("job failed: %s", type(error).__name__)  # noqa: TRY400 - as above, no traceback

    def _next(self) -> Job | None:
        with self._changed:
            while self._open:
                wait = self._jobs[0][0] - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._jobs)[2]
                self._changed.wait(wait)
            return None
