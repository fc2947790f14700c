"""Becoming a user: who marked a patient as having no MitID and when, and when a person under 15 was told who sees."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("membership", sa.Column("exempt_by", sa.String(length=80), nullable=True))
    op.add_column("membership", sa.Column("exempt_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("membership", sa.Column("notice_under15_shown_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "activation_link",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_activation_link_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_activation_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_activation_link_token_hash")),
    )
