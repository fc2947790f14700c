"""How somebody logged in: the way and, where an identity provider vouched for them, its level of assurance."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Every log-in that stands was made the one way there was; older code goes on making them so while it still runs.
    auth = sa.Column("auth", sa.String(length=20), server_default="password+code", nullable=False)
    op.add_column("log_in", auth)
    op.add_column("log_in", sa.Column("loa", sa.String(length=20), nullable=True))
