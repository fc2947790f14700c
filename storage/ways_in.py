"""Shutting and opening a person's ways in: what a new password, a dispute, a new address and a confirmation share."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.calendar_feeds import end_feed
from storage.holds import lift
from storage.links import void_disputes, void_links
from storage.registers import ACCOUNT, LOG_IN, LOG_IN_ATTEMPT
from storage.scope import concerns


@concerns("person")
def end_ways_in(connection: Connection, person: UUID, now: datetime) -> None:
    """End every log-in, void every mailed code and every link to a new password; second factors stay."""
    for table in (LOG_IN, LOG_IN_ATTEMPT):
        connection.execute(
            sa.update(table).where(table.c.person_id == person, table.c.ended_at.is_(None)).values(ended_at=now),
        )
    void_links(connection, person, now)
    end_feed(connection, person)


@concerns("person")
def confirm(connection: Connection, person: UUID, clinic: UUID | None, by: str, now: datetime) -> None:
    """Take the person as confirmed: their password may be used and set again, and the clinic's content is theirs again.

    Without a clinic, as where MitID has confirmed them, every clinic's is. Again changes nothing.
    """
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.person_id == person).values(locked_at=None))
    void_disputes(connection, person, now)
    lift(connection, person, clinic, by, now)
