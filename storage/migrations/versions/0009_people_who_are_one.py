"""Two accounts that turn out to be one person's: which person the other has been merged into."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No foreign key: SQLite would have to copy the table, to which others refer.
    op.add_column("person", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_index("ix_person_merged_into", "person", ["merged_into"], unique=False)
