"""Idempotency keys: the first call with a key makes something, and every repeat is told what that was."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.outcomes import KeyReusedError
from storage.models import IDEMPOTENCY

# Built once, for every submission asks them.
_TAKE_KEY = {
    dialect: insert(IDEMPOTENCY).on_conflict_do_nothing().returning(IDEMPOTENCY.c.resource_id)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_TAKEN = sa.select(IDEMPOTENCY.c.fingerprint, IDEMPOTENCY.c.resource_id).where(
    IDEMPOTENCY.c.principal == sa.bindparam("who"),
    IDEMPOTENCY.c.route == sa.bindparam("where"),
    IDEMPOTENCY.c.key == sa.bindparam("what"),
)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A key as its caller sent it: `principal` is whose it is, `route` for what; `fingerprint` covers the body."""

    principal: str
    route: str
    key: str
    fingerprint: bytes


def reserve(connection: Connection, key: Reserved, resource: UUID, now: datetime) -> UUID | None:
    """Take the key for a new resource; return the resource that it already belongs to, if any.

    Raises:
        KeyReusedError: the key was used with another body.
    """
    mine = {
        "principal": key.principal,
        "route": key.route,
        "key": key.key,
        "fingerprint": key.fingerprint,
        "resource_id": resource,
        "created_at": now,
    }
    if connection.execute(_TAKE_KEY[connection.dialect.name], mine).first() is not None:
        return None
    row = connection.execute(_TAKEN, {"who": key.principal, "where": key.route, "what": key.key}).one()
    if row.fingerprint != key.fingerprint:
        raise KeyReusedError
    before: UUID = row.resource_id
    return before
