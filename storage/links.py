"""Links that are mailed: derived when rendered, kept as a hash, used once, and void before their time where a newer is.

One link sets a new password; the other, mailed afterwards, disputes that.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.tokens import dispute_token, recovery_token, token_hash
from storage.models import REQUEST
from storage.recovery_registers import DISPUTE_LINK
from storage.registers import RECOVERY_LINK
from workflows.recovery import DISPUTE_LIVES, LINK_LIVES


def put_link(connection: Connection, keyring: Keyring, request: UUID, now: datetime) -> str:
    """Make the request's link valid from now on and return its token; the same request gives the same token.

    Only the person's newest link works, in whatever order their letters are written (REC-4).
    """
    token = recovery_token(keyring, request)
    _put(connection, RECOVERY_LINK, request, token, now + LINK_LIVES)
    this, newer = REQUEST.alias("this"), REQUEST.alias("newer")
    overtaken = (
        sa.select(this.c.id)
        .join(newer, newer.c.person_id == this.c.person_id)
        .join(RECOVERY_LINK, RECOVERY_LINK.c.request_id == newer.c.id)
        .where(this.c.person_id == _person_of(request), _comes_after(newer, this))
    )
    _use_up(connection, RECOVERY_LINK, RECOVERY_LINK.c.request_id.in_(overtaken), now)
    return token


def put_dispute_link(connection: Connection, keyring: Keyring, request: UUID, now: datetime) -> str:
    """Make the link valid by which this request's new password can be disputed, and return its token."""
    token = dispute_token(keyring, request)
    _put(connection, DISPUTE_LINK, request, token, now + DISPUTE_LIVES)
    return token


def link_valid(connection: Connection, request: UUID, now: datetime) -> bool:
    """Return whether the request's link would set a password now."""
    return _is_valid(connection, RECOVERY_LINK, request, now)


def dispute_valid(connection: Connection, request: UUID, now: datetime) -> bool:
    """Return whether the request's link would dispute its new password now."""
    return _is_valid(connection, DISPUTE_LINK, request, now)


def request_of_link(connection: Connection, token: str) -> UUID:
    """Return the request whose link this is, valid or not.

    Raises:
        NotFoundError: no link has this token.
    """
    return _request_of(connection, RECOVERY_LINK, token)


def request_of_dispute(connection: Connection, token: str) -> UUID:
    """Return the request that this link disputes, valid or not. Raises as `request_of_link` does."""
    return _request_of(connection, DISPUTE_LINK, token)


def void_links(connection: Connection, person: UUID, now: datetime) -> None:
    """Void every link that would set the person's password."""
    theirs = sa.select(REQUEST.c.id).where(REQUEST.c.person_id == person)
    _use_up(connection, RECOVERY_LINK, RECOVERY_LINK.c.request_id.in_(theirs), now)


def void_disputes(connection: Connection, person: UUID, now: datetime) -> None:
    """Void every link that would dispute a password of the person's."""
    theirs = sa.select(REQUEST.c.id).where(REQUEST.c.person_id == person)
    _use_up(connection, DISPUTE_LINK, DISPUTE_LINK.c.request_id.in_(theirs), now)


def _put(connection: Connection, table: sa.Table, request: UUID, token: str, expires_at: datetime) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(table)
        .values(request_id=request, token_hash=token_hash(token), expires_at=expires_at)
        .on_conflict_do_update(index_elements=[table.c.request_id], set_={"expires_at": expires_at}),
    )


def _person_of(request: UUID) -> sa.ScalarSelect[Any]:
    return sa.select(REQUEST.c.person_id).where(REQUEST.c.id == request).scalar_subquery()


def _comes_after(newer: sa.FromClause, this: sa.FromClause) -> sa.ColumnElement[bool]:
    same_moment = sa.and_(newer.c.created_at == this.c.created_at, newer.c.id > this.c.id)
    return sa.or_(newer.c.created_at > this.c.created_at, same_moment)


def _use_up(connection: Connection, table: sa.Table, which: sa.ColumnElement[bool], now: datetime) -> None:
    connection.execute(sa.update(table).where(which, table.c.used_at.is_(None)).values(used_at=now))


def _is_valid(connection: Connection, table: sa.Table, request: UUID, now: datetime) -> bool:
    valid = sa.select(table.c.request_id).where(
        table.c.request_id == request, table.c.used_at.is_(None), table.c.expires_at > now
    )
    return connection.execute(valid).first() is not None


def _request_of(connection: Connection, table: sa.Table, token: str) -> UUID:
    found: UUID | None = connection.execute(
        sa.select(table.c.request_id).where(table.c.token_hash == token_hash(token)),
    ).scalar_one_or_none()
    if found is None:
        raise NotFoundError
    return found
