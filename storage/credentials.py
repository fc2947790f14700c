"""What lets a person in, and where mails reach them: password, address, factors, log-ins, links. All end together."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.activation_links import void_activations
from storage.factor_registers import SECOND_FACTOR
from storage.identity_registers import FEDERATED_IDENTITY
from storage.links import void_disputes
from storage.notice_registers import NOTICE_WISH
from storage.people import ids_of
from storage.registers import ACCOUNT, LOG_IN
from storage.scope import concerning, concerns
from storage.second_factors import end_all
from storage.visit_registers import VISIT_PREFERENCE
from storage.ways_in import end_ways_in

ROWS_OF_WAYS_IN = (FEDERATED_IDENTITY, SECOND_FACTOR, LOG_IN, NOTICE_WISH, VISIT_PREFERENCE)
"""The tables whose rows about a person who leaves are removed; `end_ways_in` removes a calendar's address."""


@concerns("person")
def end_credentials(connection: Connection, person: UUID, now: datetime) -> None:
    """Erase the person's password and address and end their factors, log-ins and links; again changes nothing."""
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == person)
        .values(password_hash=None, one_time_until=None, email_index=None, email_sealed=None, changed_at=now),
    )
    end_all(connection, person, now)
    end_ways_in(connection, person, now)
    void_disputes(connection, person, now)
    void_activations(connection, person, now)


def erase_credentials(connection: Connection, person: UUID, now: datetime) -> None:
    """End them and remove their rows: not even when the person logged in is known afterwards."""
    for each in ids_of(connection, person):
        end_credentials(connection, each, now)
        with concerning(each):
            for table in ROWS_OF_WAYS_IN:
                connection.execute(sa.delete(table).where(table.c.person_id == each))
