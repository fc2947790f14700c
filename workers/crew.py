"""What the actors of one worker process share, and how each of them ends its work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from storage.database import Connection, Database
from storage.failpoints import reach
from storage.history import SYSTEM, Cause
from storage.ledger import Ledger, OvertakenError, Said
from storage.outbox import Outbox, Work
from storage.parcels import Parcels
from storage.standing import Standing, lock
from workers.leases import Leases
from workers.patience import Patience
from workflows.vocabulary import NotApplicableError

log = structlog.get_logger(__name__)

Steps = Sequence[tuple[str, Said]]
"""Triggers to pull on the work's request, in order, with what comes along."""

Also = Callable[[Connection], None]
"""What else is written in the commit that ends a piece of work."""

_TRIES = 3


def nothing(_connection: Connection) -> None:
    """Write nothing else."""


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a piece of work ends: its outcome or error, what else is written, and whether its row is set aside."""

    word: str
    also: Also
    parked: bool


@dataclass(frozen=True, slots=True)
class Crew:
    """The collaborators, built once for the process."""

    database: Database
    ledger: Ledger
    outbox: Outbox
    parcels: Parcels
    leases: Leases
    patience: Patience

    def finish(self, work: Work, steps: Steps, outcome: str, also: Also = nothing) -> None:
        """Record what the work led to and settle its row, in one commit, with what else is to be written then."""
        self._record(work, steps, _Ending(outcome, also, parked=False))

    def park(self, work: Work, steps: Steps, error: str, also: Also = nothing) -> None:
        """Record that the work cannot be done and set its row aside, in one commit, with what else is to be written."""
        log.error("work_parked", outbox=str(work.id), effect=work.effect, code=error, attempt=work.attempt)
        self._record(work, steps, _Ending(error, also, parked=True))

    def put_off(self, work: Work, error: str, retry_after: float | None, *, unsent: bool = False) -> bool:
        """Put the row off for another try; False when its attempts are used up."""
        wait = self.patience.next_wait(work.attempt, retry_after)
        if wait is None:
            return False
        with self.database.writing() as connection:
            until = self.database.clock() + wait
            self.outbox.postpone(connection, work, error, until, unsent=unsent)
            reach("put_off.before_commit")
        reach("put_off.after_commit")
        log.info("work_put_off", outbox=str(work.id), effect=work.effect, code=error, seconds=wait.total_seconds())
        return True

    def hold(self, work: Work, until: datetime) -> None:
        """Let the work wait until a moment, as whoever it is for wishes it."""
        with self.database.writing() as connection:
            self.outbox.postpone(connection, work, "held", until, unsent=True)

    def _record(self, work: Work, steps: Steps, ending: _Ending) -> None:
        for _ in range(_TRIES - 1):
            try:
                return self._recorded(work, steps, ending)
            except OvertakenError:
                continue
        return self._recorded(work, steps, ending)

    def _recorded(self, work: Work, steps: Steps, ending: _Ending) -> None:
        """Settle the row and advance the request; who was frozen and has lost the row meanwhile changes nothing."""
        end = self.outbox.park if ending.parked else self.outbox.settle
        with self.database.writing() as connection:
            # The request is locked before the row is touched: everyone takes the two in this order.
            standing = lock(connection, self.ledger.keyring, work.request) if work.request and steps else None
            if not end(connection, work, ending.word):
                log.warning("work_was_taken_over", outbox=str(work.id), attempt=work.attempt)
                return
            ending.also(connection)
            if standing is not None:
                self._advance(connection, standing, work, steps)

    def _advance(self, connection: Connection, standing: Standing, work: Work, steps: Steps) -> None:
        cause = Cause("outbox", str(work.id))
        for trigger, said in steps:
            try:
                self.ledger.advance_locked(connection, standing, trigger, said, SYSTEM, cause)
            except NotApplicableError:
                log.info("step_not_applicable", outbox=str(work.id), trigger=trigger)
