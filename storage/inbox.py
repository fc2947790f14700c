"""Messages from a clinic's system that decide something: each is carried out once, and answered the same ever after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from identity.outcomes import KeyReusedError
from storage.database import Database
from storage.models import INBOX
from storage.versions import take_turn

# Built once, for every message asks them.
RESERVE = {
    dialect: insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.message_id)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_SAME = (INBOX.c.source == sa.bindparam("clinic"), INBOX.c.message_id == sa.bindparam("message"))
KNOWN = sa.select(INBOX).where(*_SAME)
FINISH = sa.update(INBOX).where(*_SAME)

Answer = Mapping[str, Any]
"""What is answered to a message: plain JSON values."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message: the clinic it comes from, its own id for it, and a keyed hash of what it says."""

    source: UUID
    message: str
    trigger: str
    fingerprint: bytes


def once(database: Database, arrival: Arrival, act: Callable[[Connection], Answer]) -> Answer:
    """Return the answer to a message, acting on it only at its first arrival; what `act` raises leaves nothing behind.

    The messages of one clinic are carried out one after the other.

    Raises:
        KeyReusedError: the message came before and said something else.
        StorageUnavailableError: the database cannot take it now.
    """
    try:
        return _once(database, arrival, act)
    except IntegrityError:
        # Another clinic made the same person in the same moment: now that person is there.
        return _once(database, arrival, act)


def _once(database: Database, arrival: Arrival, act: Callable[[Connection], Answer]) -> Answer:
    with database.writing() as connection:
        take_turn(connection, arrival.source)
        before = _reserve(connection, database.clock(), arrival)
        if before is not None:
            return before
        answer = act(connection)
        connection.execute(FINISH, {**_same(arrival), "result": dict(answer)})
    return answer


def _reserve(connection: Connection, now: datetime, arrival: Arrival) -> Answer | None:
    row = {
        "source": arrival.source,
        "message_id": arrival.message,
        "received_at": now,
        "fingerprint": arrival.fingerprint,
        "trigger": arrival.trigger,
        "status": 200,
        "result": {},
    }
    if connection.execute(RESERVE[connection.dialect.name], row).first() is not None:
        return None
    known = connection.execute(KNOWN, _same(arrival)).one()
    if known.fingerprint != arrival.fingerprint:
        raise KeyReusedError
    answer: Answer = known.result
    return answer


def _same(arrival: Arrival) -> dict[str, Any]:
    return {"clinic": arrival.source, "message": arrival.message}
