"""Bring a database's tables, its walls and the tables of allowed transitions up to this version of the code."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from storage.database import Database
from storage.models import ALLOWED_TRANSITION, WORKFLOW_VERSION
from storage.walling import put_up
from workflows.catalogue import Catalogue, fingerprint, table_text
from workflows.vocabulary import Workflow

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

_LOCK = 0x706F7274616C  # "portal": the advisory lock that lets one process migrate at a time
_PATIENCE = "5min"


def migrate(database: Database, catalogue: Catalogue) -> None:
    """Walk the missing migrations, put up the walls, write the tables of workflows that are new: all of it, or nothing.

    Two processes may do this at once: the second waits for the first and finds nothing left to do. The tables of
    earlier versions of a workflow stay, for the history rows written under them.

    Raises:
        StorageUnavailableError: the database cannot be reached, or another process migrates for too long.
    """
    with database.writing() as connection:
        if not database.is_sqlite:
            _wait_for_turn(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if not database.is_sqlite:
            put_up(connection)
        known = _known(connection)
        for workflow in catalogue.values():
            if fingerprint(workflow) not in known:
                _write(connection, workflow, database)


def is_current(database: Database, catalogue: Catalogue) -> bool:
    """Return whether every migration has been walked and the table of every workflow is there.

    Raises:
        StorageUnavailableError: the database cannot be reached.
    """
    with database.reading() as connection:
        if MigrationContext.configure(connection).get_current_heads() != _heads():
            return False
        return {fingerprint(workflow) for workflow in catalogue.values()} <= _known(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _heads() -> tuple[str, ...]:
    return tuple(ScriptDirectory.from_config(_config()).get_heads())


def _wait_for_turn(connection: Connection) -> None:
    """Take the lock for this transaction; the short time limits of everyday work do not suit a migration."""
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {limit} = '{_PATIENCE}'")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _known(connection: Connection) -> set[str]:
    return set(connection.execute(sa.select(WORKFLOW_VERSION.c.wf)).scalars())


def _write(connection: Connection, workflow: Workflow, database: Database) -> None:
    version = fingerprint(workflow)
    connection.execute(
        sa.insert(WORKFLOW_VERSION).values(
            wf=version, kind=workflow.kind, body=table_text(workflow), first_at=database.clock()
        ),
    )
    moves = {(step.source, step.trigger, step.target) for step in workflow.steps}
    connection.execute(
        sa.insert(ALLOWED_TRANSITION),
        [
            {
                "wf": version,
                "kind": workflow.kind,
                "from_state": source.value,
                "trigger": trigger,
                "to_state": target.value,
            }
            for source, trigger, target in sorted(moves)
        ],
    )
