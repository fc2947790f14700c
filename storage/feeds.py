"""How far each clinic's event feed has been read: the safety net under its calls."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from identity.keys import Keyring
from storage.database import Database
from storage.models import FEED
from storage.parcels import Address
from storage.registers import CLINIC
from storage.webhook_secrets import secrets_in_force


@dataclass(frozen=True, slots=True)
class Feed:
    """One clinic's feed: where it is read, and the sequence number after which to go on."""

    clinic: UUID
    to: Address
    cursor: int


class Feeds:
    """Gives each feed to one reader at a time, every so often."""

    def __init__(self, database: Database, keyring: Keyring, every: timedelta) -> None:
        self._database = database
        self._keyring = keyring
        self._every = every

    def take_turn(self) -> list[Feed]:
        """Return the feeds whose turn it is, marked as read now so that others leave them."""
        now = self._database.clock()
        late = sa.and_(CLINIC.c.id == FEED.c.clinic_id, FEED.c.read_at <= now - self._every)
        with self._database.reading() as connection:
            if connection.execute(sa.select(CLINIC.c.id).join(FEED, late).limit(1)).first() is None:
                return []
        with self._database.writing() as connection:
            taken = connection.execute(
                sa.update(FEED).where(FEED.c.read_at <= now - self._every).values(read_at=now).returning(FEED),
            ).all()
            return [self._feed(connection, row.clinic_id, row.cursor) for row in taken]

    def advance(self, clinic: UUID, cursor: int) -> None:
        """Remember how far the feed has been read; never goes back."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(FEED).where(FEED.c.clinic_id == clinic, FEED.c.cursor < cursor).values(cursor=cursor),
            )

    def _feed(self, connection: sa.Connection, clinic: UUID, cursor: int) -> Feed:
        row = connection.execute(sa.select(CLINIC.c.slug, CLINIC.c.winplc_url).where(CLINIC.c.id == clinic)).one()
        secrets = secrets_in_force(connection, self._keyring, clinic, self._database.clock())
        return Feed(clinic, Address(row.slug, row.winplc_url, secrets), cursor)
