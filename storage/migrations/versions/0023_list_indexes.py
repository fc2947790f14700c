"""The index of conversations in the words that SQLite's queries use, without which it read and sorted them all."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.drop_index("ix_request_threads", "request")
    op.create_index(
        "ix_request_threads",
        "request",
        ["person_id", "kind", "spoken_at", "id"],
        sqlite_where=sa.text("is_newest = 1"),
    )
