"""An operator erases a person at one clinic, or everywhere: the keys are destroyed, and what they sealed with them.

The history stays and verifies: it holds commitments and pseudonyms only, and what made them is gone with the key.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.credentials import erase_credentials
from storage.deeds import forget_person
from storage.files import erase_files
from storage.models import IDEMPOTENCY, INBOX, MESSAGE, OUTBOX, REQUEST
from storage.people import ids_of, lock_people
from storage.recovery_registers import ADDRESS_NOTICE, CONTENT_HOLD
from storage.registers import LOG_IN_ATTEMPT, MEDICINE_LIST, MEMBERSHIP, PERSON_CPR, SEALING_KEY
from storage.sealing import destroy_key
from storage.writing_registers import DRAFT, STOPPED
from workflows.vocabulary import Do, State

_NOT_ARRIVED = (State.SUBMITTED.value, State.UNDELIVERABLE.value)


class NotHandedOverError(Exception):
    """Requests have not arrived at the clinic for certain, or what must be told of them is still owed."""

    def __init__(self, requests: Sequence[UUID]) -> None:
        super().__init__(f"{len(requests)} requests are not handed over")
        self.requests = tuple(requests)


def erase(connection: Connection, person: UUID, clinic: UUID | None, now: datetime) -> int:
    """Erase a person at a clinic, or everywhere and with number, address and log-ins; return of how many requests.

    Words that came in before this transaction are waited for; those that come after find no patient.

    Raises:
        NotHandedOverError: see there; nothing is erased.
    """
    _wait_for_those_who_write(connection)
    lock_people(connection, (person,))
    people = ids_of(connection, person)
    requests = requests_of(connection, person, clinic)
    waiting = _not_handed_over(connection, requests)
    if waiting:
        raise NotHandedOverError(waiting)
    _empty(connection, requests, now)
    forget_person(connection, requests)
    for table in (MEMBERSHIP, CONTENT_HOLD, DRAFT, STOPPED):
        connection.execute(sa.delete(table).where(table.c.person_id.in_(people), _at(table, clinic)))
    lists = sa.update(MEDICINE_LIST).where(MEDICINE_LIST.c.person_id.in_(people), _at(MEDICINE_LIST, clinic))
    connection.execute(lists.values(sealed=None))
    erase_files(connection, people, clinic)
    if clinic is None:
        _erase_account(connection, person, people, now)
    keys = sa.select(SEALING_KEY.c.id).where(SEALING_KEY.c.person_id.in_(people), _at(SEALING_KEY, clinic))
    for key in connection.execute(keys).scalars().all():
        destroy_key(connection, key, now)
    return len(requests)


def requests_of(connection: Connection, person: UUID, clinic: UUID | None) -> Sequence[UUID]:
    """Return the person's requests at a clinic, or everywhere."""
    theirs = sa.select(REQUEST.c.id).where(REQUEST.c.person_id == person, _at(REQUEST, clinic))
    return connection.execute(theirs.order_by(REQUEST.c.id)).scalars().all()


def _wait_for_those_who_write(connection: Connection) -> None:
    """Let submissions and clinics' words that are under way end first, and hold back new ones until this commits.

    Each writes to one of these tables before it looks whether the person is a patient. SQLite has one writer anyway.
    """
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"LOCK TABLE {IDEMPOTENCY.name}, {INBOX.name} IN SHARE MODE")


def _at(table: sa.Table, clinic: UUID | None) -> sa.ColumnElement[bool]:
    return sa.true() if clinic is None else table.c.clinic_id == clinic


def _not_handed_over(connection: Connection, requests: Sequence[UUID]) -> Sequence[UUID]:
    owed = sa.exists().where(
        OUTBOX.c.request_id == REQUEST.c.id,
        OUTBOX.c.destination == "winplc",
        OUTBOX.c.effect != Do.TELL_WINPLC_IT_WAS_READ.value,  # of which nothing is lost but the time
        OUTBOX.c.state.in_(("due", "parked")),
    )
    waiting = sa.or_(REQUEST.c.state.in_(_NOT_ARRIVED), owed)
    return connection.execute(sa.select(REQUEST.c.id).where(REQUEST.c.id.in_(requests), waiting)).scalars().all()


def _empty(connection: Connection, requests: Sequence[UUID], now: datetime) -> None:
    """Remove what was said on the requests, and the letters that would still tell of them."""
    for table in (MESSAGE, INBOX):
        connection.execute(sa.update(table).where(table.c.request_id.in_(requests)).values(sealed=None))
    letters = sa.update(OUTBOX).where(OUTBOX.c.request_id.in_(requests), OUTBOX.c.state.in_(("due", "parked")))
    connection.execute(letters.values(state="done", outcome="erased", settled_at=now))


def _erase_account(connection: Connection, person: UUID, people: Sequence[UUID], now: datetime) -> None:
    erase_credentials(connection, person, now)
    for table in (PERSON_CPR, LOG_IN_ATTEMPT, ADDRESS_NOTICE):
        connection.execute(sa.delete(table).where(table.c.person_id.in_(people)))
    principals = [f"person:{each}" for each in people]
    connection.execute(sa.delete(IDEMPOTENCY).where(IDEMPOTENCY.c.principal.in_(principals)))
