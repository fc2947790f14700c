"""Who at the clinic put each version of a medicine list in force: exceptions with an end date are in it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("medicine_list", sa.Column("by", sa.String(80), nullable=True))
