"""Authenticator apps in the database: set up, confirmed by a first code, and every code taken once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.authenticator import new_app_secret, step_of
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from storage.factor_registers import SECOND_FACTOR
from storage.second_factors import APP, IN_FORCE, New, end_attempts, opened, rows_of, store
from storage.throttles import count_up

TRIES_A_DAY = 50
WAITS = timedelta(minutes=15)
_DAY = timedelta(days=1)


def start(connection: Connection, keyring: Keyring, person: UUID, factor: UUID, label: str, now: datetime) -> str:
    """Store an app that waits for its first code, and return its secret, shown this once.

    Raises:
        AlreadyEnoughError: the person has as many factors as may be.
    """
    secret = new_app_secret()
    store(connection, keyring, person, New(factor, APP, {"label": label, "secret": secret}), now)
    return secret


def confirm(connection: Connection, keyring: Keyring, person: UUID, factor: UUID, code: str, now: datetime) -> bool:
    """Put the app in force if the code is one of its own; return whether it is.

    Raises:
        NotFoundError: no app of the person's waits under this id, or it has waited too long.
    """
    waits = (
        SECOND_FACTOR.c.id == factor,
        SECOND_FACTOR.c.confirmed_at.is_(None),
        SECOND_FACTOR.c.created_at > now - WAITS,
    )
    rows = rows_of(connection, person, *waits)
    if not rows:
        raise NotFoundError
    if _count(connection, person, now) > TRIES_A_DAY or not _take(connection, keyring, rows[0], code, now):
        return False
    connection.execute(sa.update(SECOND_FACTOR).where(SECOND_FACTOR.c.id == factor).values(confirmed_at=now))
    end_attempts(connection, person, now)
    return True


def take(connection: Connection, keyring: Keyring, person: UUID, code: str, now: datetime) -> bool:
    """Return whether the code is one of the person's apps', and use it up: each code is taken once.

    After fifty codes in a day none is taken until the next: who tries has the password already.
    """
    if _count(connection, person, now) > TRIES_A_DAY:
        return False
    rows = rows_of(connection, person, IN_FORCE, SECOND_FACTOR.c.kind == APP)
    taken = [_take(connection, keyring, row, code, now) for row in rows]
    return any(taken)


def _take(connection: Connection, keyring: Keyring, row: Any, code: str, now: datetime) -> bool:
    """Use the code up if it fits; of two who show it at once one is right."""
    step = step_of(opened(keyring, row)["secret"], code, now, row.counter)
    if step is None:
        return False
    still_new = (SECOND_FACTOR.c.id == row.id, SECOND_FACTOR.c.counter < step, SECOND_FACTOR.c.ended_at.is_(None))
    taken = connection.execute(sa.update(SECOND_FACTOR).where(*still_new).values(counter=step, used_at=now))
    return taken.rowcount == 1


def _count(connection: Connection, person: UUID, now: datetime) -> int:
    return count_up(connection, f"app-code:{person}", now, _DAY)
