"""What is written once stays: no row of these tables is ever changed or removed.

On SQLite the third trigger closes the one way round the others: INSERT OR REPLACE removes rows without telling them.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WRITTEN_ONCE = {
    "history": "request_id = NEW.request_id AND (n = NEW.n OR prev = NEW.prev) OR id = NEW.id",
    "access": "id = NEW.id",
    "workflow_version": "wf = NEW.wf",
    "allowed_transition": (
        "wf = NEW.wf AND kind = NEW.kind AND from_state = NEW.from_state"
        ' AND "trigger" = NEW."trigger" AND to_state = NEW.to_state'
    ),
}
"""Table to the condition by which a row is already there."""

POSTGRESQL_REFUSAL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, known in WRITTEN_ONCE.items():
            _refuse_on_sqlite(table, known)
        return
    op.execute(POSTGRESQL_REFUSAL)
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _refuse_on_sqlite(table: str, known: str) -> None:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE {known})"  # noqa: S608 - names from the table above
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refuse}")
