"""Auditors: grants by the operator, limited to clinics and to the days on which requests were made."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import UnauthenticatedError
from identity.subject import Auditor
from identity.tokens import token_hash
from storage.registers import AUDITOR


def grant(
    connection: Connection,
    *,
    identifier: UUID,
    name: str,
    token: str,
    clinics: tuple[UUID, ...],
    first_day: date,
    last_day: date,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a grant; of the token only its hash."""
    connection.execute(
        sa.insert(AUDITOR).values(
            id=identifier,
            name=name,
            token_hash=token_hash(token),
            clinics=[str(clinic) for clinic in clinics],
            from_date=first_day,
            to_date=last_day,
            granted_at=now,
            expires_at=expires_at,
        ),
    )


def auditor_by_token(connection: Connection, token: str, now: datetime) -> Auditor:
    """Return the auditor the token was given to.

    Raises:
        UnauthenticatedError: `auditor_token` when it is unknown, expired or revoked.
    """
    row = connection.execute(
        sa.select(AUDITOR).where(
            AUDITOR.c.token_hash == token_hash(token), AUDITOR.c.revoked_at.is_(None), AUDITOR.c.expires_at > now
        ),
    ).one_or_none()
    if row is None:
        raise UnauthenticatedError("auditor_token")
    return Auditor(row.id, row.name, tuple(UUID(clinic) for clinic in row.clinics), row.from_date, row.to_date)
