"""API clients with keys and scopes; a log-in knows the client that made it, and a person's log-ins are found by end."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_client_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_client_name")),
    )
    with op.batch_alter_table("log_in") as log_in:
        log_in.add_column(sa.Column("client_id", sa.Uuid(), nullable=True))
        log_in.create_foreign_key(op.f("fk_log_in_client_id"), "api_client", ["client_id"], ["id"])
    op.create_index(op.f("ix_log_in_client_id"), "log_in", ["client_id"], unique=False)
    op.create_index("ix_log_in_standing", "log_in", ["person_id", "ends_at"], unique=False)
