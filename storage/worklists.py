"""The clinic's lists of what needs a look, each read by its own index and page by page: a long past costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.appointments import without_time
from storage.models import AWAITING, MESSAGE, REQUEST, WATCHED
from storage.not_reached import UNREAD, unread
from storage.notice_registers import NOT_REACHED, OPEN
from storage.registers import MEMBERSHIP
from workflows.vocabulary import State

After = tuple[Any, UUID]
"""The sort key of the last entry of the page before."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request that needs a look, without its words; `since` is from when, `after` the place of the entry.

    `reason` and `letter` say why somebody was not reached, and with which letter.
    """

    id: UUID
    kind: str
    state: State
    reference: str | None
    practitioner: str | None
    thread: UUID
    created_at: datetime
    changed_at: datetime
    answer_by: date | None
    late_at: datetime | None
    since: datetime
    after: After
    reason: str | None = None
    letter: str | None = None


class Worklists:
    """Reads the lists of one clinic."""

    def __init__(self, connection: Connection, clinic: UUID) -> None:
        self._connection = connection
        self._clinic = clinic

    def overdue(self, today: date, after: After | None, limit: int) -> Sequence[Entry]:
        """Return requests without an answer whose promised day is before today, the oldest promise first."""
        return self._promised(REQUEST.c.promised_on < today, after, limit)

    def due_soon(self, first: date, last: date, after: After | None, limit: int) -> Sequence[Entry]:
        """Return requests without an answer whose promised day is one of these days, the next first."""
        return self._promised(REQUEST.c.promised_on.between(first, last), after, limit)

    def unread_answers(self, after: After | None, limit: int) -> Sequence[Entry]:
        """Return answers that the clinic watches and the patient has not read, the oldest first (EKO-6)."""
        query = (
            sa.select(REQUEST, MESSAGE.c.at.label("since"), MESSAGE.c.id.label("message"))
            .join(REQUEST, REQUEST.c.id == MESSAGE.c.request_id)
            .where(MESSAGE.c.clinic_id == self._clinic, sa.text(WATCHED))
        )
        rows = self._page(query, (MESSAGE.c.at, MESSAGE.c.id), after, limit)
        return [_entry(row, row.since, (row.since, row.message)) for row in rows]

    def not_reached(self, after: After | None, limit: int) -> Sequence[Entry]:
        """Return letters that reached nobody and answers that nobody has read, the oldest first (NOT-3, NEW-5)."""
        why = (NOT_REACHED.c.since, NOT_REACHED.c.reason, NOT_REACHED.c.letter)
        unread_still = sa.exists().where(MESSAGE.c.request_id == NOT_REACHED.c.request_id, unread())
        query = (
            sa.select(REQUEST, NOT_REACHED.c.id.label("row"), *why)
            .join(REQUEST, REQUEST.c.id == NOT_REACHED.c.request_id)
            .where(NOT_REACHED.c.clinic_id == self._clinic, sa.text(f"not_reached.{OPEN}"))
            .where(sa.or_(NOT_REACHED.c.reason != UNREAD, unread_still))
        )
        rows = self._page(query, (NOT_REACHED.c.since, NOT_REACHED.c.id), after, limit)
        return [_entry(row, row.since, (row.since, row.row), row.reason, row.letter) for row in rows]

    def departed(self, after: After | None, limit: int, *, now: datetime, everyone: bool) -> Sequence[Entry]:
        """Return what still waits, or still has a time, of patients who have moved or died, the oldest first.

        `everyone` is for a clinic that has closed: then it is all that is left.
        """
        here = REQUEST.c.clinic_id == self._clinic
        held = sa.select(REQUEST.c.id).where(here, REQUEST.c.slot_held, REQUEST.c.slot_start > now)
        left = sa.union(sa.select(REQUEST.c.id).where(here, sa.text(AWAITING)), held)
        query = sa.select(REQUEST).where(here, REQUEST.c.id.in_(left))
        if not everyone:
            query = query.where(
                sa.exists().where(
                    MEMBERSHIP.c.clinic_id == self._clinic,
                    MEMBERSHIP.c.person_id == REQUEST.c.person_id,
                    MEMBERSHIP.c.departed.is_not(None),
                ),
            )
        rows = self._page(query, (REQUEST.c.created_at, REQUEST.c.id), after, limit)
        return [_entry(row, row.created_at, (row.created_at, row.id)) for row in rows]

    def bookings_without_time(self, now: datetime, after: After | None, limit: int) -> Sequence[Entry]:
        """Return coming bookings whose time the calendar has no longer, or has otherwise now, the next first."""
        rows = self._page(without_time(self._clinic, now), (REQUEST.c.slot_start, REQUEST.c.id), after, limit)
        return [_entry(row, row.changed_at, (row.slot_start, row.id)) for row in rows]

    def _promised(self, when: sa.ColumnElement[bool], after: After | None, limit: int) -> Sequence[Entry]:
        query = sa.select(REQUEST).where(REQUEST.c.clinic_id == self._clinic, sa.text(AWAITING), when)
        rows = self._page(query, (REQUEST.c.promised_on, REQUEST.c.id), after, limit)
        return [_entry(row, row.created_at, (row.promised_on, row.id)) for row in rows]

    def _page(
        self, query: sa.Select[Any], by: tuple[sa.Column[Any], sa.Column[Any]], after: After | None, limit: int
    ) -> Sequence[Any]:
        if after is not None:
            query = query.where(
                sa.tuple_(*by) > sa.tuple_(*(sa.literal(x, c.type) for x, c in zip(after, by, strict=True)))
            )
        return self._connection.execute(query.order_by(*by).limit(limit)).all()


def _entry(row: Any, since: datetime, after: After, reason: str | None = None, letter: str | None = None) -> Entry:
    return Entry(
        id=row.id,
        kind=row.kind,
        state=State(row.state),
        reference=row.reference,
        practitioner=row.practitioner,
        thread=row.thread_id,
        created_at=row.created_at,
        changed_at=row.changed_at,
        answer_by=row.promised_on,
        late_at=row.late_at,
        since=since,
        after=after,
        reason=reason,
        letter=letter,
    )
