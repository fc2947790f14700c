"""A patient leaves a clinic, or the portal: what opens the account goes, what was said stays with the clinic (ACC-13).

Requests that wait for an answer are taken back through the ledger, where their page lets a patient do so now. All else
stays under the person's internal id until its retention ends; the membership stays as a mark that they left (ACC-5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import NotFoundError
from storage.access import Seen, note
from storage.addresses import FAREWELL, tell_address
from storage.clinics import find_clinic
from storage.credentials import erase_credentials
from storage.database import Database
from storage.history import Actor, Cause
from storage.ledger import Ledger, OvertakenError, Said
from storage.models import REQUEST
from storage.people import lock_people
from storage.registers import MEMBERSHIP
from storage.standing import lock
from workflows.content import Nothing
from workflows.vocabulary import Refusal, Role, State, Workflow

AWAITED = (State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE)
"""The states in which a request waits for the clinic."""

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who leaves, as the history knows them, by which call, and the row of the access log that says so."""

    person: UUID
    actor: Actor
    cause: Cause
    seen: Seen


class Leaving:
    """Lets patients go."""

    def __init__(self, database: Database, ledger: Ledger, new_id: NewId) -> None:
        self._database, self._ledger, self._new_id = database, ledger, new_id

    def clinic(self, leaver: Leaver, slug: str) -> Sequence[UUID]:
        """End the person's membership of one clinic; return their requests that stay with it. Again changes nothing.

        Raises:
            NotFoundError: there is no such clinic, or they were never its patient.
        """
        return _again(lambda: self._left_clinic(leaver, slug))

    def portal(self, leaver: Leaver) -> Sequence[UUID]:
        """End every membership and erase what opens the account; return the requests that stay with the clinics."""
        return _again(lambda: self._left_portal(leaver))

    def _left_clinic(self, leaver: Leaver, slug: str) -> Sequence[UUID]:
        with self._database.writing() as connection:
            clinic = find_clinic(connection, slug).id
            lock_people(connection, (leaver.person,))
            here = sa.and_(MEMBERSHIP.c.person_id == leaver.person, MEMBERSHIP.c.clinic_id == clinic)
            if connection.execute(sa.select(MEMBERSHIP.c.since).where(here)).first() is None:
                raise NotFoundError
            staying = self._take_back(connection, leaver, REQUEST.c.clinic_id == clinic)
            self._end(connection, leaver.person, here)
            self._note(connection, replace(leaver.seen, clinic=clinic))
        return staying

    def _left_portal(self, leaver: Leaver) -> Sequence[UUID]:
        with self._database.writing() as connection:
            lock_people(connection, (leaver.person,))
            staying = self._take_back(connection, leaver, sa.true())
            self._end(connection, leaver.person, MEMBERSHIP.c.person_id == leaver.person)
            erase_credentials(connection, leaver.person, self._database.clock())
            self._note(connection, leaver.seen)
        return staying

    def _take_back(self, connection: Connection, leaver: Leaver, where: sa.ColumnElement[bool]) -> Sequence[UUID]:
        """Take back what waits for an answer; return what cannot be, and the appointments that stand."""
        now = self._database.clock()
        mine = sa.select(REQUEST.c.id).where(REQUEST.c.person_id == leaver.person, where).order_by(REQUEST.c.id)
        waiting = connection.execute(mine.where(REQUEST.c.state.in_([state.value for state in AWAITED]))).scalars()
        staying = [request for request in waiting.all() if not self._taken_back(connection, leaver, request)]
        standing = connection.execute(mine.where(REQUEST.c.slot_held, REQUEST.c.slot_start > now)).scalars()
        return tuple(sorted({*staying, *standing}))

    def _taken_back(self, connection: Connection, leaver: Leaver, request: UUID) -> bool:
        try:
            standing = lock(connection, self._ledger.keyring, request)
        except NotFoundError:  # its words have been erased
            return False
        trigger = way_out(self._ledger.catalogue[standing.kind], standing.state)
        if trigger is None:
            return False
        outcome = self._ledger.advance_locked(connection, standing, trigger, Said(), leaver.actor, leaver.cause)
        return not isinstance(outcome, Refusal)

    def _end(self, connection: Connection, person: UUID, which: sa.ColumnElement[bool]) -> None:
        """End the memberships that stand, each with a letter to the address, which is sealed apart for it alone."""
        now = self._database.clock()
        standing = sa.and_(which, MEMBERSHIP.c.until.is_(None))
        clinics = sa.select(MEMBERSHIP.c.clinic_id).where(standing).order_by(MEMBERSHIP.c.clinic_id)
        for clinic in connection.execute(clinics).scalars().all():
            tell_address(connection, self._ledger.keyring, self._new_id, clinic, person, FAREWELL, now)
        connection.execute(sa.update(MEMBERSHIP).where(standing).values(until=now))

    def _note(self, connection: Connection, seen: Seen) -> None:
        note(connection, self._new_id(), self._database.clock(), seen)


def way_out(workflow: Workflow, state: State) -> str | None:
    """Return the trigger by which a patient ends a request in this state without a word, if the page has one."""
    ends = workflow.ends()
    return next(
        (
            step.trigger
            for step in workflow.steps
            if step.source is state
            and Role.PATIENT in step.by
            and step.target in ends
            and step.says is Nothing
            and step.followed_by is None
        ),
        None,
    )


def _again(once: Callable[[], Sequence[UUID]]) -> Sequence[UUID]:
    for _ in range(_TRIES - 1):
        try:
            return once()
        except OvertakenError:
            continue
    return once()
