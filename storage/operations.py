"""What operators do: add a clinic, rotate its secret, resend what was undeliverable, count what is owed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.slugs import is_slug
from identity.webhooks import new_secret
from storage import versions
from storage.history import Actor, Cause
from storage.ledger import Ledger, Recorded, Said
from storage.models import FEED, OUTBOX, REQUEST
from storage.registers import CLINIC
from storage.scope import at_clinic
from storage.sealing import create_key
from storage.webhook_secrets import add_secret, clinic_id, retire_secrets
from workflows.clinic_settings import ClinicSettings
from workflows.vocabulary import Refusal, Role

OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Owed:
    """What the outbox holds: rows due, rows parked, and how long the oldest due row has waited past its time."""

    due: int
    parked: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Parked:
    """What is set aside: a row, its request if it is about one, its clinic, the effect, the last error, since when."""

    id: UUID
    request: UUID | None
    clinic: str
    effect: str
    error: str | None
    since: datetime


def add_clinic(
    connection: Connection,
    keyring: Keyring,
    new_id: NewId,
    *,
    slug: str,
    settings: ClinicSettings,
    winplc_url: str,
    secret: str | None,
    now: datetime,
) -> str | None:
    """Add a clinic and return its new webhook secret, shown this once; None when the clinic exists already.

    Raises:
        ValueError: no clinic can be called this.
    """
    if not is_slug(slug):
        raise ValueError(slug)
    if clinic_id(connection, slug) is not None:
        return None
    clinic, key_id, shown = new_id(), new_id(), secret or new_secret()
    connection.execute(
        sa.insert(CLINIC).values(id=clinic, slug=slug, key_id=key_id, winplc_url=winplc_url, created_at=now),
    )
    create_key(connection, keyring, key_id, now, clinic=clinic)
    add_secret(connection, keyring, new_id(), clinic, shown, now)
    versions.put(connection, clinic=clinic, topic="settings", decided=settings, by="operator", at=now)
    connection.execute(sa.insert(FEED).values(clinic_id=clinic, cursor=0, read_at=now))
    return shown


def rotate_secret(connection: Connection, keyring: Keyring, new_id: NewId, slug: str, now: datetime) -> str:
    """Put a new secret in force and return it; the old ones hold for a week more.

    Raises:
        NotFoundError: there is no such clinic.
    """
    clinic = clinic_id(connection, slug)
    if clinic is None:
        raise NotFoundError
    retire_secrets(connection, clinic, now, OVERLAP)
    secret = new_secret()
    add_secret(connection, keyring, new_id(), clinic, secret, now)
    return secret


def resend(
    connection: Connection, ledger: Ledger, request: UUID, operator: str, auth: str = "command-line"
) -> Recorded | Refusal:
    """Send an undeliverable request once more; `auth` is how the operator was known.

    Raises:
        NotFoundError: there is no such request.
        NotApplicableError: it is not undeliverable.
    """
    owed_at = sa.select(OUTBOX.c.clinic_id).where(OUTBOX.c.request_id == request).limit(1)
    clinic = connection.execute(owed_at).scalar_one_or_none()
    if clinic is None:
        raise NotFoundError
    actor = Actor(Role.OPERATOR, "operator", id=operator, auth=auth, purpose="operation")
    with at_clinic(clinic):
        return ledger.advance(connection, request, "resend", Said(), actor, Cause("operator", operator))


def owed(connection: Connection, now: datetime) -> Owed:
    """Return what the outbox holds now."""
    row = connection.execute(
        sa.select(
            sa.func.count().filter(OUTBOX.c.state == "due"),
            sa.func.count().filter(OUTBOX.c.state == "parked"),
            sa.func.min(OUTBOX.c.next_at).filter(OUTBOX.c.state == "due"),
        ).where(OUTBOX.c.state.in_(("due", "parked"))),
    ).one()
    oldest = row[2] or now
    return Owed(row[0], row[1], max(0.0, (now - oldest).total_seconds()))


def count_requests(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many requests there are, by (kind, state)."""
    rows = connection.execute(
        sa.select(REQUEST.c.kind, REQUEST.c.state, sa.func.count()).group_by(REQUEST.c.kind, REQUEST.c.state),
    )
    return {(kind, state): number for kind, state, number in rows}


def parked(connection: Connection, limit: int) -> list[Parked]:
    """Return what is set aside, the oldest first."""
    rows = connection.execute(
        sa.select(OUTBOX, CLINIC.c.slug)
        .join(CLINIC, CLINIC.c.id == OUTBOX.c.clinic_id)
        .where(OUTBOX.c.state == "parked")
        .order_by(OUTBOX.c.settled_at, OUTBOX.c.id)
        .limit(limit),
    )
    return [Parked(row.id, row.request_id, row.slug, row.effect, row.error, row.settled_at) for row in rows]


def parked_request(connection: Connection, row: UUID) -> UUID:
    """Return the request that a parked row is about.

    Raises:
        NotFoundError: no such row is parked, or it is about no request.
    """
    request = sa.select(OUTBOX.c.request_id).where(OUTBOX.c.id == row, OUTBOX.c.state == "parked")
    found: UUID | None = connection.execute(request).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
