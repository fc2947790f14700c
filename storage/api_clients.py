"""API clients: programs that ask for patients, each with a key of its own, a channel and scopes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import NotFoundError, UnauthenticatedError
from identity.subject import ApiClient
from identity.tokens import new_token, token_hash
from storage.registers import API_CLIENT, LOG_IN

_BY_KEY = sa.select(API_CLIENT).where(API_CLIENT.c.key_hash == sa.bindparam("key"), API_CLIENT.c.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class Listed:
    """A client as operators see it."""

    client: ApiClient
    created_at: datetime
    revoked_at: datetime | None


def add(
    connection: Connection, new_id: NewId, *, name: str, channel: str, scopes: Sequence[str], now: datetime
) -> str | None:
    """Store a client and return its key, shown this once; None when the name is taken. Only the key's hash is kept."""
    if connection.execute(sa.select(API_CLIENT.c.id).where(API_CLIENT.c.name == name)).first() is not None:
        return None
    key = new_token()
    connection.execute(
        sa.insert(API_CLIENT).values(
            id=new_id(),
            name=name,
            channel=channel,
            key_hash=token_hash(key),
            scopes=sorted(set(scopes)),
            created_at=now,
        ),
    )
    return key


def client_by_key(connection: Connection, key: str) -> ApiClient:
    """Return the client that was given the key.

    Raises:
        UnauthenticatedError: `client_key` when it is unknown or revoked.
    """
    row = connection.execute(_BY_KEY, {"key": token_hash(key)}).one_or_none()
    if row is None:
        raise UnauthenticatedError("client_key")
    return _client(row)


def clients(connection: Connection) -> Sequence[Listed]:
    """Return every client, revoked ones too, by name."""
    rows = connection.execute(sa.select(API_CLIENT).order_by(API_CLIENT.c.name))
    return [Listed(_client(row), row.created_at, row.revoked_at) for row in rows]


def revoke(connection: Connection, name: str, now: datetime) -> None:
    """End a client's key and every log-in that it made; again changes nothing.

    Raises:
        NotFoundError: there is no such client.
    """
    client = connection.execute(sa.select(API_CLIENT.c.id).where(API_CLIENT.c.name == name)).scalar_one_or_none()
    if client is None:
        raise NotFoundError
    ended = sa.update(LOG_IN).where(LOG_IN.c.client_id == client, LOG_IN.c.ended_at.is_(None))
    connection.execute(ended.values(ended_at=now))
    revoked = sa.update(API_CLIENT).where(API_CLIENT.c.id == client, API_CLIENT.c.revoked_at.is_(None))
    connection.execute(revoked.values(revoked_at=now))


def _client(row: Any) -> ApiClient:
    return ApiClient(row.id, row.name, row.channel, frozenset(row.scopes))
