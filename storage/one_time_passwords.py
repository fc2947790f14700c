"""Passwords that staff give a patient in person: each opens one log-in, in which another must be chosen (ACC-16)."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import NotFoundError
from storage.effects import mail_row, owed
from storage.registers import ACCOUNT, LOG_IN, LOG_IN_ATTEMPT, MEMBERSHIP
from storage.scope import concerns
from storage.second_factors import tell
from storage.together import write_together
from storage.ways_in import confirm, end_ways_in

LIVES = timedelta(days=7)
REPLACED = "password_replaced"
"""The letter that tells of a password given or chosen."""


@concerns("person")
def give(
    connection: Connection, new_id: NewId, *, clinic: UUID, person: UUID, by: str, password_hash: str, now: datetime
) -> datetime:
    """Put a one-time password in place of the patient's own and return until when it opens a log-in.

    Whoever hands it over has made sure who the patient is, so the clinic keeps nothing back any more; second factors
    stay, and all else that lets in ends. What other clinics hold back they go on holding back. The letter is the
    clinic's own, for it names whom to phone.

    Raises:
        NotFoundError: the person is no patient of the clinic whom it marked as having no MitID.
    """
    marked = sa.select(MEMBERSHIP.c.person_id).where(
        MEMBERSHIP.c.person_id == person,
        MEMBERSHIP.c.clinic_id == clinic,
        MEMBERSHIP.c.mitid_exempt,
        MEMBERSHIP.c.until.is_(None),
    )
    if connection.execute(marked).first() is None:
        raise NotFoundError
    until = now + LIVES
    _set(connection, person, password_hash, until, now)
    end_ways_in(connection, person, now)
    confirm(connection, person, clinic, by, now)
    letter = mail_row(identifier=new_id(), clinic=clinic, letter=REPLACED, subject=person, now=now)
    write_together(connection, [owed(letter)], waking=True)
    return until


@concerns("person")
def use_up(connection: Connection, person: UUID) -> bool:
    """Let a one-time password that lets somebody in open nothing more; a password of one's own stays.

    False where it has let somebody in already: of two log-ins that began at the same moment one succeeds.
    """
    given = (ACCOUNT.c.person_id == person, ACCOUNT.c.one_time_until.is_not(None))
    unused = sa.update(ACCOUNT).where(*given, ACCOUNT.c.password_hash.is_not(None))
    if connection.execute(unused.values(password_hash=None)).rowcount:
        return True
    return connection.execute(sa.select(ACCOUNT.c.person_id).where(*given)).first() is None


def choose(
    connection: Connection, new_id: NewId, *, person: UUID, log_in: UUID, password_hash: str, now: datetime
) -> None:
    """Set the password that its owner has chosen; every log-in but this one ends, and so does every open attempt."""
    _set(connection, person, password_hash, None, now)
    standing = (LOG_IN.c.person_id == person, LOG_IN.c.id != log_in, LOG_IN.c.ended_at.is_(None))
    connection.execute(sa.update(LOG_IN).where(*standing).values(ended_at=now))
    begun = (LOG_IN_ATTEMPT.c.person_id == person, LOG_IN_ATTEMPT.c.ended_at.is_(None))
    connection.execute(sa.update(LOG_IN_ATTEMPT).where(*begun).values(ended_at=now))
    tell(connection, new_id, person, REPLACED, now)


def _set(connection: Connection, person: UUID, password_hash: str, until: datetime | None, now: datetime) -> None:
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == person)
        .values(password_hash=password_hash, one_time_until=until, changed_at=now),
    )
