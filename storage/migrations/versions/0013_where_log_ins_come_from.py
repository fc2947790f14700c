"""From which networks a number was tried and has logged in: keyed hashes of both, for waits and shares of tries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_in_origin",
        sa.Column("cpr_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("net_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("cpr_index", "net_index", name=op.f("pk_log_in_origin")),
    )
    op.create_index(op.f("ix_log_in_origin_tried_at"), "log_in_origin", ["tried_at"], unique=False)
    op.add_column("log_in_attempt", sa.Column("net_index", sa.LargeBinary(length=32), nullable=True))
