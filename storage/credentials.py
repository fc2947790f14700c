"""What lets a person in, and where mails reach them: password, address, factors, log-ins, links. All end together."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.links import void_disputes
from storage.registers import ACCOUNT
from storage.second_factors import end_all
from storage.ways_in import end_ways_in


def end_credentials(connection: Connection, person: UUID, now: datetime) -> None:
    """Erase the person's password and address and end their factors, log-ins and links; again changes nothing."""
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == person)
        .values(password_hash=None, email_index=None, email_sealed=None, changed_at=now),
    )
    end_all(connection, person, now)
    end_ways_in(connection, person, now)
    void_disputes(connection, person, now)
