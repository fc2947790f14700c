"""The tables about notices: letters that reached nobody, what patients wish, what was delivered, who was refused."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

OPEN = "handled_at IS NULL"
"""Which rows still wait for somebody. Written out, so that a query's own condition is seen to be the index's."""

NOT_REACHED = sa.Table(
    "not_reached",
    METADATA,
    identifier(primary_key=True),
    required("clinic_id", sa.Uuid),
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), index=True),
    optional("letter", sa.String(40)),
    required("reason", sa.String(40)),
    required("since", UtcDateTime),
    optional("handled_at", UtcDateTime),
    sa.Index("ix_not_reached_open", "clinic_id", "since", "id", sqlite_where=sa.text(OPEN),
             postgresql_where=sa.text(OPEN)),
)  # fmt: skip

DELIVERY = sa.Table(
    "delivery",
    METADATA,
    required("outbox_id", sa.Uuid, primary_key=True),
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), index=True),
    required("clinic_id", sa.Uuid),
    optional("reference", sa.String(64)),
    optional("journal_copy", sa.String(64)),
    required("at", UtcDateTime),
    required("form", sa.Integer),
    required("fingerprint", sa.LargeBinary(32)),
)

NOTICE_WISH = sa.Table(
    "notice_wish",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("channel", sa.String(10)),
    optional("phone_sealed", sa.LargeBinary),
    optional("sms_agreed_at", UtcDateTime),
    optional("sms_ended_at", UtcDateTime),
    optional("quiet_from", sa.String(5)),
    optional("quiet_until", sa.String(5)),
    optional("digest_at", sa.String(5)),
    required("changed_at", UtcDateTime),
)

REFUSED = sa.Table(
    "refused",
    METADATA,
    required("clinic_id", sa.Uuid, primary_key=True),
    required("day", sa.Date, primary_key=True),
    required("kind", sa.String(40), primary_key=True),
    required("layer", sa.String(20), primary_key=True),
    required("code", sa.String(40), primary_key=True),
    required("count", sa.Integer),
)
