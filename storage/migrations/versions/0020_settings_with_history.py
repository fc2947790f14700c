"""Settings tell who changed them by name and role, and can be cancelled; a membership tells why a patient has left."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("setting", sa.Column("by_name", sa.String(length=100), nullable=True))
    op.add_column("setting", sa.Column("by_role", sa.String(length=40), nullable=True))
    op.add_column("setting", sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_setting_time", "setting", ["clinic_id", "at", "topic", "key", "version"], unique=False)
    op.add_column("membership", sa.Column("departed", sa.String(length=20), nullable=True))
    left = sa.text("departed IS NOT NULL")
    op.create_index(
        "ix_membership_departed", "membership", ["clinic_id"], unique=False, sqlite_where=left, postgresql_where=left
    )
