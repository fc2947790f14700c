"""A scope lasts as long as its call, costs no journey, and either wall alone stops a leak."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from storage import requests
from storage.database import Database
from storage.models import REQUEST
from storage.scope import NOTHING, DatabaseRole, Scope, enter, leave, present, within
from tests.builders import database_as
from tests.living import everything, live_in, owned
from tests.people import ALICE, CARLA


@pytest.fixture(autouse=True)
def _nobody_asks_afterwards():
    yield
    leave()


@pytest.fixture
def lived(postgres_house, passwords):
    return live_in(postgres_house, passwords)


def _seen(database):
    with database.reading() as connection:
        return connection.execute(everything(REQUEST)).all()


@pytest.mark.rule("V33")
def test_a_pooled_connection_forgets_whose_call_it_served(lived):
    """The one connection of a pool serves caller after caller, whichever way the call before it ended."""
    database = Database(lived.house.database.url, lived.house.clock, pool_size=1, role=DatabaseRole.APP)
    alice = lived.person(ALICE)
    backend = sa.text("SELECT pg_backend_pid()")
    try:
        backends = set()
        for end in (_read, _written, _failed, _rolled_back, _with_a_savepoint, _as_auditor):
            with within(alice):
                end(database)
            assert _seen(database) == [], end.__name__
            with database.writing() as connection:
                assert connection.execute(everything(REQUEST)).all() == [], end.__name__
                backends.add(connection.execute(backend).scalar_one())
                assert connection.execute(sa.text("SELECT current_user")).scalar_one() == DatabaseRole.APP
            with within(alice):
                assert _seen(database), end.__name__
        assert len(backends) == 1
    finally:
        database.close()


def _read(database):
    assert _seen(database)


def _written(database):
    with database.writing() as connection:
        assert connection.execute(everything(REQUEST)).all()


def _failed(database):
    with database.writing() as connection:
        assert connection.execute(everything(REQUEST)).all()
        with pytest.raises(ProgrammingError):
            connection.execute(sa.text("SELECT nothing"))
        connection.rollback()


def _rolled_back(database):
    with database.writing() as connection:
        assert connection.execute(everything(REQUEST)).all()
        connection.rollback()


def _with_a_savepoint(database):
    with database.writing() as connection:
        savepoint = connection.begin_nested()
        assert connection.execute(everything(REQUEST)).all()
        with within(NOTHING):
            assert connection.execute(everything(REQUEST)).all() == []
        savepoint.rollback()
        assert connection.execute(everything(REQUEST)).all()
        with within(NOTHING):
            assert connection.execute(everything(REQUEST)).all() == []


def _as_auditor(database):
    with database.writing() as connection, within(Scope(role=DatabaseRole.AUDITOR)):
        assert connection.execute(sa.text("SELECT current_user")).scalar_one() == DatabaseRole.AUDITOR


def test_a_call_leaves_its_scope_behind(lived):
    doors = lived.doors
    (request, *_) = lived.there(owned(REQUEST, REQUEST.c.person_id, lived.house.people[ALICE]))
    for path, headers in (
        (f"/v1/requests/{request.id}", doors.patient()),
        ("/v1/requests/nonsense", doors.patient()),
        ("/v1/audit/requests", doors.auditor()),
        ("/v1/clinics/nygade", {}),
        ("/v1/me", {"Authorization": "Bearer nobody"}),
    ):
        enter(lived.person(CARLA))
        doors.get(path, headers)
        assert present() == NOTHING, path
    doors.signed("GET", "/v1/clinic/lists/overdue")
    assert present() == NOTHING


@pytest.mark.rule("V33")
def test_a_scope_costs_no_journey_of_its_own(lived, tmp_path):
    """Counted on the wire: the server says once per journey that it is ready for the next."""
    alice, database = lived.person(ALICE), database_as(lived.house.database, DatabaseRole.APP)
    query = sa.select(REQUEST.c.id)

    def reading():
        with database.reading() as connection:
            connection.execute(query)

    def writing():
        with database.writing() as connection:
            connection.execute(query)
            connection.execute(query)

    for scope in (NOTHING, alice):
        with within(scope):
            assert _journeys(database, tmp_path, reading) == 1
            assert _journeys(database, tmp_path, writing) == 4  # BEGIN, the two, COMMIT


def _journeys(database, folder, act):
    trace = folder / "trace"
    for _ in range(10):  # until the statements have been prepared
        act()
    with database.engine.connect() as connection:
        pgconn = connection.connection.dbapi_connection.pgconn
    with trace.open("w") as file:
        pgconn.trace(file.fileno())
        act()
        pgconn.untrace()
    return trace.read_text().count("ReadyForQuery")


@pytest.fixture
def without_readers_scope(monkeypatch):
    """The readers as they would be if somebody had forgotten their scope."""
    monkeypatch.setattr(requests, "_within", lambda _scope: sa.true())


@pytest.mark.rule("V33", "I6")
@pytest.mark.usefixtures("without_readers_scope")
def test_without_the_readers_scope_postgresql_still_stops_the_leak(lived):
    doors, house = lived.doors, lived.house
    theirs = lived.there(owned(REQUEST, REQUEST.c.person_id, house.people[CARLA]))
    ours = {str(row.id) for row in lived.there(owned(REQUEST, REQUEST.c.person_id, house.people[ALICE]))}
    listed = doors.get("/v1/requests", doors.patient(ALICE))
    assert {item["id"] for item in listed.json["items"]} == ours
    found = doors.get("/v1/audit/requests", doors.auditor("nygade"), purpose="Complaint 17")
    assert {item["clinic"] for item in found.json["items"]} == {"nygade"}
    for row in theirs:
        for path, proof in (
            (f"/v1/requests/{row.id}", doors.patient(ALICE)),
            (f"/v1/requests/{row.id}/timeline", doors.patient(ALICE)),
            (f"/v1/audit/requests/{row.id}/history?purpose=Complaint", doors.auditor("nygade")),
        ):
            assert doors.get(path, proof).status_code == 404, path
        assert doors.tell(row.id, "close", reason="Done.").status_code == 404


def test_the_mutation_is_one(sqlite_house, passwords, without_readers_scope):
    """Where there is no second wall, the forgotten scope leaks: the test above stops something."""
    lived = live_in(sqlite_house, passwords)
    listed = lived.doors.get("/v1/requests", lived.doors.patient(ALICE))
    assert len(listed.json["items"]) == len(lived.there(everything(REQUEST).where(REQUEST.c.kind != "recovery")))


@pytest.mark.rule("V33", "I6")
@pytest.mark.parametrize("kind", ["sqlite", "owner"])
def test_without_walls_the_readers_scope_still_stops_the_leak(request, kind, passwords, monkeypatch):
    """SQLite has no walls, and a superuser of PostgreSQL walks through them."""
    monkeypatch.setattr("tests.knocking.database_as", lambda database, _role: database)
    house = request.getfixturevalue("sqlite_house" if kind == "sqlite" else "postgres_house")
    lived = live_in(house, passwords)
    doors = lived.doors
    theirs = lived.there(owned(REQUEST, REQUEST.c.person_id, house.people[CARLA]))
    ours = {str(row.id) for row in lived.there(owned(REQUEST, REQUEST.c.person_id, house.people[ALICE]))}
    listed = doors.get("/v1/requests", doors.patient(ALICE))
    assert {item["id"] for item in listed.json["items"]} == ours
    for row in theirs:
        assert doors.get(f"/v1/requests/{row.id}", doors.patient(ALICE)).status_code == 404
        assert doors.tell(row.id, "close", reason="Done.").status_code == 404
