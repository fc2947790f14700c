"""The roles of PostgreSQL: what each may do, and that nobody goes round them."""

import re
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from identity.outcomes import StorageUnavailableError
from storage.columns import METADATA
from storage.database import Database
from storage.housekeeping import sweep
from storage.models import ALLOWED_TRANSITION, HISTORY, REQUEST, WORKFLOW_VERSION
from storage.registers import ACCESS
from storage.schema import migrate
from storage.scope import NOTHING, DatabaseRole, scope_of, within
from storage.walling import put_up
from storage.walls import WALLS
from tests.builders import House, database_as
from tests.furnishing import settle_in
from tests.living import WALLED, everything, live_in
from workflows.catalogue import CATALOGUE

WRITTEN_ONCE = (HISTORY, ACCESS, WORKFLOW_VERSION, ALLOWED_TRANSITION)


@pytest.fixture
def lived(postgres_house, passwords):
    return live_in(postgres_house, passwords)


def test_every_table_has_its_wall():
    missing = METADATA.tables.keys() - WALLS.keys()
    assert not missing, (
        f"give each of these tables a row in storage/walls.py, with `sees` or with no row to hide: {missing}"
    )
    assert WALLS.keys() == METADATA.tables.keys()


@pytest.mark.rule("V33")
def test_every_walled_table_is_walled_for_its_owner_too(postgres_database):
    """Those that were walled before stay so: only what is listed here has no rows to hide."""
    flags = sa.text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with postgres_database.reading() as connection:
        assert set(connection.execute(flags).scalars()) == {table.name for table in WALLED}
    assert {name for name, wall in WALLS.items() if wall.sees is None} == {
        "workflow_version", "allowed_transition", "clinic", "person",
        "passkey_challenge", "api_client", "log_in_origin", "outbox", "attempt", "feed", "idempotency", "throttle",
        "slot_hold", "timer",
    }  # fmt: skip


@pytest.mark.rule("I5", "V40")
@pytest.mark.parametrize("role", [role for role in DatabaseRole if role is not DatabaseRole.COUNTER])
@pytest.mark.parametrize("table", WRITTEN_ONCE, ids=lambda table: table.name)
def test_no_role_changes_or_removes_what_is_written_once(lived, role, table):
    first = next(iter(table.primary_key.columns))
    for attempt in (
        f"UPDATE {table.name} SET {first.name} = {first.name}",
        f"DELETE FROM {table.name}",
        f"TRUNCATE {table.name}",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            lived.put(NOTHING, sa.text(attempt), role)


@pytest.mark.rule("V40")
@pytest.mark.parametrize("role", list(DatabaseRole))
def test_no_role_empties_a_table_or_makes_one(lived, role):
    for attempt in (
        "TRUNCATE throttle",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE request DISABLE ROW LEVEL SECURITY",
    ):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            lived.put(NOTHING, sa.text(attempt), role)


@pytest.fixture
def plain_owner(postgres_server):
    """The addresses of a database for its owner, who is nobody special, for the API's log-in and for an operator's."""
    name = f"portal_test_owner_{uuid4().hex[:8]}"
    server = sa.make_url(postgres_server)
    with psycopg.connect(server.set(drivername="postgresql").render_as_string(False), autocommit=True) as admin:
        log_ins = (name, f"{name}_api", f"{name}_operator")
        for log_in in log_ins:
            admin.execute(f"CREATE ROLE {log_in} LOGIN PASSWORD 'p'")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}")
        admin.execute(f"GRANT {DatabaseRole.APP}, {DatabaseRole.AUDITOR}, {DatabaseRole.COUNTER} TO {name}_api")
        admin.execute(f"GRANT {DatabaseRole.OPERATOR} TO {name}_operator")
        url = server.set(drivername="postgresql+psycopg", database=name, password="p")
        yield tuple(url.set(username=each).render_as_string(False) for each in log_ins)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for log_in in log_ins:
            admin.execute(f"DROP ROLE {log_in}")


def test_the_housekeeper_may_sweep_and_nobody_else_removes_keys_of_others(postgres_house):
    postgres_house.e_kons()
    postgres_house.clock.tick(8 * 24 * 3600)
    assert sweep(database_as(postgres_house.database, DatabaseRole.WORKER)) == 1
    with pytest.raises(ProgrammingError, match="permission denied"):
        sweep(database_as(postgres_house.database, DatabaseRole.APP))


def test_the_script_for_administrators_makes_every_role():
    script = (Path(__file__).parents[2] / "deploy" / "roles.sql").read_text()
    made = re.findall(r"^CREATE ROLE (\w+) NOLOGIN;$", script, re.MULTILINE)
    assert sorted(made) == sorted(DatabaseRole)


@pytest.mark.rule("V33", "V40")
def test_neither_the_owner_nor_a_log_in_without_its_role_goes_round_the_walls(
    plain_owner, clock, keyring, new_id, passwords
):
    """The owner has no special right beyond making roles, as in production; what it owns it does not see."""
    owner_url, api_url, operator_url = plain_owner
    databases = [
        Database(owner_url, clock),
        Database(operator_url, clock, role=DatabaseRole.OPERATOR),
        Database(api_url, clock, role=DatabaseRole.APP),
        Database(api_url, clock, role=DatabaseRole.WORKER),
    ]
    owner, operators, api, not_a_member = databases
    migrate(owner, CATALOGUE)
    try:
        house = settle_in(House.of(operators, keyring, clock, new_id), passwords)
        request = house.e_kons()
        with owner.reading() as connection:
            assert connection.execute(everything(REQUEST)).all() == []
        with within(scope_of(house.clinics["nygade"])), api.reading() as connection:
            assert connection.execute(everything(REQUEST)).all() == [(request,)]
        with pytest.raises(StorageUnavailableError), not_a_member.reading() as connection:
            connection.execute(everything(REQUEST))
    finally:
        for database in databases:
            database.close()


def test_walls_are_put_up_once_and_mended_when_the_page_changes(postgres_database):
    with postgres_database.writing() as connection:
        assert not put_up(connection)
        assert put_up(connection, {**WALLS, "throttle": WALLS["idempotency"]})
        grants = sa.text("SELECT has_table_privilege('portal_app', 'throttle', 'UPDATE')")
        assert not connection.execute(grants).scalar_one()
        assert put_up(connection)
        assert connection.execute(grants).scalar_one()
        connection.rollback()
