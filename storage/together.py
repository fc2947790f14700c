"""Several writes of one transaction at once: one statement for PostgreSQL; one after another for SQLite, which is near.

A statement costs more on its way (built, sent, waited for) than in the database: four inserts in one take little longer
than one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.waking import WAKE

_Shape = tuple[tuple[sa.Insert | sa.Update, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Write:
    """One INSERT or UPDATE. `statement` names table and conditions, and is built once: it is the key of a cache.

    `row` holds the columns that are written, `where` the values of the conditions' parameters; two writes that go
    together may share such a parameter only if it has the same value in both.
    """

    statement: sa.Insert | sa.Update
    row: Mapping[str, Any]
    where: Mapping[str, Any] = field(default_factory=dict)


def write_together(connection: Connection, writes: Sequence[Write], *, waking: bool = False) -> bool:
    """Carry out the writes and return whether each has written a row; `waking` tells the loops when this commits.

    Writes that go together must not touch the same row, and none sees what another has written. Where one has written
    nothing, those that come after it may have been carried out or not.

    Raises:
        sqlalchemy.exc.IntegrityError: one of them breaks a constraint.
    """
    if connection.dialect.name == "sqlite":
        return all(connection.execute(each.statement, {**each.where, **each.row}).rowcount for each in writes)
    shape = tuple((each.statement, tuple(each.row)) for each in writes)
    values: dict[str, Any] = {}
    for number, each in enumerate(writes):
        values |= each.where
        values |= {_name(column, number): value for column, value in each.row.items()}
    return all(connection.execute(_as_one(shape, waking), values).one()[: len(writes)])


@lru_cache(maxsize=256)
def _as_one(shape: _Shape, waking: bool) -> sa.Select[Any]:  # noqa: FBT001 - part of the cache's key
    """Return the writes as parts of one SELECT, which counts what each has written."""
    counts: list[sa.ColumnElement[Any]] = []
    for number, (statement, columns) in enumerate(shape):
        table = statement.table
        values = {column: sa.bindparam(_name(column, number), type_=table.c[column].type) for column in columns}
        part = statement.values(values).returning(sa.literal_column("1").label("one")).cte(f"write_{number}")
        counts.append(sa.select(sa.func.count()).select_from(part).scalar_subquery().label(f"written_{number}"))
    return sa.select(*counts, WAKE) if waking else sa.select(*counts)


def _name(column: str, number: int) -> str:
    # No name that SQLAlchemy would give to a value of its own.
    return f"new_{number}_{column}"
