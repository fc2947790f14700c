"""The outbox: what is owed, offered to the queue, claimed under a lease, settled, postponed or parked.

Leases run on the database's clock. A claim counts its attempt; a claim that finds an earlier lease unfinished counts
a crash, so that work which kills its process is bounded too.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.engine import Connection

from identity.keys import UnreadableError
from identity.outcomes import OutcomeError
from storage.database import Database
from storage.outbox_statements import END, END_ATTEMPT, INSERT_ATTEMPT, OutboxStatements
from storage.together import Write, write_together

OFFERED_FOR = timedelta(seconds=5)
MOST_OUTSTANDING = 500
MOST_CRASHES = 5

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Unloadable:
    """What a claimed row needs cannot be had: erased, changed or poisoned. `code` is a machine word."""

    code: str


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed row. `attempt` is the number of this attempt, `intent` how many sends may have gone out before."""

    id: UUID
    history: UUID | None
    request: UUID | None
    subject: UUID | None
    clinic: UUID
    effect: str
    letter: str | None
    attempt: int
    crashes: int
    intent: int
    created_at: datetime


class Outbox:
    """One worker process's view: `worker` names the process, `lease` is how long a claim holds without renewal."""

    def __init__(self, database: Database, worker: UUID, lease: timedelta) -> None:
        self._database = database
        self._worker = worker
        self._lease = lease
        self._statements = OutboxStatements(database.clock, is_sqlite=database.is_sqlite)

    def offer(self) -> Sequence[tuple[UUID, str]]:
        """Return (id, destination) of rows that are due, marked as offered for a while so that others leave them."""
        if self._database.is_sqlite and not self._anything_due():
            return []
        asked = {
            "at": self._database.clock(),
            "most": MOST_OUTSTANDING,
            **self._statements.now(),
            **self._statements.later(OFFERED_FOR),
        }
        with self._database.writing_once() as connection:
            offered = connection.execute(self._statements.offer, asked).all()
        return [(row.id, row.destination) for row in offered]

    def claim(
        self, identifier: UUID, load: Callable[[Connection, Work], Loaded]
    ) -> tuple[Work, Loaded | Unloadable] | None:
        """Take the row for this process and load what it needs, in one commit; None when it is not to be had now.

        A row whose attempts keep crashing, or whose parcel cannot be loaded, comes back as Unloadable.
        """
        with self._database.writing() as connection:
            row = self._claimed(connection, identifier)
            if row is None:
                return None
            work = _work(row)
            if work.crashes >= MOST_CRASHES:
                return work, Unloadable("crashed_too_often")
            try:
                return work, load(connection, work)
            except (OutcomeError, UnreadableError, LookupError, ValueError) as error:
                return work, Unloadable(type(error).__name__)

    def intend(self, work: Work) -> bool:
        """Commit the intent to send; False when the lease is no longer safely this process's."""
        safely = self._statements.later(timedelta(seconds=1))
        with self._database.writing_once() as connection:
            return connection.execute(self._statements.intend, {**self._mine(work), **safely}).rowcount == 1

    def settle(self, connection: Connection, work: Work, outcome: str) -> bool:
        """Mark the row done; False when another process has it now, and then nothing is changed."""
        done = {"state": "done", "outcome": outcome, "settled_at": self._database.clock(), "lease_by": None}
        return self._end(connection, work, done, outcome)

    def park(self, connection: Connection, work: Work, error: str) -> bool:
        """Set the row aside, visibly, until an operator decides."""
        parked = {"state": "parked", "error": error, "settled_at": self._database.clock(), "lease_by": None}
        return self._end(connection, work, parked, error)

    def postpone(self, connection: Connection, work: Work, error: str, until: datetime, *, unsent: bool) -> bool:
        """Put the row off until a time; `unsent` takes the intent back, since nothing went out."""
        waiting: dict[str, Any] = {
            "next_at": until,
            "error": error,
            "lease_by": None,
            "lease_until": None,
            "offered_until": None,
        }
        if unsent:
            waiting["intent"] = work.intent
        return self._end(connection, work, waiting, error)

    def renew(self, rows: Collection[UUID]) -> None:
        """Extend the leases of rows that this process is working on."""
        if not rows:
            return
        renewed = {"rows": list(rows), "worker": self._worker, **self._statements.later(self._lease)}
        with self._database.writing_once() as connection:
            connection.execute(self._statements.renew, renewed)

    def _claimed(self, connection: Connection, identifier: UUID) -> Any:
        now = self._database.clock()
        asked = {
            "work": identifier,
            "worker": self._worker,
            "at": now,
            **self._statements.now(),
            **self._statements.later(self._lease),
        }
        row = connection.execute(self._statements.claim, asked).one_or_none()
        if row is not None and self._database.is_sqlite:
            connection.execute(INSERT_ATTEMPT, {"outbox_id": row.id, "n": row.attempts, "started_at": now})
        return row

    def _end(self, connection: Connection, work: Work, values: dict[str, Any], outcome: str) -> bool:
        ended = {"ended_at": self._database.clock(), "outcome": outcome}
        mine = self._mine(work)
        # The attempt comes first: it has ended even where the row is no longer this process's.
        return write_together(connection, [Write(END_ATTEMPT, ended, mine), Write(END, values, mine)])

    def _mine(self, work: Work) -> dict[str, Any]:
        return {"work": work.id, "worker": self._worker, "attempt": work.attempt}

    def _anything_due(self) -> bool:
        asked = {"at": self._database.clock(), **self._statements.now()}
        with self._database.reading() as connection:
            return connection.execute(self._statements.anything_due, asked).first() is not None


def _work(row: Any) -> Work:
    return Work(
        id=row.id,
        history=row.history_id,
        request=row.request_id,
        subject=row.subject_id,
        clinic=row.clinic_id,
        effect=row.effect,
        letter=row.letter,
        attempt=row.attempts,
        crashes=row.crashes,
        intent=row.intent,
        created_at=row.created_at,
    )
