"""Whose log-in a token is: one look for every call of a patient, the API client that made it included."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import UnauthenticatedError
from identity.subject import MAILBOX_ONLY, MITID, Patient
from identity.tokens import token_hash
from storage.holds import IN_FORCE, holds_of
from storage.recovery_registers import CONTENT_HOLD
from storage.registers import ACCOUNT, API_CLIENT, LOG_IN
from workflows.channels import PORTAL

IDLE = timedelta(minutes=30)
_TOUCH_EVERY = timedelta(minutes=1)

# Built once, for every call of a patient asks it.
_HELD = sa.exists().where(CONTENT_HOLD.c.person_id == LOG_IN.c.person_id, IN_FORCE).label("held")
_GIVEN = sa.exists().where(ACCOUNT.c.person_id == LOG_IN.c.person_id, ACCOUNT.c.one_time_until.is_not(None))
_WHO = (
    sa.select(LOG_IN, _HELD, _GIVEN.label("given"), API_CLIENT.c.key_hash, API_CLIENT.c.scopes, API_CLIENT.c.revoked_at)
    .outerjoin(API_CLIENT, API_CLIENT.c.id == LOG_IN.c.client_id)
    .where(LOG_IN.c.token_hash == sa.bindparam("token"), LOG_IN.c.ended_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """Who it is, and whether it is time to note that the log-in is in use."""

    patient: Patient
    is_stale: bool


def recognise(connection: Connection, token: str, key: str | None, *, by_cookie: bool, now: datetime) -> Recognised:
    """Return who the token stands for. `key` is an API client's, if one was shown.

    Raises:
        UnauthenticatedError: `log_in_ended` when it is unknown, idle too long, too old, ended, or held in the other
            way; `client_key` when the key is not that of the client that made it.
    """
    row = connection.execute(_WHO, {"token": token_hash(token), "hold_now": now}).one_or_none()
    if row is None or _is_over(row, now) or by_cookie is not (row.channel == PORTAL):
        raise UnauthenticatedError("log_in_ended")
    if not _is_clients(row, key):
        raise UnauthenticatedError("client_key")
    scopes = None if row.client_id is None else frozenset(row.scopes)
    held = holds_of(connection, row.person_id, now) if row.held and row.auth in MAILBOX_ONLY else ()
    must_choose = row.given and row.auth != MITID
    patient = Patient(row.person_id, row.id, row.channel, row.auth, row.loa, held, scopes, must_choose)
    return Recognised(patient, now - row.seen_at >= _TOUCH_EVERY)


def _is_over(row: Any, now: datetime) -> bool:
    return bool(now >= row.ends_at or now - row.seen_at >= IDLE)


def _is_clients(row: Any, key: str | None) -> bool:
    """Return whether the log-in was made by whom the key says: by that client, or without a key by none."""
    if row.client_id is None or key is None:
        return row.client_id is None and key is None
    return row.revoked_at is None and hmac.compare_digest(row.key_hash, token_hash(key))
