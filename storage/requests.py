"""Reading requests. The scope (this patient, this clinic, this auditor) is given once, to the constructor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from identity.subject import Auditor, Clinic, Patient
from storage.facts import COPENHAGEN
from storage.models import HISTORY, REQUEST
from storage.registers import CLINIC, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from workflows.vocabulary import State


@dataclass(frozen=True, slots=True)
class Found:
    """A request as readers see it; times in UTC.

    Without `key` its words are closed to this reader, as they always are to auditors, or have been erased; its history
    stands.
    """

    id: UUID
    clinic: str
    clinic_id: UUID
    person: UUID | None
    kind: str
    state: State
    version: int
    thread: UUID
    channel: str
    initiator: str
    practitioner: str | None
    slot: str | None
    slot_start: datetime | None
    slot_end: datetime | None
    outcome: str | None
    opened_at: datetime | None
    reference: str | None
    created_at: datetime
    changed_at: datetime
    promised_on: date | None
    late_at: datetime | None
    key: SealingKey | None


@dataclass(frozen=True, slots=True)
class Page:
    """What a list is asked for: filters, and the (created_at, id) after which it goes on, newest first.

    `hidden` are kinds that this reader is not shown.
    """

    kind: str | None = None
    state: str | None = None
    clinic: str | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 20
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One row of a request's history as stored."""

    n: int
    trigger: str
    from_state: str
    to_state: str
    actor: str
    at: datetime
    body: bytes
    prev: bytes
    hash: bytes


class Requests:
    """Reads the requests of one scope; what lies outside it is not found."""

    def __init__(self, connection: Connection, keyring: Keyring, scope: Patient | Clinic | Auditor) -> None:
        self._connection = connection
        self._keyring = keyring
        self._within = _within(scope)
        self._opens = not isinstance(scope, Auditor)

    def page(self, page: Page) -> Sequence[Found]:
        """Return one page, newest first."""
        query = self._query().order_by(REQUEST.c.created_at.desc(), REQUEST.c.id.desc()).limit(page.limit)
        if page.hidden:
            query = query.where(REQUEST.c.kind.not_in(page.hidden))
        if page.kind is not None:
            query = query.where(REQUEST.c.kind == page.kind)
        if page.state is not None:
            query = query.where(REQUEST.c.state == page.state)
        if page.clinic is not None:
            query = query.where(CLINIC.c.slug == page.clinic)
        if page.after is not None:
            at, identifier = page.after
            older = sa.and_(REQUEST.c.created_at == at, REQUEST.c.id < identifier)
            query = query.where(sa.or_(REQUEST.c.created_at < at, older))
        return [self._found(row) for row in self._connection.execute(query)]

    def one(self, request: UUID) -> Found:
        """Return one request.

        Raises:
            NotFoundError: it is not there, or not within the scope.
        """
        row = self._connection.execute(self._query().where(REQUEST.c.id == request)).one_or_none()
        if row is None:
            raise NotFoundError
        return self._found(row)

    def history(self, request: UUID) -> Sequence[HistoryRow]:
        """Return the history of a request that `one` has found within the scope, in order."""
        rows = self._connection.execute(
            sa.select(HISTORY)
            .join(REQUEST, REQUEST.c.id == HISTORY.c.request_id)
            .where(HISTORY.c.request_id == request, self._within)
            .order_by(HISTORY.c.n),
        )
        return [
            HistoryRow(
                row.n, row.trigger, row.from_state, row.to_state, row.actor, row.at, row.body, row.prev, row.hash
            )
            for row in rows
        ]

    def _query(self) -> sa.Select[Any]:
        query = sa.select(REQUEST, CLINIC.c.slug).join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id).where(self._within)
        if not self._opens:
            return query
        return query.add_columns(*KEY_COLUMNS).join(SEALING_KEY, SEALING_KEY.c.id == REQUEST.c.key_id)

    def _found(self, row: Any) -> Found:
        return Found(
            id=row.id,
            clinic=row.slug,
            clinic_id=row.clinic_id,
            person=row.person_id,
            kind=row.kind,
            state=State(row.state),
            version=row.version,
            thread=row.thread_id,
            channel=row.channel,
            initiator=row.initiator,
            practitioner=row.practitioner,
            slot=row.slot,
            slot_start=row.slot_start,
            slot_end=row.slot_end,
            outcome=row.outcome,
            opened_at=row.opened_at,
            reference=row.reference,
            created_at=row.created_at,
            changed_at=row.changed_at,
            promised_on=row.promised_on,
            late_at=row.late_at,
            key=key_of(self._keyring, row) if self._opens and row.sealing_key_wrapped is not None else None,
        )


def _within(scope: Patient | Clinic | Auditor) -> sa.ColumnElement[bool]:
    if isinstance(scope, Patient):
        return REQUEST.c.person_id == scope.person
    if isinstance(scope, Clinic):
        return REQUEST.c.clinic_id == scope.clinic
    first = datetime.combine(scope.first_day, time(), COPENHAGEN).astimezone(UTC)
    after_last = datetime.combine(scope.last_day + timedelta(days=1), time(), COPENHAGEN).astimezone(UTC)
    return sa.and_(
        REQUEST.c.clinic_id.in_(scope.clinics), REQUEST.c.created_at >= first, REQUEST.c.created_at < after_last
    )
