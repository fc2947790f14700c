"""A person's log-ins that stand: looked at, and ended by the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import NotFoundError
from storage.recognition import IDLE
from storage.registers import API_CLIENT, LOG_IN


@dataclass(frozen=True, slots=True)
class StandingLogIn:
    """One log-in: how it was made, by which API client's name, and until when it stands if it is used."""

    id: UUID
    channel: str
    client: str | None
    auth: str
    loa: str | None
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


class StandingLogIns:
    """The log-ins of one person that stand at `now`."""

    def __init__(self, connection: Connection, person: UUID, now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._within = sa.and_(
            LOG_IN.c.person_id == person,
            LOG_IN.c.ends_at > now,
            LOG_IN.c.seen_at > now - IDLE,
            LOG_IN.c.ended_at.is_(None),
        )

    def page(self, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[StandingLogIn]:
        """Return those that come after a position (end, id), the one that ends last first."""
        query = self._query().order_by(LOG_IN.c.ends_at.desc(), LOG_IN.c.id.desc()).limit(limit)
        if after is not None:
            ends_at, identifier = after
            older = sa.and_(LOG_IN.c.ends_at == ends_at, LOG_IN.c.id < identifier)
            query = query.where(sa.or_(LOG_IN.c.ends_at < ends_at, older))
        return [_found(row) for row in self._connection.execute(query)]

    def one(self, log_in: UUID) -> StandingLogIn:
        """Return one of them.

        Raises:
            NotFoundError: it is not there, not this person's, or over.
        """
        row = self._connection.execute(self._query().where(LOG_IN.c.id == log_in)).one_or_none()
        if row is None:
            raise NotFoundError
        return _found(row)

    def end(self, log_in: UUID) -> None:
        """End one of them.

        Raises:
            NotFoundError: as `one`.
        """
        if not self._end(LOG_IN.c.id == log_in):
            raise NotFoundError

    def end_others(self, than: UUID) -> None:
        """End all but one."""
        self._end(LOG_IN.c.id != than)

    def _end(self, which: sa.ColumnElement[bool]) -> int:
        ended = sa.update(LOG_IN).where(self._within, which).values(ended_at=self._now)
        return self._connection.execute(ended).rowcount

    def _query(self) -> sa.Select[Any]:
        columns = (LOG_IN, API_CLIENT.c.name.label("client"))
        return sa.select(*columns).outerjoin(API_CLIENT, API_CLIENT.c.id == LOG_IN.c.client_id).where(self._within)


def _found(row: Any) -> StandingLogIn:
    return StandingLogIn(
        id=row.id,
        channel=row.channel,
        client=row.client,
        auth=row.auth,
        loa=row.loa,
        created_at=row.created_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
    )
