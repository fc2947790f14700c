"""How often a password may be tried for one number: with a growing wait from one network, and so many times a day.

A try counts until a log-in from there is completed, whether its password was right or not, so that the count tells
nothing. Numbers that nobody has are counted alike. The wait holds for one number from one network, so a stranger
elsewhere makes nobody wait; networks from which the number has logged in have a share of the day's tries to themselves,
so a stranger elsewhere cannot use them up. MitID does not pass here at all.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.outcomes import TooManyRequestsError
from storage.registers import LOG_IN_ORIGIN
from storage.throttles import count_up

FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
DAY = timedelta(days=1)
FROM_STRANGE, FROM_KNOWN = 40, 60
"""Most tries a day for one number from networks it never logged in from, and from those it did: 100 in all."""

KNOWN_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Origin:
    """Keyed hashes of the number that is claimed and of the network that the claim comes from."""

    cpr_index: bytes
    net_index: bytes


def admit(connection: Connection, origin: Origin, now: datetime) -> bool:
    """Count one try; return whether the password may be looked at, which the caller must not learn.

    Raises:
        TooManyRequestsError: this network has to wait before it tries this number again; nothing was counted.
    """
    row = connection.execute(_counting(connection, origin, now)).one_or_none()
    if row is None:
        raise TooManyRequestsError(_seconds_left(connection, origin, now))
    wait = wait_after(row.tries)
    if wait:
        connection.execute(sa.update(LOG_IN_ORIGIN).where(_is(origin)).values(not_before=now + wait))
    known = row.proven_at is not None and now - row.proven_at < KNOWN_FOR
    bucket = f"log-in:{'known' if known else 'strange'}:{origin.cpr_index.hex()}"
    return count_up(connection, bucket, now, DAY) <= (FROM_KNOWN if known else FROM_STRANGE)


def forgive(connection: Connection, origin: Origin, now: datetime) -> None:
    """Note that a log-in of this number was completed from this network: its tries are forgotten, the network known."""
    proven = {"tries": 0, "tried_at": now, "not_before": now, "proven_at": now}
    connection.execute(sa.update(LOG_IN_ORIGIN).where(_is(origin)).values(proven))


def wait_after(tries: int) -> timedelta:
    """Return the wait after so many tries in a row: none at first, one second after the fifth, then twice as long."""
    if tries < FREE_TRIES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(tries - FREE_TRIES, 20)), LONGEST_WAIT)


def outdated(now: datetime) -> sa.Delete:
    """Return the statement that removes what no longer bears on anything."""
    unknown = sa.or_(LOG_IN_ORIGIN.c.proven_at.is_(None), LOG_IN_ORIGIN.c.proven_at < now - KNOWN_FOR)
    return sa.delete(LOG_IN_ORIGIN).where(LOG_IN_ORIGIN.c.tried_at < now - DAY, unknown)


def _is(origin: Origin) -> sa.ColumnElement[bool]:
    return sa.and_(LOG_IN_ORIGIN.c.cpr_index == origin.cpr_index, LOG_IN_ORIGIN.c.net_index == origin.net_index)


def _counting(connection: Connection, origin: Origin, now: datetime) -> Any:
    """Return the statement that counts a try unless there is a wait; it locks the row, so tries come one by one."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = {"tries": 1, "tried_at": now, "not_before": now}
    again = sa.case((LOG_IN_ORIGIN.c.tried_at <= now - DAY, 1), else_=LOG_IN_ORIGIN.c.tries + 1)
    return (
        insert(LOG_IN_ORIGIN)
        .values(cpr_index=origin.cpr_index, net_index=origin.net_index, **fresh)
        .on_conflict_do_update(
            index_elements=[LOG_IN_ORIGIN.c.cpr_index, LOG_IN_ORIGIN.c.net_index],
            set_={"tries": again, "tried_at": now},
            where=LOG_IN_ORIGIN.c.not_before <= now,
        )
        .returning(LOG_IN_ORIGIN.c.tries, LOG_IN_ORIGIN.c.proven_at)
    )


def _seconds_left(connection: Connection, origin: Origin, now: datetime) -> int:
    until: datetime = connection.execute(sa.select(LOG_IN_ORIGIN.c.not_before).where(_is(origin))).scalar_one()
    left: float = (until - now).total_seconds()
    return max(1, math.ceil(left))
