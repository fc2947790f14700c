"""Counters that protect an account: rows, so that they hold across processes and restarts."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.registers import THROTTLE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def count_up(connection: Connection, bucket: str, now: datetime, window: timedelta) -> int:
    """Count one more in the bucket's present window and return the count."""
    start = now - (now - _EPOCH) % window
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    counted: int = connection.execute(
        insert(THROTTLE)
        .values(bucket=bucket, window_start=start, count=1)
        .on_conflict_do_update(
            index_elements=[THROTTLE.c.bucket, THROTTLE.c.window_start], set_={"count": THROTTLE.c.count + 1}
        )
        .returning(THROTTLE.c.count),
    ).scalar_one()
    return counted
