"""Puts up the walls of `storage/walls.py` on PostgreSQL, as the tables' owner, in the transaction that migrates."""

import hashlib
from collections.abc import Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.scope import DatabaseRole
from storage.walls import ADD, ALL, NEVER, WALLS, Wall

_ROLES = ", ".join(DatabaseRole)
_MARKED = "request"  # the table whose policies bear the mark of the page they were made from

_MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- who migrates beside us on the same server made it
END $$
"""

_REFUSE_FOREIGN = """
CREATE OR REPLACE FUNCTION refuse_foreign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM request WHERE id = NEW.request_id) THEN
        RAISE EXCEPTION 'new row violates row-level security policy for table "%%"', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$
"""


def put_up(connection: Connection, walls: Mapping[str, Wall] = WALLS) -> bool:
    """Make the roles, rights and policies what the page says; return whether anything had to be done.

    Raises:
        sqlalchemy.exc.ProgrammingError: whoever migrates is not the tables' owner, or a role is missing and may not be
            made by them.
    """
    statements = list(_statements(walls))
    mark = hashlib.sha256("\n".join(statements).encode()).hexdigest()
    if _mark(connection) == mark:
        return False
    for role in DatabaseRole:
        connection.exec_driver_sql(_MAKE_ROLE.format(role=role))
    for table, policy in _standing(connection):
        connection.exec_driver_sql(f'DROP POLICY "{policy}" ON "{table}"')
    for statement in [*statements, f"COMMENT ON POLICY {DatabaseRole.WORKER}_all ON {_MARKED} IS '{mark}'"]:
        connection.exec_driver_sql(statement)
    return True


def _standing(connection: Connection) -> list[tuple[str, str]]:
    policies = sa.text("SELECT tablename, policyname FROM pg_policies WHERE schemaname = current_schema()")
    return [(row.tablename, row.policyname) for row in connection.execute(policies)]


def _mark(connection: Connection) -> str | None:
    marks = sa.text(
        "SELECT obj_description(oid, 'pg_policy') FROM pg_policy"
        " WHERE polrelid = to_regclass(:table) AND polname = :policy"
    )
    asked = {"table": _MARKED, "policy": f"{DatabaseRole.WORKER}_all"}
    mark: str | None = connection.execute(marks, asked).scalar_one_or_none()
    return mark


def _statements(walls: Mapping[str, Wall]) -> Iterator[str]:
    yield _REFUSE_FOREIGN
    yield f"GRANT SELECT ON alembic_version TO {_ROLES}"
    for table, wall in walls.items():
        yield f"REVOKE ALL ON {table} FROM {_ROLES}"
        yield from (f"GRANT {right} ON {table} TO {role}" for role, right in _rights(wall).items() if right != NEVER)
        if wall.sees is not None:
            yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
            yield from _policies(table, wall, wall.sees)
        if wall.follows:
            yield f"DROP TRIGGER IF EXISTS {table}_follows ON {table}"
            yield (
                f"CREATE TRIGGER {table}_follows AFTER INSERT ON {table} FOR EACH ROW"
                f" WHEN (current_user = '{DatabaseRole.APP}') EXECUTE FUNCTION refuse_foreign()"
            )


def _rights(wall: Wall) -> dict[DatabaseRole, str]:
    return {
        DatabaseRole.APP: wall.app,
        DatabaseRole.WORKER: wall.worker,
        DatabaseRole.OPERATOR: wall.operator,
        DatabaseRole.AUDITOR: wall.auditor,
        DatabaseRole.SEQUENCER: wall.sequencer,
        DatabaseRole.COUNTER: f"SELECT ({', '.join(wall.counted)})" if wall.counted else NEVER,
    }


def _policies(table: str, wall: Wall, sees: str) -> Iterator[str]:
    app, changes = DatabaseRole.APP, wall.changes or sees
    yield _policy(table, app, "SELECT", f"USING ({sees})")
    yield _policy(table, app, "INSERT", f"WITH CHECK ({wall.adds or changes})")
    yield from (_policy(table, app, command, f"USING ({changes})") for command in ("UPDATE", "DELETE"))
    yield from (_policy(table, role, "ALL", f"USING ({ALL})") for role in (DatabaseRole.WORKER, DatabaseRole.OPERATOR))
    if wall.auditor != NEVER:
        yield _policy(table, DatabaseRole.AUDITOR, "SELECT", f"USING ({wall.audited})")
    if wall.auditor == ADD:
        yield _policy(table, DatabaseRole.AUDITOR, "INSERT", f"WITH CHECK ({ALL})")
    if wall.sequencer != NEVER:
        yield _policy(table, DatabaseRole.SEQUENCER, "SELECT", f"USING ({ALL})")
    if wall.counted:
        yield _policy(table, DatabaseRole.COUNTER, "SELECT", f"USING ({ALL})")


def _policy(table: str, role: DatabaseRole, command: str, condition: str) -> str:
    rule = condition.replace("{table}", table)
    return f"CREATE POLICY {role}_{command.lower()} ON {table} FOR {command} TO {role} {rule}"
