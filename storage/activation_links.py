"""The single-use link of an enrolment: made valid when its letter is written, used once, kept as a hash."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.tokens import activation_token, token_hash
from storage.columns import METADATA, UtcDateTime, optional, required
from storage.models import REQUEST
from workflows.enrolment import LINK_LIVES

ACTIVATION_LINK = sa.Table(
    "activation_link",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("expires_at", UtcDateTime),
    optional("used_at", UtcDateTime),
)


def put_link(connection: Connection, keyring: Keyring, request: UUID, now: datetime) -> str:
    """Make the request's link valid from now on and return its token; the same request gives the same token."""
    token = activation_token(keyring, request)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(ACTIVATION_LINK)
        .values(request_id=request, token_hash=token_hash(token), expires_at=now + LINK_LIVES)
        .on_conflict_do_update(index_elements=[ACTIVATION_LINK.c.request_id], set_={"expires_at": now + LINK_LIVES}),
    )
    return token


def void_link(connection: Connection, keyring: Keyring, request: UUID, now: datetime) -> None:
    """Make the request's link one that never works, also where its letter is still to be written."""
    put_link(connection, keyring, request, now)
    use_up(connection, request, now)


def holds(connection: Connection, request: UUID, now: datetime) -> bool:
    """Return whether the request's link can be used now."""
    link = sa.select(ACTIVATION_LINK.c.request_id).where(
        ACTIVATION_LINK.c.request_id == request,
        ACTIVATION_LINK.c.used_at.is_(None),
        ACTIVATION_LINK.c.expires_at > now,
    )
    return connection.execute(link).first() is not None


def is_void(connection: Connection, request: UUID) -> bool:
    """Return whether the request's link will never work, or not again."""
    used = (ACTIVATION_LINK.c.request_id == request, ACTIVATION_LINK.c.used_at.is_not(None))
    return connection.execute(sa.select(ACTIVATION_LINK.c.request_id).where(*used)).first() is not None


def use_up(connection: Connection, request: UUID, now: datetime) -> None:
    """Note that the request's link has been used, if it had one."""
    connection.execute(
        sa.update(ACTIVATION_LINK).where(ACTIVATION_LINK.c.request_id == request).values(used_at=now),
    )


def void_activations(connection: Connection, person: UUID, now: datetime) -> None:
    """Void every link that would make the person a user."""
    theirs = sa.select(REQUEST.c.id).where(REQUEST.c.person_id == person)
    connection.execute(
        sa.update(ACTIVATION_LINK)
        .where(ACTIVATION_LINK.c.request_id.in_(theirs), ACTIVATION_LINK.c.used_at.is_(None))
        .values(used_at=now),
    )
