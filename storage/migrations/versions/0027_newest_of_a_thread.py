"""The index of each conversation's newest request in the words that SQLite's queries use, as the list has it."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.drop_index("uq_request_newest", "request")
    op.create_index("uq_request_newest", "request", ["thread_id"], unique=True, sqlite_where=sa.text("is_newest = 1"))
