"""Who waits for which times, what was offered them, and what is due by the clock beside requests' own deadlines."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timer",
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_timer_clinic_id")),
        sa.PrimaryKeyConstraint("what", "clinic_id", "subject", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_due_at"), "timer", ["due_at"], unique=False)
    op.create_table(
        "waiting_entry",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("practitioner", sa.String(length=64), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("morning", sa.Boolean(), nullable=False),
        sa.Column("afternoon", sa.Boolean(), nullable=False),
        sa.Column("evening", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_line", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_waiting_entry_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_waiting_entry_person_id")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_waiting_entry_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_waiting_entry")),
    )
    op.create_index(op.f("ix_waiting_entry_person_id"), "waiting_entry", ["person_id"], unique=False)
    op.create_index("ix_waiting_entry_line", "waiting_entry", ["clinic_id", "reason", "since", "request_id"])
    op.create_table(
        "waiting_offer",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_waiting_offer_request_id")),
        sa.PrimaryKeyConstraint("request_id", "slot", "starts_at", name=op.f("pk_waiting_offer")),
    )
