"""Getting back in: a locked password, links that dispute one, content that is held back, addresses to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "dispute_link",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_dispute_link_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_dispute_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_dispute_link_token_hash")),
    )
    op.create_table(
        "content_hold",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_content_hold_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_content_hold_person_id")),
        sa.PrimaryKeyConstraint("person_id", "clinic_id", name=op.f("pk_content_hold")),
    )
    op.create_table(
        "address_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_address_notice_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_notice")),
    )
    op.create_index(op.f("ix_address_notice_person_id"), "address_notice", ["person_id"], unique=False)
