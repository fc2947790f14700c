"""Grants: operators are added here; those of operators and auditors are listed and revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.policy import Who
from identity.tokens import token_hash
from storage.grant_log_ins import GRANTS
from storage.grant_registers import GRANT_LOG_IN, OPERATOR


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as operators see it in their list."""

    id: UUID
    name: str
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def add_operator(
    connection: Connection,
    *,
    identifier: UUID,
    name: str,
    token: str,
    app_sealed: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store an operator's grant; of the token only its hash."""
    connection.execute(
        sa.insert(OPERATOR).values(
            id=identifier,
            name=name,
            token_hash=token_hash(token),
            app_sealed=app_sealed,
            granted_at=now,
            expires_at=expires_at,
        ),
    )


def grants(connection: Connection, kind: Who) -> Sequence[Grant]:
    """Return every grant of this kind, the newest first."""
    table = GRANTS[kind]
    rows = connection.execute(sa.select(table).order_by(table.c.granted_at.desc(), table.c.id.desc()))
    return [Grant(row.id, row.name, row.granted_at, row.expires_at, row.revoked_at) for row in rows]


def revoke(connection: Connection, kind: Who, grant: UUID, now: datetime) -> bool:
    """Revoke a grant and end its log-ins; return whether it stood until now."""
    table = GRANTS[kind]
    standing = (table.c.id == grant, table.c.revoked_at.is_(None))
    revoked = connection.execute(sa.update(table).where(*standing).values(revoked_at=now)).rowcount
    connection.execute(
        sa.update(GRANT_LOG_IN)
        .where(GRANT_LOG_IN.c.grant_id == grant, GRANT_LOG_IN.c.ended_at.is_(None))
        .values(ended_at=now),
    )
    return bool(revoked)
