"""The calendar by month and week, times that are held, a patient's appointments by time; times that are gone."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OFFERED: dict[str, Any] = {
    "sqlite_where": sa.text("is_current = 1 AND offered = 1"),
    "postgresql_where": sa.text("is_current AND offered"),
}
_TIMED = sa.text("slot_start IS NOT NULL")
_FOR_A_FORM = sa.text("request_id IS NULL")
_ONE_OF_EACH = (
    ("uq_request_slot_held", "request", ["clinic_id", "slot"], "slot_held"),
    ("ix_setting_current", "setting", ["clinic_id", "topic", "key"], "is_current"),
    ("ix_slot_current", "slot", ["clinic_id", "key"], "is_current"),
    ("ix_medicine_list_current", "medicine_list", ["clinic_id", "person_id"], "is_current"),
)
"""Partial indexes whose condition SQLite must find in a query word for word, where a truth is asked for as `= 1`."""


def upgrade() -> None:
    op.add_column("slot", sa.Column("removed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_slot_time", table_name="slot")
    for name, columns in (
        ("ix_slot_offered", ["clinic_id", "starts_at", "key"]),
        ("ix_slot_offered_by", ["clinic_id", "practitioner", "starts_at", "key"]),
    ):
        op.create_index(name, "slot", columns, **_OFFERED)
    op.create_index(
        "ix_request_person_time",
        "request",
        ["person_id", "slot_start", "id"],
        sqlite_where=_TIMED,
        postgresql_where=_TIMED,
    )
    op.create_table(
        "slot_hold",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=32), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_slot_hold_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "slot", name=op.f("pk_slot_hold")),
    )
    op.create_index(op.f("ix_slot_hold_until"), "slot_hold", ["until"])
    op.create_index(op.f("ix_slot_hold_request_id"), "slot_hold", ["request_id"])
    op.create_index(
        "uq_slot_hold_form",
        "slot_hold",
        ["clinic_id", "holder"],
        unique=True,
        sqlite_where=_FOR_A_FORM,
        postgresql_where=_FOR_A_FORM,
    )
    if op.get_context().dialect.name == "sqlite":
        for name, table, columns, truth in _ONE_OF_EACH:
            op.drop_index(name, table_name=table)
            op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(f"{truth} = 1"))
