"""Until when a password that staff gave lets in once; it stands until the owner has chosen another."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
