"""Log-ins of auditors and operators: given for a grant's token and a code of its app; neither alone opens a door."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.authenticator import step_of
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import UnauthenticatedError
from identity.policy import Who
from identity.subject import Auditor, Operator
from identity.tokens import new_token, token_hash
from storage.access import Seen, note
from storage.auditors import auditor_of
from storage.database import Database
from storage.grant_registers import AUDITOR, GRANT_LOG_IN, OPERATOR
from storage.log_ins import LONGEST, Token
from storage.recognition import IDLE
from storage.scope import IDENTITY, within
from storage.throttles import count_up

TRIES, TRIES_WINDOW = 10, timedelta(minutes=15)
_TOUCH_EVERY = timedelta(minutes=1)
GRANTS: Mapping[Who, sa.Table] = {Who.AUDITOR: AUDITOR, Who.OPERATOR: OPERATOR}


def app_place(kind: Who, grant: UUID) -> str:
    """Return the place for which a grant's app secret is sealed."""
    return f"{kind}.app_sealed:{grant}"


class GrantLogIns:
    """Begins, recognises and ends log-ins of one kind of grant."""

    def __init__(self, kind: Who, database: Database, keyring: Keyring, new_id: NewId) -> None:
        self._kind, self._grants = kind, GRANTS[kind]
        self._database = database
        self._keyring = keyring
        self._new_id = new_id

    def begin(self, grant_token: str, code: str, corr: str) -> Token:
        """Return a log-in for a grant's token and a code of its app; each code is taken once.

        Raises:
            UnauthenticatedError: `grant_wrong` whichever of the two was wrong, or after ten tries in 15 minutes.
        """
        now, token = self._database.clock(), None
        with self._database.writing() as connection:
            row = connection.execute(sa.select(self._grants).where(*self._stands(grant_token, now))).one_or_none()
            if row is not None:
                token = self._entered(connection, row.id, now) if self._fits(connection, row, code, now) else None
                self._note(connection, row.id, "refused" if token is None else "ok", corr)
        if token is None:
            raise UnauthenticatedError("grant_wrong")
        return token

    def who(self, token: str) -> Auditor | Operator:
        """Return who holds the log-in, and keep it alive.

        Raises:
            UnauthenticatedError: `log_in_ended` when it is unknown, idle too long, too old or ended, as with its grant.
        """
        now, grants = self._database.clock(), self._grants
        held = (
            sa.select(grants, GRANT_LOG_IN.c.id.label("log_in"), GRANT_LOG_IN.c.seen_at)
            .join(grants, grants.c.id == GRANT_LOG_IN.c.grant_id)
            .where(
                GRANT_LOG_IN.c.token_hash == token_hash(token),
                GRANT_LOG_IN.c.kind == self._kind,
                GRANT_LOG_IN.c.ended_at.is_(None),
                GRANT_LOG_IN.c.ends_at > now,
                GRANT_LOG_IN.c.seen_at > now - IDLE,
                grants.c.revoked_at.is_(None),
                grants.c.expires_at > now,
            )
        )
        with self._database.reading() as connection:
            row = connection.execute(held).one_or_none()
        if row is None:
            raise UnauthenticatedError("log_in_ended")
        if now - row.seen_at >= _TOUCH_EVERY:
            with self._database.writing() as connection:
                connection.execute(sa.update(GRANT_LOG_IN).where(GRANT_LOG_IN.c.id == row.log_in).values(seen_at=now))
        return auditor_of(row) if self._kind is Who.AUDITOR else Operator(row.id, row.name)

    def end(self, token: str) -> None:
        """End the log-in with this token; again changes nothing."""
        with within(IDENTITY), self._database.writing() as connection:
            connection.execute(
                sa.update(GRANT_LOG_IN)
                .where(GRANT_LOG_IN.c.token_hash == token_hash(token), GRANT_LOG_IN.c.ended_at.is_(None))
                .values(ended_at=self._database.clock()),
            )

    def _stands(self, grant_token: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
        grants = self._grants
        known = grants.c.token_hash == token_hash(grant_token)
        return known, grants.c.revoked_at.is_(None), grants.c.expires_at > now, grants.c.app_sealed.is_not(None)

    def _fits(self, connection: Connection, row: Any, code: str, now: datetime) -> bool:
        """Use the code up if it is one of the grant's app; of two who show it at once one is right."""
        if count_up(connection, f"grant-code:{row.id}", now, TRIES_WINDOW) > TRIES:
            return False
        secret = self._keyring.open(row.app_sealed, app_place(self._kind, row.id)).decode()
        step = step_of(secret, code, now, row.app_step)
        if step is None:
            return False
        grants = self._grants
        still_new = (grants.c.id == row.id, grants.c.app_step < step)
        return connection.execute(sa.update(grants).where(*still_new).values(app_step=step)).rowcount == 1

    def _entered(self, connection: Connection, grant: UUID, now: datetime) -> Token:
        token = new_token()
        connection.execute(
            sa.insert(GRANT_LOG_IN).values(
                id=self._new_id(),
                kind=self._kind,
                grant_id=grant,
                token_hash=token_hash(token),
                created_at=now,
                seen_at=now,
                ends_at=now + LONGEST,
            ),
        )
        return Token(token, int(IDLE.total_seconds()))

    def _note(self, connection: Connection, grant: UUID, outcome: str, corr: str) -> None:
        seen = Seen(self._kind, f"{self._kind}.session.begin", outcome, actor=str(grant), purpose="log-in", corr=corr)
        note(connection, self._new_id(), self._database.clock(), seen)
