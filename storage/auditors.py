"""Auditors: grants by the operator, limited to clinics and to the days on which requests were made."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.subject import Auditor
from identity.tokens import token_hash
from storage.grant_registers import AUDITOR


def grant(
    connection: Connection,
    *,
    identifier: UUID,
    name: str,
    token: str,
    app_sealed: bytes,
    clinics: tuple[UUID, ...],
    first_day: date,
    last_day: date,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Store a grant; of the token only its hash, of the app's secret only what is sealed."""
    connection.execute(
        sa.insert(AUDITOR).values(
            id=identifier,
            name=name,
            token_hash=token_hash(token),
            app_sealed=app_sealed,
            clinics=[str(clinic) for clinic in clinics],
            from_date=first_day,
            to_date=last_day,
            granted_at=now,
            expires_at=expires_at,
        ),
    )


def auditor_of(row: Any) -> Auditor:
    """Return the auditor of a row of the grants."""
    clinics = tuple(UUID(clinic) for clinic in row.clinics)
    return Auditor(row.id, row.name, clinics, row.from_date, row.to_date)
