"""Letters that reached nobody and answers that nobody has read: rows of the clinic's list until somebody sees to them.

The rows are made from letters and not from states, so that a cancellation that bounced is one too (NOT-3, NEW-5).
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.models import MESSAGE
from storage.notice_registers import NOT_REACHED
from storage.standing import Standing
from workflows.facts import Facts
from workflows.vocabulary import Need, Now

UNREAD = "unread"

# Built once: a letter that is missed twice is one row.
_INSERT = {
    dialect: insert(NOT_REACHED).on_conflict_do_nothing()
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_OPEN = NOT_REACHED.c.handled_at.is_(None)


def miss(
    connection: Connection,
    identifier: UUID,
    *,
    clinic: UUID,
    request: UUID,
    reason: str,
    now: datetime,
    letter: str | None = None,
) -> None:
    """Put a request on the list; `identifier` is the letter's own id, so that the same one again changes nothing."""
    row = {"id": identifier, "clinic_id": clinic, "request_id": request, "letter": letter, "reason": reason}
    connection.execute(_INSERT[connection.dialect.name], row | {"since": now})


def settle(connection: Connection, request: UUID, now: datetime) -> None:
    """Take everything about a request off the list."""
    of_request = sa.update(NOT_REACHED).where(NOT_REACHED.c.request_id == request, _OPEN)
    connection.execute(of_request.values(handled_at=now))


def settle_read(now: datetime) -> sa.Update:
    """Return the statement that takes off the list what has been read since."""
    read = ~sa.exists().where(MESSAGE.c.request_id == NOT_REACHED.c.request_id, unread())
    return sa.update(NOT_REACHED).where(_OPEN, NOT_REACHED.c.reason == UNREAD, read).values(handled_at=now)


def unread() -> sa.ColumnElement[bool]:
    """Return the condition that a message is the clinic's and not read yet."""
    return sa.and_(MESSAGE.c.author != "patient", MESSAGE.c.read_at.is_(None), MESSAGE.c.sealed.is_not(None))


def with_reach(connection: Connection, standing: Standing, facts: Facts, needs: Collection[Need | None]) -> Facts:
    """Return the facts with whether the request is on the list, and whether its answer is unread; if asked about."""
    if Need.REACH in needs:
        listed = sa.select(NOT_REACHED.c.id).where(NOT_REACHED.c.request_id == standing.id, _OPEN)
        facts = replace(facts, listed=connection.execute(listed.limit(1)).first() is not None)
    if Need.READING in needs:
        waiting = sa.select(MESSAGE.c.id).where(MESSAGE.c.request_id == standing.id, unread())
        facts = replace(facts, unread=connection.execute(waiting.limit(1)).first() is not None)
    return facts


def follow_up(connection: Connection, new_id: Callable[[], UUID], deed: Now, standing: Standing, now: datetime) -> None:
    """Do the deeds that put a request on the list and take it off."""
    if deed is Now.SETTLE_NOT_REACHED:
        settle(connection, standing.id, now)
    if deed is Now.LIST_UNREAD:
        miss(connection, new_id(), clinic=standing.clinic.id, request=standing.id, reason=UNREAD, now=now)
