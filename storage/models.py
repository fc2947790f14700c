"""The tables of a request's life: request, message, history, outbox, inbox. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

_UNREAD = "read_at IS NULL AND author = 'clinician' AND sealed IS NOT NULL"

WORKFLOW_VERSION = sa.Table(
    "workflow_version",
    METADATA,
    required("wf", sa.String(64), primary_key=True),
    required("kind", sa.String(40)),
    required("body", sa.Text),
    required("first_at", UtcDateTime),
)

ALLOWED_TRANSITION = sa.Table(
    "allowed_transition",
    METADATA,
    required("wf", sa.String(64), sa.ForeignKey("workflow_version.wf"), primary_key=True),
    required("kind", sa.String(40), primary_key=True),
    required("from_state", sa.String(40), primary_key=True),
    required("trigger", sa.String(40), primary_key=True),
    required("to_state", sa.String(40), primary_key=True),
)

AWAITING = "(state = 'submitted' OR state = 'delivered')"
"""In which states an answer is awaited. Written out, so that a query's own condition is seen to be the index's."""

REQUEST = sa.Table(
    "request",
    METADATA,
    identifier(primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    optional("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("thread_id", sa.Uuid),
    required("kind", sa.String(40)),
    required("wf", sa.String(64)),
    required("state", sa.String(40)),
    required("version", sa.Integer),
    required("head", sa.LargeBinary(32)),
    required("channel", sa.String(40)),
    required("initiator", sa.String(20)),
    optional("practitioner", sa.String(64)),
    optional("slot", sa.String(64)),
    optional("slot_start", UtcDateTime),
    optional("slot_end", UtcDateTime),
    required("slot_held", sa.Boolean),
    optional("outcome", sa.String(40)),
    optional("opened_at", UtcDateTime),
    optional("reference", sa.String(64)),
    optional("journal_copy", sa.String(64)),
    required("created_at", UtcDateTime),
    required("changed_at", UtcDateTime),
    optional("entered_at", UtcDateTime),
    optional("delivered_at", UtcDateTime),
    optional("answered_at", UtcDateTime),
    optional("notified_at", UtcDateTime),
    optional("promised_on", sa.Date),
    optional("late_at", UtcDateTime),
    optional("due_at", UtcDateTime),
    optional("due_trigger", sa.String(40)),
    required("is_newest", sa.Boolean, server_default=sa.true()),
    optional("spoken_at", UtcDateTime),
    sa.Index("ix_request_person_page", "person_id", "created_at", "id"),
    sa.Index("ix_request_clinic_page", "clinic_id", "created_at", "id"),
    sa.Index("ix_request_person_clinic", "person_id", "clinic_id", "created_at", "id"),
    sa.Index("ix_request_thread", "thread_id"),
    sa.Index("ix_request_threads", "person_id", "kind", "spoken_at", "id", sqlite_where=sa.text("is_newest = 1"),
             postgresql_where=sa.text("is_newest")),
    sa.Index("uq_request_newest", "thread_id", unique=True, sqlite_where=sa.text("is_newest = 1"),
             postgresql_where=sa.text("is_newest")),
    sa.Index("ix_request_person_time", "person_id", "slot_start", "id",
             sqlite_where=sa.text("slot_start IS NOT NULL"), postgresql_where=sa.text("slot_start IS NOT NULL")),
    sa.Index("ix_request_due", "due_at", sqlite_where=sa.text("due_at IS NOT NULL"),
             postgresql_where=sa.text("due_at IS NOT NULL")),
    sa.Index("ix_request_promise", "clinic_id", "promised_on", "id", sqlite_where=sa.text(AWAITING),
             postgresql_where=sa.text(AWAITING)),
    sa.Index("uq_request_slot_held", "clinic_id", "slot", unique=True, sqlite_where=sa.text("slot_held = 1"),
             postgresql_where=sa.text("slot_held")),
)  # fmt: skip

WATCHED = "watch_unread AND read_at IS NULL"
"""Which messages the clinic still waits to see read (EKO-6)."""

MESSAGE = sa.Table(
    "message",
    METADATA,
    identifier(primary_key=True),
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), index=True),
    required("clinic_id", sa.Uuid),
    required("n", sa.Integer),
    required("author", sa.String(20)),
    required("trigger", sa.String(40)),
    optional("sealed", sa.LargeBinary),
    optional("clinic_message", sa.String(64)),
    required("watch_unread", sa.Boolean),
    required("at", UtcDateTime),
    optional("read_at", UtcDateTime),
    optional("person_id", sa.Uuid),
    sa.UniqueConstraint("clinic_id", "clinic_message"),
    sa.Index("ix_message_unread", "person_id", "clinic_id", sqlite_where=sa.text(_UNREAD),
             postgresql_where=sa.text(_UNREAD)),
    sa.Index("ix_message_watched", "clinic_id", "at", "id", sqlite_where=sa.text(WATCHED),
             postgresql_where=sa.text(WATCHED)),
)  # fmt: skip

HISTORY = sa.Table(
    "history",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("n", sa.Integer, primary_key=True),
    required("id", sa.Uuid, unique=True),
    required("wf", sa.String(64)),
    required("kind", sa.String(40)),
    required("trigger", sa.String(40)),
    required("from_state", sa.String(40)),
    required("to_state", sa.String(40)),
    required("actor", sa.String(20)),
    required("at", UtcDateTime),
    required("body", sa.LargeBinary),
    required("prev", sa.LargeBinary(32)),
    required("hash", sa.LargeBinary(32)),
    sa.UniqueConstraint("request_id", "prev"),
    sa.ForeignKeyConstraint(
        ["wf", "kind", "from_state", "trigger", "to_state"],
        [
            "allowed_transition.wf",
            "allowed_transition.kind",
            "allowed_transition.from_state",
            "allowed_transition.trigger",
            "allowed_transition.to_state",
        ],
        name="fk_history_allowed_transition",
    ),
)

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    identifier(primary_key=True),
    optional("history_id", sa.Uuid),
    optional("request_id", sa.Uuid),
    optional("subject_id", sa.Uuid),
    required("clinic_id", sa.Uuid),
    required("n", sa.Integer),
    required("effect", sa.String(40)),
    optional("letter", sa.String(40)),
    required("destination", sa.String(20)),
    required("state", sa.String(20)),
    required("attempts", sa.Integer),
    required("crashes", sa.Integer),
    required("intent", sa.Integer),
    required("next_at", UtcDateTime),
    optional("lease_by", sa.Uuid),
    optional("lease_until", UtcDateTime),
    optional("offered_until", UtcDateTime),
    optional("error", sa.String(80)),
    optional("outcome", sa.String(20)),
    required("created_at", UtcDateTime),
    optional("settled_at", UtcDateTime),
    sa.UniqueConstraint("effect", "history_id"),
    sa.Index("ix_outbox_due", "next_at", sqlite_where=sa.text("state = 'due'"),
             postgresql_where=sa.text("state = 'due'")),
    sa.Index("ix_outbox_request", "request_id", "destination", "n"),
    sa.Index("ix_outbox_parked", "clinic_id", sqlite_where=sa.text("state = 'parked'"),
             postgresql_where=sa.text("state = 'parked'")),
)  # fmt: skip

ATTEMPT = sa.Table(
    "attempt",
    METADATA,
    required("outbox_id", sa.Uuid, sa.ForeignKey("outbox.id"), primary_key=True),
    required("n", sa.Integer, primary_key=True),
    required("started_at", UtcDateTime),
    optional("ended_at", UtcDateTime),
    optional("outcome", sa.String(80)),
)

INBOX = sa.Table(
    "inbox",
    METADATA,
    required("source", sa.Uuid, primary_key=True),
    required("message_id", sa.String(80), primary_key=True),
    required("received_at", UtcDateTime),
    required("fingerprint", sa.LargeBinary(32)),
    required("trigger", sa.String(40)),
    optional("request_id", sa.Uuid),
    required("status", sa.Integer),
    required("result", sa.JSON),
    optional("sealed", sa.LargeBinary),
)

FEED = sa.Table(
    "feed",
    METADATA,
    required("clinic_id", sa.Uuid, primary_key=True),
    required("cursor", sa.BigInteger),
    required("read_at", UtcDateTime),
)

IDEMPOTENCY = sa.Table(
    "idempotency",
    METADATA,
    required("principal", sa.String(80), primary_key=True),
    required("route", sa.String(120), primary_key=True),
    required("key", sa.String(255), primary_key=True),
    required("fingerprint", sa.LargeBinary(32)),
    optional("resource_id", sa.Uuid),
    required("created_at", UtcDateTime, index=True),
)
