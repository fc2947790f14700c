"""The tables of a clinic's calendar: its times, in versions, and those that are held for somebody. No methods."""

from typing import Any

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, optional, required

OFFERED: dict[str, Any] = {
    "sqlite_where": sa.text("is_current = 1 AND offered = 1"),
    "postgresql_where": sa.text("is_current AND offered"),
}
SLOT = sa.Table(
    "slot",
    METADATA,
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("key", sa.String(64), primary_key=True),
    required("version", sa.Integer, primary_key=True),
    required("practitioner", sa.String(64)),
    required("reason", sa.String(40)),
    required("starts_at", UtcDateTime),
    required("ends_at", UtcDateTime),
    optional("released_at", UtcDateTime),
    required("offered", sa.Boolean),
    required("at", UtcDateTime),
    required("is_current", sa.Boolean),
    required("removed", sa.Boolean, server_default=sa.false()),
    sa.Index("ix_slot_current", "clinic_id", "key", unique=True, sqlite_where=sa.text("is_current = 1"),
             postgresql_where=sa.text("is_current")),
    # What is asked for a month or a week: the times in force that are offered, of everybody and of one practitioner.
    sa.Index("ix_slot_offered", "clinic_id", "starts_at", "key", **OFFERED),
    sa.Index("ix_slot_offered_by", "clinic_id", "practitioner", "starts_at", "key", **OFFERED),
)  # fmt: skip

SLOT_HOLD = sa.Table(
    "slot_hold",
    METADATA,
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("slot", sa.String(64), primary_key=True),
    required("holder", sa.LargeBinary(32)),
    required("until", UtcDateTime, index=True),
    optional("request_id", sa.Uuid, index=True),
    sa.Index("uq_slot_hold_form", "clinic_id", "holder", unique=True, sqlite_where=sa.text("request_id IS NULL"),
             postgresql_where=sa.text("request_id IS NULL")),
)  # fmt: skip
