"""The tables of what surrounds a booking: who waits for which times, what was offered, what is due by the clock."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, optional, required

TIMER = sa.Table(
    "timer",
    METADATA,
    required("what", sa.String(20), primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("subject", sa.String(64), primary_key=True),
    required("due_at", UtcDateTime, index=True),
)

WAITING_ENTRY = sa.Table(
    "waiting_entry",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("reason", sa.String(40)),
    optional("practitioner", sa.String(64)),
    required("first_day", sa.Date),
    required("last_day", sa.Date),
    required("morning", sa.Boolean),
    required("afternoon", sa.Boolean),
    required("evening", sa.Boolean),
    required("since", UtcDateTime),
    required("in_line", sa.Boolean),
    sa.Index("ix_waiting_entry_line", "clinic_id", "reason", "since", "request_id"),
)

WAITING_OFFER = sa.Table(
    "waiting_offer",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("slot", sa.String(64), primary_key=True),
    required("starts_at", UtcDateTime, primary_key=True),
    required("at", UtcDateTime),
)

VISIT_PREFERENCE = sa.Table(
    "visit_preference",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    optional("remind_minutes", sa.Integer),
    optional("times_agreed_at", UtcDateTime),
    optional("times_ended_at", UtcDateTime),
    required("changed_at", UtcDateTime),
)

CALENDAR_FEED = sa.Table(
    "calendar_feed",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("created_at", UtcDateTime),
)
