"""A letter that came back: the row it was, the request it told of, and the clinic's list.

The address to which a letter comes back names its outbox row and proves that the portal wrote it: whoever makes up such
an address moves nothing.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.history import SYSTEM, Cause
from storage.ledger import Ledger, Said
from storage.models import HISTORY, OUTBOX
from storage.not_reached import miss
from storage.standing import Standing, lock
from workflows.delivery import Failure
from workflows.vocabulary import NotApplicableError, State

_PROOF = 16  # hexadecimal digits: an address has room for no more, and there is no guessing at them by mail
_TAKEN = ("sent", "unknown")


class Came(StrEnum):
    """What a report of a bounce led to."""

    NOTED = "noted"
    KNOWN = "known_already"
    NOBODYS = "unknown_letter"
    TOO_SOON = "not_sent_yet"


@dataclass(frozen=True, slots=True)
class _Letter:
    """The outbox row of a letter, and whether it is the newest that tells of the request's answer."""

    id: UUID
    clinic: UUID
    request: UUID | None
    name: str
    outcome: str | None
    tells: bool


def return_key(keyring: Keyring, row: UUID) -> str:
    """Return what the envelope sender of a letter holds: the row's id and the proof that it is ours."""
    return f"{row}-{_proof(keyring, row)}"


def row_of(keyring: Keyring, key: str) -> UUID | None:
    """Return the row that such a key names, or None where it is not ours."""
    name, _, proof = key.lower().rpartition("-")
    try:
        row = UUID(name)
    except ValueError:
        return None
    return row if hmac.compare_digest(proof.encode(), _proof(keyring, row).encode()) else None


def _proof(keyring: Keyring, row: UUID) -> str:
    return keyring.keyed("bounce", row.bytes).hex()[:_PROOF]


def come_back(connection: Connection, ledger: Ledger, row: UUID) -> Came:
    """Note that a letter came back: once, however often it is reported."""
    letter = _letter(connection, row)
    if letter is None:
        return Came.NOBODYS
    standing = None if letter.request is None else lock(connection, ledger.keyring, letter.request)
    if letter.outcome == "bounced":
        return Came.KNOWN
    if letter.outcome not in _TAKEN:
        return Came.TOO_SOON
    returned = sa.update(OUTBOX).where(OUTBOX.c.id == row, OUTBOX.c.outcome.in_(_TAKEN)).values(outcome="bounced")
    if connection.execute(returned).rowcount == 0:
        return Came.KNOWN
    if standing is not None:
        _follow(connection, ledger, standing, letter)
    return Came.NOTED


def _follow(connection: Connection, ledger: Ledger, standing: Standing, letter: _Letter) -> None:
    """Put the request on the clinic's list, and let it be unreachable where this was the letter of its answer."""
    now = max(ledger.clock(), standing.changed_at)
    miss(
        connection,
        letter.id,
        clinic=standing.clinic.id,
        request=standing.id,
        reason="bounced",
        letter=letter.name,
        now=now,
    )
    trigger = "bounced" if letter.tells and standing.state is State.NOTIFIED else "not_reached"
    said = Said(Failure(reason="bounced"))
    try:
        ledger.advance_locked(connection, standing, trigger, said, SYSTEM, Cause("bounce", str(letter.id)))
    except NotApplicableError:
        return


def _letter(connection: Connection, row: UUID) -> _Letter | None:
    newer = OUTBOX.alias("newer")
    later = sa.exists().where(
        newer.c.request_id == OUTBOX.c.request_id, newer.c.destination == "mail", newer.c.n > OUTBOX.c.n
    )
    query = (
        sa.select(OUTBOX, HISTORY.c.to_state, later.label("later"))
        .outerjoin(HISTORY, HISTORY.c.id == OUTBOX.c.history_id)
        .where(OUTBOX.c.id == row, OUTBOX.c.destination == "mail")
    )
    found: Any = connection.execute(query).one_or_none()
    if found is None:
        return None
    tells = found.to_state == State.ANSWERED.value and not found.later
    return _Letter(found.id, found.clinic_id, found.request_id, found.letter or "", found.outcome, tells)
