"""The access log: who read, tried, was refused. Rows are added and read; nothing changes or removes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.registers import ACCESS


@dataclass(frozen=True, slots=True)
class Seen:
    """One row: an actor (an internal id or staff key, never a name), the act, and how it went."""

    actor_kind: str
    act: str
    outcome: str
    actor: str | None = None
    clinic: UUID | None = None
    request: UUID | None = None
    purpose: str | None = None
    corr: str | None = None
    net: str | None = None


def note(connection: Connection, identifier: UUID, at: datetime, seen: Seen) -> None:
    """Add one row, in the transaction of the act itself."""
    connection.execute(
        sa.insert(ACCESS).values(
            id=identifier,
            at=at,
            actor_kind=seen.actor_kind,
            actor=seen.actor,
            clinic_id=seen.clinic,
            request_id=seen.request,
            act=seen.act,
            outcome=seen.outcome,
            purpose=seen.purpose,
            corr=seen.corr,
            net=seen.net,
        ),
    )


def accesses_of(connection: Connection, request: UUID, limit: int) -> Sequence[Any]:
    """Return the newest rows that concern one request, newest first."""
    return connection.execute(
        sa.select(ACCESS)
        .where(ACCESS.c.request_id == request)
        .order_by(ACCESS.c.at.desc(), ACCESS.c.id.desc())
        .limit(limit),
    ).all()
