"""A patient's conversations with their clinics: the list, one conversation, and what was said in it (EKO-4).

A thread is the cases that share its id. The newest of them carries its place in the list, so that a page costs the same
however long the history is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.files import files_of
from storage.history import handler
from storage.memberships import UNREAD
from storage.messages import Spoken, having, opened
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.registers import CLINIC, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of
from workflows.vocabulary import State, Workflow

UNANSWERED = frozenset({State.SUBMITTED, State.DELIVERED})
"""The states of a case that still waits for the clinic's word."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a thread: where it stands."""

    id: UUID
    state: State
    initiator: str
    practitioner: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation at one clinic, with its cases, the oldest first; `unread` counts the clinic's new messages."""

    id: UUID
    clinic: str
    clinic_id: UUID
    spoken_at: datetime
    newest: UUID
    cases: tuple[Case, ...]
    unread: int

    @property
    def is_closed(self) -> bool:
        """Whether the clinic has closed it: then there is no reply (EKO-14)."""
        return any(case.state is State.CLOSED for case in self.cases)

    @property
    def is_unanswered(self) -> bool:
        """Whether something that the patient wrote still waits for an answer (EKO-16)."""
        return any(case.state in UNANSWERED for case in self.cases)


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a thread: the case it is on, the words, and by whom it was handled, as a role."""

    request: UUID
    spoken: Spoken
    handled_by: str | None


Position = tuple[datetime, UUID]


class Threads:
    """Reads one patient's threads; what lies outside is not found."""

    def __init__(self, connection: Connection, keyring: Keyring, patient: Patient, workflow: Workflow) -> None:
        self._connection, self._keyring, self._workflow = connection, keyring, workflow
        self._mine = (REQUEST.c.person_id == patient.person, REQUEST.c.kind == workflow.kind)

    def page(self, clinic: str | None, after: Position | None, limit: int) -> Sequence[Thread]:
        """Return threads by their last message, the newest first."""
        query = self._newest().order_by(REQUEST.c.spoken_at.desc(), REQUEST.c.id.desc()).limit(limit)
        if clinic is not None:
            query = query.where(CLINIC.c.slug == clinic)
        if after is not None:
            query = query.where(_before(REQUEST.c.spoken_at, REQUEST.c.id, after))
        return self._with_cases(self._connection.execute(query).all())

    def one(self, thread: UUID) -> Thread:
        """Return one thread.

        Raises:
            NotFoundError: it is not there, or not the patient's.
        """
        found = self._with_cases(self._connection.execute(self._newest().where(REQUEST.c.thread_id == thread)).all())
        if not found:
            raise NotFoundError
        return found[0]

    def lines(self, thread: UUID, after: Position | None, limit: int) -> Sequence[Line]:
        """Return messages of a thread that `one` has found, the newest first; erased ones are left out."""
        query = (
            sa.select(MESSAGE, HISTORY.c.body, *KEY_COLUMNS)
            .join(REQUEST, REQUEST.c.id == MESSAGE.c.request_id)
            .join(SEALING_KEY, SEALING_KEY.c.id == REQUEST.c.key_id)
            .join(HISTORY, HISTORY.c.id == MESSAGE.c.id)
            .where(*self._mine, REQUEST.c.thread_id == thread, MESSAGE.c.sealed.is_not(None))
            .where(SEALING_KEY.c.wrapped.is_not(None))
            .order_by(MESSAGE.c.at.desc(), MESSAGE.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            query = query.where(_before(MESSAGE.c.at, MESSAGE.c.id, after))
        rows = self._connection.execute(query).all()
        lines = [self._line(row) for row in rows]
        if not any(line.spoken.content.attached_files for line in lines):
            return lines
        files = files_of(self._connection, {row.request_id: key_of(self._keyring, row) for row in rows})
        return [replace(each, spoken=having([each.spoken], files)[0]) for each in lines]

    def _newest(self) -> sa.Select[Any]:
        return (
            sa.select(REQUEST, CLINIC.c.slug)
            .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
            .where(*self._mine, REQUEST.c.is_newest)
        )

    def _with_cases(self, rows: Sequence[Any]) -> Sequence[Thread]:
        threads = [row.thread_id for row in rows]
        cases, unread = self._cases(threads), self._unread(threads)
        return [
            Thread(
                id=row.thread_id,
                clinic=row.slug,
                clinic_id=row.clinic_id,
                spoken_at=row.spoken_at,
                newest=row.id,
                cases=tuple(cases[row.thread_id]),
                unread=unread.get(row.thread_id, 0),
            )
            for row in rows
        ]

    def _cases(self, threads: Sequence[UUID]) -> Mapping[UUID, list[Case]]:
        found: dict[UUID, list[Case]] = {thread: [] for thread in threads}
        query = sa.select(REQUEST).where(*self._mine, REQUEST.c.thread_id.in_(threads))
        for row in self._connection.execute(query.order_by(REQUEST.c.created_at, REQUEST.c.id)) if threads else ():
            found[row.thread_id].append(Case(row.id, State(row.state), row.initiator, row.practitioner, row.created_at))
        return found

    def _unread(self, threads: Sequence[UUID]) -> Mapping[UUID, int]:
        if not threads:
            return {}
        query = (
            sa.select(REQUEST.c.thread_id, sa.func.count().label("unread"))
            .select_from(MESSAGE)
            .join(REQUEST, REQUEST.c.id == MESSAGE.c.request_id)
            .where(UNREAD, *self._mine, MESSAGE.c.person_id == REQUEST.c.person_id, REQUEST.c.thread_id.in_(threads))
            .group_by(REQUEST.c.thread_id)
        )
        return {row.thread_id: row.unread for row in self._connection.execute(query)}

    def _line(self, row: Any) -> Line:
        words = opened(self._workflow, row.trigger, row.id, row.sealed, key_of(self._keyring, row))
        spoken = Spoken(row.id, row.author, row.trigger, row.at, row.read_at, words)
        return Line(row.request_id, spoken, handler(row.body))


def _before(at: sa.ColumnElement[Any], identifier: sa.ColumnElement[Any], position: Position) -> sa.ColumnElement[bool]:
    moment, last = position
    return sa.or_(at < moment, sa.and_(at == moment, identifier < last))
