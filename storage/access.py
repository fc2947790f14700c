"""The access log: who read, tried, was refused. Rows are added and read; nothing changes or removes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.models import REQUEST
from storage.registers import ACCESS, CLINIC
from storage.scope import concerning


@dataclass(frozen=True, slots=True)
class Seen:
    """One row: an actor (an internal id or staff key, never a name), the act, why, and how it went.

    `person` is whom it concerned, `role` what staff are at the clinic, `net` a keyed hash of the caller's address.
    """

    actor_kind: str
    act: str
    outcome: str
    actor: str | None = None
    clinic: UUID | None = None
    request: UUID | None = None
    purpose: str | None = None
    corr: str | None = None
    net: str | None = None
    person: UUID | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a call came from: its id, and a keyed hash of the caller's address."""

    corr: str | None = None
    net: str | None = None


NOWHERE = Source()


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
            person_id=seen.person,
            role=seen.role,
        ),
    )


def accesses_about(
    connection: Connection, people: Sequence[UUID], after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Any]:
    """Return one page of the rows that concern a person, under any of their ids, or one of their requests.

    Newest first; `after` is the (at, id) of the last row of the page before. Each has the clinic's `slug`, if any.
    """
    own = sa.select(REQUEST.c.id).where(REQUEST.c.person_id.in_(people))
    ways = (ACCESS.c.person_id.in_(people), ACCESS.c.request_id.in_(own))
    found = sa.union(*(sa.select(_newest(way, after, limit).subquery()) for way in ways)).subquery()
    page = (
        sa.select(found, CLINIC.c.slug)
        .outerjoin(CLINIC, CLINIC.c.id == found.c.clinic_id)
        .order_by(found.c.at.desc(), found.c.id.desc())
        .limit(limit)
    )
    with concerning(*people):
        return connection.execute(page).all()


def _newest(way: sa.ColumnElement[bool], after: tuple[datetime, UUID] | None, limit: int) -> sa.Select[Any]:
    query = sa.select(ACCESS).where(way).order_by(ACCESS.c.at.desc(), ACCESS.c.id.desc()).limit(limit)
    if after is None:
        return query
    at, identifier = after
    return query.where(sa.or_(ACCESS.c.at < at, sa.and_(ACCESS.c.at == at, ACCESS.c.id < identifier)))


def accesses_of(connection: Connection, request: UUID, limit: int) -> Sequence[Any]:
    """Return the newest rows that concern one request, newest first."""
    return connection.execute(
        sa.select(ACCESS)
        .where(ACCESS.c.request_id == request)
        .order_by(ACCESS.c.at.desc(), ACCESS.c.id.desc())
        .limit(limit),
    ).all()
