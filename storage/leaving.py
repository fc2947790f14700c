"""A patient leaves a clinic, or the portal, or is detached by a clinic: what was said stays with the clinic (ACC-13).

Requests that wait for an answer are taken back through the ledger, where their page lets a patient do so now. All else
stays under the person's internal id until its retention ends; the membership stays as a mark that they left (ACC-5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import NotFoundError
from storage.access import Seen, note
from storage.activation_links import void_link
from storage.addresses import FAREWELL, tell_address
from storage.clinics import find_clinic
from storage.credentials import erase_credentials
from storage.database import Database
from storage.drafts import forget_drafts
from storage.files import drop_unused
from storage.history import Actor, Cause
from storage.ledger import Ledger, OvertakenError, Said
from storage.models import REQUEST
from storage.people import lock_people
from storage.registers import MEMBERSHIP
from storage.scope import concerning
from storage.standing import lock
from workflows.catalogue import behind
from workflows.content import Nothing
from workflows.vocabulary import Refusal, Role, State, Workflow

AWAITED = (State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE)
"""The states in which a request waits for the clinic."""

ENROLMENTS = "enrolments"
TOLD = (State.ANSWERED, State.NOTIFIED, State.UNREACHABLE)
"""The states in which an enrolment's link is on its way, or waits to be used."""

Result = TypeVar("Result")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who leaves, who says so as the history knows them, by which call, and the row of the access log if one is due."""

    person: UUID
    actor: Actor
    cause: Cause
    seen: Seen | None = None


class Leaving:
    """Lets patients go."""

    def __init__(self, database: Database, ledger: Ledger, new_id: NewId) -> None:
        self._database, self._ledger, self._new_id = database, ledger, new_id

    def clinic(self, leaver: Leaver, slug: str) -> Sequence[UUID]:
        """End the person's membership of one clinic; return their requests that stay with it. Again changes nothing.

        Raises:
            NotFoundError: there is no such clinic, or they were never its patient.
        """
        return again(lambda: self._left_clinic(leaver, slug))

    def portal(self, leaver: Leaver) -> Sequence[UUID]:
        """End every membership and erase what opens the account; return the requests that stay with the clinics."""
        return again(lambda: self._left_portal(leaver))

    def detach(self, connection: Connection, leaver: Leaver, clinic: UUID) -> Sequence[UUID]:
        """End the person's membership as the clinic wants it, in its message's transaction; the rest is as in `clinic`.

        The steps are the patient's by the page, and the history says who took them. Links that would make the person a
        user here are void.

        Raises:
            NotFoundError: they were never the clinic's patient.
            OvertakenError: somebody else changed a request meanwhile; see `again`.
        """
        with concerning(leaver.person):
            staying = self._end_at(connection, leaver, clinic)
            self._void_links(connection, leaver.person, clinic)
        return staying

    def _left_clinic(self, leaver: Leaver, slug: str) -> Sequence[UUID]:
        with self._database.writing() as connection:
            clinic = find_clinic(connection, slug).id
            staying = self._end_at(connection, leaver, clinic)
            self._note(connection, leaver, clinic)
        return staying

    def _left_portal(self, leaver: Leaver) -> Sequence[UUID]:
        with self._database.writing() as connection:
            lock_people(connection, (leaver.person,))
            staying = self._take_back(connection, leaver, sa.true())
            self._end(connection, leaver.person, MEMBERSHIP.c.person_id == leaver.person)
            erase_credentials(connection, leaver.person, self._database.clock())
            self._note(connection, leaver, None)
        return staying

    def _end_at(self, connection: Connection, leaver: Leaver, clinic: UUID) -> Sequence[UUID]:
        lock_people(connection, (leaver.person,))
        here = sa.and_(MEMBERSHIP.c.person_id == leaver.person, MEMBERSHIP.c.clinic_id == clinic)
        if connection.execute(sa.select(MEMBERSHIP.c.since).where(here)).first() is None:
            raise NotFoundError
        staying = self._take_back(connection, leaver, REQUEST.c.clinic_id == clinic)
        self._end(connection, leaver.person, here)
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
            drop_unused(connection, person, clinic)
            forget_drafts(connection, person, clinic)
        connection.execute(sa.update(MEMBERSHIP).where(standing).values(until=now))

    def _void_links(self, connection: Connection, person: UUID, clinic: UUID) -> None:
        """Void what would make the person a user by mail: whoever is detached comes back by the clinic's word only."""
        mailed = sa.select(REQUEST.c.id).where(
            REQUEST.c.person_id == person,
            REQUEST.c.clinic_id == clinic,
            REQUEST.c.kind == behind(self._ledger.catalogue, ENROLMENTS).kind,
            REQUEST.c.state.in_([state.value for state in TOLD]),
        )
        for request in connection.execute(mailed.order_by(REQUEST.c.id)).scalars().all():
            void_link(connection, self._ledger.keyring, request, self._database.clock())

    def _note(self, connection: Connection, leaver: Leaver, clinic: UUID | None) -> None:
        if leaver.seen is not None:
            note(connection, self._new_id(), self._database.clock(), replace(leaver.seen, clinic=clinic))


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


def again(once: Callable[[], Result]) -> Result:
    """Do it, up to three times where a request was changed by somebody else in between."""
    for _ in range(_TRIES - 1):
        try:
            return once()
        except OvertakenError:
            continue
    return once()
