"""Operators, a second factor for them and for auditors, and the log-ins of both.

A grant from before has no authenticator app, so nobody logs in with it: it must be given anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("app_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("app_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_token_hash")),
    )
    op.create_table(
        "grant_log_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_log_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_grant_log_in_token_hash")),
    )
    op.create_index(op.f("ix_grant_log_in_grant_id"), "grant_log_in", ["grant_id"], unique=False)
    op.add_column("auditor", sa.Column("app_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("auditor", sa.Column("app_step", sa.BigInteger(), server_default="0", nullable=False))
