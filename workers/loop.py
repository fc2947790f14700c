"""One loop per worker process: offer what is due, pull deadlines, read the clinics' feeds, keep the leases."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from identity.outcomes import OutcomeError, StorageUnavailableError
from storage.database import Database
from storage.deadlines import Deadlines
from storage.failpoints import reach
from storage.housekeeping import sweep
from storage.outbox import Outbox
from storage.timekeeping import Timers
from storage.uploads import Files, sweep_nobodys
from storage.uploads import sweep as tidy_files
from storage.waking import Waker
from workers.leases import Leases
from workers.queues import QUEUE_OF_DESTINATION
from workers.reconcile import Reconcile

log = structlog.get_logger(__name__)

LOOKS_EVERY = 0.5  # seconds, when nothing wakes it
RESTS = 0.005  # seconds after rows were offered, so that those close behind them share one look
SWEEPS_EVERY = 3600.0  # seconds
SWEEPS_A_DAY = 24


class Loop:
    """Runs in a thread of its own until stopped; nothing that goes wrong in one round ends it."""

    def __init__(
        self,
        *,
        database: Database,
        outbox: Outbox,
        deadlines: Deadlines,
        timers: Timers,
        reconcile: Reconcile,
        leases: Leases,
        files: Files | None = None,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._deadlines = deadlines
        self._timers = timers
        self._reconcile = reconcile
        self._leases = leases
        self._files = files
        self._waker = Waker(database)
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._looked_at = -LOOKS_EVERY

    def start(self, broker: RedisBroker) -> None:
        """Start the loop, the lease keeper, the feed reader and the housekeeper."""
        jobs: list[Callable[[], None]] = [
            lambda: self._run(broker),
            self._leases.keep,
            self._reconcile.keep_reading,
            self._keep_house,
        ]
        self._threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop and wait until the round under way is over."""
        self._stopped.set()
        self._waker.stop()
        self._reconcile.stop()
        self._leases.stop()
        for thread in self._threads:
            thread.join(timeout=5)
        self._waker.close()

    def _run(self, broker: RedisBroker) -> None:
        while not self._waker.stopped:
            try:
                if self.one_round(broker):
                    self._stopped.wait(RESTS)
            except (OutcomeError, RedisError, dramatiq.DramatiqError) as error:
                log.warning("loop_round_failed", code=type(error).__name__)
            self._waker.wait(LOOKS_EVERY)

    def one_round(self, broker: RedisBroker) -> bool:
        """Offer the rows that are due to the queue, and fire the deadlines that have come; return whether any were due.

        A wake-up is about new rows; deadlines come by the clock, so they are looked for at its pace.
        """
        offered = self._outbox.offer()
        if offered:
            reach("loop.after_offer")
        for row, destination in offered:
            actor = QUEUE_OF_DESTINATION[destination]
            broker.enqueue(_message(actor, row))
        if time.monotonic() - self._looked_at < LOOKS_EVERY:
            return bool(offered)
        self._looked_at = time.monotonic()
        for request in self._deadlines.due():
            self._deadlines.fire(request)
        self._timers.one_round()
        return bool(offered)

    def _keep_house(self) -> None:
        for number in itertools.count():
            if self._stopped.wait(SWEEPS_EVERY):
                return
            try:
                sweep(self._database)
                self._tidy_files(everything=number % SWEEPS_A_DAY == 0)
            except StorageUnavailableError:
                log.warning("house_not_kept")

    def _tidy_files(self, *, everything: bool) -> None:
        """Remove files that were not used, or erased; once a day also bytes that are nobody's."""
        if self._files is not None:
            tidy_files(self._files)
            if everything:
                sweep_nobodys(self._files)


def _message(actor: str, row: UUID) -> "dramatiq.Message[None]":
    return dramatiq.Message(queue_name=actor, actor_name=actor, args=(str(row),), kwargs={}, options={})


class LoopMiddleware(dramatiq.Middleware):
    """Starts the loop when a worker process is up and stops it before the process ends."""

    def __init__(self, loop: Loop, hang_up: Sequence[Callable[[], None]] = ()) -> None:
        self._loop = loop
        self._hang_up = hang_up

    def after_process_boot(self, broker: dramatiq.Broker) -> None:
        """Start, in the worker process and not in the master."""
        if isinstance(broker, RedisBroker):
            self._loop.start(broker)

    def before_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:  # noqa: ARG002 - Dramatiq's signature
        """Stop offering before the last work ends."""
        self._loop.stop()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:  # noqa: ARG002 - Dramatiq's signature
        """Hang up on those who were spoken to: `hang_up` closes their connections."""
        for close in self._hang_up:
            close()
