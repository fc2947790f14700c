"""The outbox rows of text messages: one beside or in the place of a mail, and the mail again where it fails."""

from datetime import datetime
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.effects import DESTINATIONS
from storage.models import OUTBOX, REQUEST
from storage.outbox import Work
from workflows.vocabulary import Do

BY_SMS = "by_sms"
"""How a mail ends that a text message goes in the place of."""

_COPIED = ("history_id", "request_id", "subject_id", "clinic_id", "n", "letter")
_FRESH = {"state": "due", "attempts": 0, "crashes": 0, "intent": 0}


def owe_text(connection: Connection, mail: Work, now: datetime) -> None:
    """Owe the text message of a mail's letter; its id follows from the mail's, so that a repeat would be found."""
    fresh = {"id": uuid5(mail.id, BY_SMS), "effect": Do.SMS.value, "destination": DESTINATIONS[Do.SMS], **_FRESH}
    fresh |= {"next_at": now, "created_at": now}
    chosen = sa.select(
        *(OUTBOX.c[name] for name in _COPIED),
        *(sa.literal(value, OUTBOX.c[name].type).label(name) for name, value in fresh.items()),
    ).where(OUTBOX.c.id == mail.id)
    connection.execute(sa.insert(OUTBOX).from_select([*_COPIED, *fresh], chosen))


def mail_instead(connection: Connection, text: Work, now: datetime) -> bool:
    """Let the mail go after all that a text message was to stand for; False where there is none such."""
    stood_for = (OUTBOX.c.history_id == text.history, OUTBOX.c.effect == Do.MAIL.value, OUTBOX.c.outcome == BY_SMS)
    again = {"state": "due", "outcome": None, "next_at": now, "settled_at": None}
    again |= {"lease_by": None, "lease_until": None, "offered_until": None}
    return connection.execute(sa.update(OUTBOX).where(*stood_for).values(again)).rowcount == 1


def has_text(connection: Connection, mail: UUID) -> bool:
    """Return whether a text message was owed beside this mail or in its place before."""
    return connection.execute(sa.select(OUTBOX.c.id).where(OUTBOX.c.id == uuid5(mail, BY_SMS))).first() is not None


def is_covered(connection: Connection, row: UUID, person: UUID, clinic: UUID, letter: str, made: datetime) -> bool:
    """Return whether an equal letter went to the person from the clinic after this one was made: it said the same."""
    went = (
        sa.select(OUTBOX.c.id)
        .join(REQUEST, REQUEST.c.id == OUTBOX.c.request_id)
        .where(
            REQUEST.c.person_id == person,
            OUTBOX.c.clinic_id == clinic,
            OUTBOX.c.letter == letter,
            OUTBOX.c.outcome.in_(("sent", BY_SMS)),
            OUTBOX.c.settled_at >= made,
            OUTBOX.c.id != row,
        )
    )
    return connection.execute(went.limit(1)).first() is not None
