"""The tables as migrated are the tables as the code knows them; what is written once cannot be changed."""

import os
import subprocess
import sys
from dataclasses import replace
from types import MappingProxyType

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from storage import access
from storage.columns import METADATA
from storage.database import Database
from storage.models import ALLOWED_TRANSITION, HISTORY, WORKFLOW_VERSION
from storage.registers import ACCESS
from storage.schema import is_current, migrate
from workflows.catalogue import CATALOGUE, fingerprint, table_text

MIGRATE_IN_A_PROCESS = """
import sys
from datetime import UTC, datetime
from storage.database import Database
from storage.schema import migrate
from workflows.catalogue import CATALOGUE
database = Database(sys.argv[1], lambda: datetime.now(UTC))
migrate(database, CATALOGUE)
database.close()
"""
WRITTEN_ONCE = (HISTORY, ACCESS, WORKFLOW_VERSION, ALLOWED_TRANSITION)
NEXT_E_KONS = replace(CATALOGUE["e_kons"], steps=CATALOGUE["e_kons"].steps[:-1])
NEXT_VERSION = MappingProxyType({**CATALOGUE, "e_kons": NEXT_E_KONS})


@pytest.fixture
def blank(blank_url, clock):
    database = Database(blank_url, clock)
    yield database
    database.close()


@pytest.fixture
def written(house):
    """A house in which each table that is written once has a row."""
    house.e_kons()
    with house.database.writing() as connection:
        seen = access.Seen("patient", "request.read", "ok")
        access.note(connection, house.new_id(), house.clock(), seen)
    return house


def test_migrated_tables_equal_the_models(database):
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_migrated_partial_indexes_have_the_conditions_of_the_models(database):
    dialect = database.engine.dialect.name
    inspector = sa.inspect(database.engine)
    found = {
        index["name"]: _bare(index["dialect_options"][f"{dialect}_where"])
        for table in METADATA.tables
        for index in inspector.get_indexes(table)
        if f"{dialect}_where" in index.get("dialect_options", {})
    }
    meant = {
        index.name: _bare(index.dialect_options[dialect]["where"])
        for table in METADATA.tables.values()
        for index in table.indexes
        if index.dialect_options[dialect]["where"] is not None
    }
    assert len(meant) > 1
    assert found == meant


def _bare(condition):
    """Return the condition without what PostgreSQL adds to it."""
    return str(condition).replace("::text", "").replace("(", "").replace(")", "")


def test_a_blank_database_is_not_current_until_it_is_migrated(blank):
    assert not is_current(blank, CATALOGUE)
    migrate(blank, CATALOGUE)
    assert is_current(blank, CATALOGUE)


def test_a_workflow_whose_table_is_not_written_yet_makes_the_database_stale(house):
    assert is_current(house.database, CATALOGUE)
    assert not is_current(house.database, NEXT_VERSION)


def test_migrating_again_changes_nothing(database, clock):
    before = _all_rows(database, WORKFLOW_VERSION), _all_rows(database, ALLOWED_TRANSITION)
    clock.tick(60)
    migrate(database, CATALOGUE)
    assert (_all_rows(database, WORKFLOW_VERSION), _all_rows(database, ALLOWED_TRANSITION)) == before
    rows = {(step.source, step.trigger, step.target) for flow in CATALOGUE.values() for step in flow.steps}
    assert {(row.from_state, row.trigger, row.to_state) for row in before[1]} == rows


def test_the_tables_of_an_earlier_version_stay(blank):
    migrate(blank, CATALOGUE)
    before = set(_all_rows(blank, ALLOWED_TRANSITION))
    migrate(blank, NEXT_VERSION)
    assert is_current(blank, CATALOGUE)
    assert is_current(blank, NEXT_VERSION)
    added = set(_all_rows(blank, ALLOWED_TRANSITION)) - before
    assert {row.wf for row in added} == {fingerprint(NEXT_E_KONS)}
    texts = {row.wf: row.body for row in _all_rows(blank, WORKFLOW_VERSION)}
    assert texts[fingerprint(NEXT_E_KONS)] == table_text(NEXT_E_KONS)
    assert len(texts) == len(CATALOGUE) + 1


def test_a_migration_that_fails_leaves_nothing(blank):
    broken = MappingProxyType({**CATALOGUE, "broken": None})
    with pytest.raises(AttributeError):
        migrate(blank, broken)
    assert sa.inspect(blank.engine).get_table_names() == []


def test_processes_that_migrate_at_once_do_not_clash(blank):
    command = [sys.executable, "-c", MIGRATE_IN_A_PROCESS, blank.url]
    at_once = [subprocess.Popen(command, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) for _ in "123"]
    ends = [(process.communicate(timeout=60)[1].decode(), process.returncode) for process in at_once]
    assert ends == [("", 0)] * 3
    assert is_current(blank, CATALOGUE)
    assert len(_all_rows(blank, WORKFLOW_VERSION)) == len(CATALOGUE)


@pytest.mark.parametrize("table", WRITTEN_ONCE, ids=lambda table: table.name)
def test_no_row_of_a_table_that_is_written_once_is_changed_or_removed(written, table):
    before = _all_rows(written.database, table)
    assert before
    first = next(iter(table.primary_key.columns))
    for attempt in (sa.update(table).values({first: first}), sa.delete(table)):
        with pytest.raises(IntegrityError, match="append-only"), written.database.writing() as connection:
            connection.execute(attempt)
    assert _all_rows(written.database, table) == before


@pytest.mark.parametrize("table", WRITTEN_ONCE, ids=lambda table: table.name)
def test_no_row_is_replaced_in_the_guise_of_an_insert(written, table):
    row = dict(_all_rows(written.database, table)[0]._mapping)
    insert = sa.insert(table).values(row)
    if written.database.is_sqlite:
        insert = insert.prefix_with("OR REPLACE")
    with pytest.raises(IntegrityError), written.database.writing() as connection:
        connection.execute(insert)


@pytest.mark.parametrize("table", WRITTEN_ONCE, ids=lambda table: table.name)
def test_postgresql_does_not_truncate_either(postgres_database, table):
    with pytest.raises(IntegrityError, match="append-only"), postgres_database.writing() as connection:
        connection.exec_driver_sql(f"TRUNCATE {table.name} CASCADE")


def _all_rows(database, table):
    with database.reading() as connection:
        return connection.execute(sa.select(table).order_by(*table.primary_key.columns)).all()
