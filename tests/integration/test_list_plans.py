"""No list looks through a table: how both databases mean to read each of them, whatever the number of rows.

A new list is one line in LISTS. PostgreSQL is told that reading a whole table and sorting are dear, so that it does
either only where it has no other way; SQLite never weighs an index against a table of unknown size.
"""

import json
import re
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from benchmarks.multiplying import multiply
from storage.models import REQUEST
from storage.scope import DatabaseRole
from tests.builders import database_as
from tests.patient_doors import PatientDoors

PATIENTS = (
    "/v1/requests",
    "/v1/requests?kind=renewal",
    "/v1/requests?clinic=nygade",
    "/v1/clinics/nygade/renewals",
    "/v1/threads",
    "/v1/me",
)
CLINICS = ("not-reached", "unread-answers", "overdue", "due-soon", "departed")
LISTS = (*((path, False) for path in PATIENTS), *((f"/v1/clinic/lists/{name}", True) for name in CLINICS))
"""Each list's address, and whether it is the clinic's."""

STORED = 4000
GROWING = {"request", "message", "history", "outbox", "access", "attempt", "inbox", "medicine_list"}
"""Tables that grow with use: of these, a list may read only what it shows."""

_SQLITE = re.compile(r"SCAN (\w+)")
_PRAGMAS = ("SET LOCAL enable_seqscan = off", "SET LOCAL enable_sort = off", "SET LOCAL enable_bitmapscan = off")


_BY_CLINIC = re.compile(r"\(\(?clinic_id = [^()]*\)?\)|\(clinic_id=\?\)")
"""A condition that narrows a read to a clinic and no further, as the two databases write it."""


def sqlite_faults(cursor, statement, parameters):
    """Return what SQLite would read whole or sort."""
    cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    steps = [row[3] for row in cursor.fetchall()]
    aliases = dict(re.findall(r"(\w+) AS (\w+)", statement))
    names = {alias: table for table, alias in aliases.items()}
    whole = [step for step in steps if (hit := _SQLITE.match(step)) and names.get(hit[1], hit[1]) in GROWING]
    whole += [step for step in steps if " request " in f" {step} " and _BY_CLINIC.search(step)]
    return whole + [step for step in steps if "ORDER BY" in step and " LIMIT " in statement]


def postgresql_faults(cursor, statement, parameters):
    """Return the nodes in which PostgreSQL would read a table or an index whole, or sort."""
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    (answer,) = cursor.fetchone()
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return [fault for node in nodes(plan) if (fault := _fault(node, limited=" LIMIT " in statement))]


def nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def _fault(node, *, limited):
    kind, table = node["Node Type"], node.get("Relation Name")
    whole = kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node and "Filter" in node)
    by_clinic = table == "request" and _BY_CLINIC.fullmatch(node.get("Index Cond", ""))
    if by_clinic:
        return f"{kind} of {table} by clinic"
    if table in GROWING and whole:
        return f"{kind} of {table}"
    return kind if kind == "Sort" and limited else None


@contextmanager
def explained(database):
    """Collect the faults in the plans of all that is read meanwhile, with the statement that has them."""
    faults, seen = [], []

    def explain(_connection, cursor, statement, parameters, _context, _many):
        if not statement.lstrip().upper().startswith("SELECT"):
            return
        seen.append(statement)
        judge = sqlite_faults if database.is_sqlite else postgresql_faults
        beside = cursor.connection.cursor()
        faults.extend((fault, statement) for fault in judge(beside, statement, parameters))
        beside.close()

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        yield faults, seen
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)


@pytest.fixture
def doors(house, passwords):
    """Return a house in which thousands of requests are stored beside the few that the lists show."""
    doors = PatientDoors(house, passwords)
    for kind in ("e_kons", "renewal", "booking"):
        getattr(house, kind)()
    answered = house.e_kons("Another question.")
    house.answer(house.delivered(answered))
    house.notified(answered)
    with database_as(house.database, DatabaseRole.OPERATOR).writing() as connection:
        multiply(connection, answered, STORED)
    if not house.database.is_sqlite:  # PostgreSQL does so by itself in time
        with house.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    return doors


def look(doors, path, *, of_clinic):
    return doors.doors.signed("GET", path) if of_clinic else doors.get(path)


def test_no_list_looks_through_a_table(doors):
    doors.doors.patient()
    found = {}
    for path, of_clinic in LISTS:
        with explained(doors.doors.services.database) as (faults, seen):
            answer = look(doors, path, of_clinic=of_clinic)
        assert (path, answer.status_code, bool(seen)) == (path, 200, True), answer.text
        # What a clinic lists is by the clinic, narrowed by an index of what needs a look.
        own = [(fault, words) for fault, words in faults if not (of_clinic and "clinic" in fault)]
        found |= {path: own} if own else {}
    assert not found, [(path, fault) for path, faults in found.items() for fault in faults]


def test_a_list_without_an_index_is_found_out(doors):
    """The eyes of this test are open: what no index serves is named."""
    database = doors.doors.services.database
    with explained(database) as (faults, _), database.reading() as connection:
        connection.exec_driver_sql("SELECT id FROM request WHERE outcome = 'x' ORDER BY journal_copy LIMIT 5").all()
    assert len({fault for fault, _ in faults}) == 2, faults


def test_a_patients_list_that_reads_a_whole_clinic_is_found_out(doors):
    database, clinic = doors.doors.services.database, doors.house.clinics["nygade"].clinic
    wanted = sa.select(REQUEST.c.outcome).where(REQUEST.c.clinic_id == clinic).order_by(REQUEST.c.created_at).limit(5)
    with explained(database) as (faults, _), database.reading() as connection:
        connection.execute(wanted).all()
    assert len(faults) == 1, faults
