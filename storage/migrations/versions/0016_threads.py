"""Which case is a thread's newest and when it was last spoken on, and whose each message is to read."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NEWEST = sa.text("is_newest")
_UNREAD = sa.text("read_at IS NULL AND author = 'clinician' AND sealed IS NOT NULL")


def upgrade() -> None:
    newest: sa.Column[bool] = sa.Column("is_newest", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("request", newest)
    op.add_column("request", sa.Column("spoken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("person_id", sa.Uuid(), nullable=True))
    _fill()
    threads = ["person_id", "kind", "spoken_at", "id"]
    _index("ix_request_threads", "request", threads, _NEWEST)
    _index("uq_request_newest", "request", ["thread_id"], _NEWEST, unique=True)
    _index("ix_message_unread", "message", ["person_id", "clinic_id"], _UNREAD)


def _fill() -> None:
    """Say of what is there already what is said of all that comes; the walls let the owner do so for a moment."""
    _walls("NO FORCE")
    op.execute(
        "UPDATE request SET spoken_at = coalesce("
        "(SELECT max(message.at) FROM message WHERE message.request_id = request.id), created_at)"
    )
    op.execute(
        "UPDATE request SET is_newest = false WHERE EXISTS (SELECT 1 FROM request AS newer"
        " WHERE newer.thread_id = request.thread_id AND (newer.created_at > request.created_at"
        " OR (newer.created_at = request.created_at AND newer.id > request.id)))"
    )
    op.execute(
        "UPDATE message SET person_id = (SELECT request.person_id FROM request WHERE request.id = message.request_id)"
    )
    _walls("FORCE")


def _walls(forced: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in ("request", "message"):
        op.execute(f"ALTER TABLE {table} {forced} ROW LEVEL SECURITY")


def _index(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
