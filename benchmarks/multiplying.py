"""Stored requests by the thousand, made by SQL from one that went the legal way: what lists are measured against.

Copies keep state, times and kind of their pattern and belong to people and clinics of their own, a tenth of them to the
clinic of the pattern. They have one message each, and no history: no list reads it.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

EACH = 50
"""Requests of one person."""

_FIRST = 1 << 40
_SERIES = "WITH RECURSIVE n(i) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
_UUID = {"sqlite": "printf('%032x', {})", "postgresql": "lpad(to_hex({}), 32, '0')::uuid"}


def multiply(connection: Connection, pattern: UUID, count: int, *, already: int = 0) -> None:
    """Copy the request with this id and its first message until there are `count` copies of it."""
    uuid = _UUID[connection.dialect.name]
    series = _SERIES.format(first=already + 1, last=count)
    person, clinic = uuid.format(f"{_FIRST} + i / {EACH}"), uuid.format(f"{2 * _FIRST} + i % 97")
    new = {"id": uuid.format(f"{4 * _FIRST} + i"), "person_id": person}
    for table, row in (
        ("person", {"id": f"DISTINCT {person}", "created_at": "r.created_at"}),
        ("clinic", {"id": f"DISTINCT {clinic}", "slug": f"'c' || CAST({clinic} AS VARCHAR(40))", "key_id": "r.key_id",
                    "winplc_url": "'http://winplc.test'", "created_at": "r.created_at"}),
    ):  # fmt: skip
        columns = ", ".join(row)
        _run(connection, f"INSERT INTO {table} ({columns}) {series} SELECT {', '.join(row.values())} FROM n, request r"
             f" WHERE r.id = :pattern ON CONFLICT DO NOTHING", pattern)  # fmt: skip
    place = f"CASE WHEN i % 10 = 0 THEN p.clinic_id ELSE {clinic} END"
    request = new | {"thread_id": new["id"], "clinic_id": place, "slot": "NULL", "slot_held": _false(connection)}
    _copy(connection, "request", request, series, pattern, "p.id = :pattern")
    message = {"id": uuid.format(f"{8 * _FIRST} + i"), "request_id": new["id"], "person_id": person,
               "clinic_id": place, "clinic_message": "NULL"}  # fmt: skip
    _copy(connection, "message", message, series, pattern, "p.request_id = :pattern AND p.n = 1")


def _copy(connection: Connection, table: str, changed: dict[str, str], series: str, pattern: UUID, which: str) -> None:
    columns = _columns(connection, table)
    values = ", ".join(changed.get(column, f"p.{column}") for column in columns)
    _run(connection, f"INSERT INTO {table} ({', '.join(columns)}) {series} SELECT {values} FROM n, {table} p"
         f" WHERE {which}", pattern)  # fmt: skip


def _columns(connection: Connection, table: str) -> Sequence[str]:
    return [column["name"] for column in sa.inspect(connection).get_columns(table)]


def _false(connection: Connection) -> str:
    return "0" if connection.dialect.name == "sqlite" else "false"


def _run(connection: Connection, statement: str, pattern: UUID) -> None:
    text = sa.text(statement).bindparams(sa.bindparam("pattern", pattern, type_=sa.Uuid))
    connection.execute(text)
