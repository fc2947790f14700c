"""The tables of getting back in: links that dispute, what is held back meanwhile, addresses to be told. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

DISPUTE_LINK = sa.Table(
    "dispute_link",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("expires_at", UtcDateTime),
    optional("used_at", UtcDateTime),
)

CONTENT_HOLD = sa.Table(
    "content_hold",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("reason", sa.String(20)),
    required("since", UtcDateTime),
    optional("until", UtcDateTime),
    optional("lifted_at", UtcDateTime),
    optional("lifted_by", sa.String(80)),
)

ADDRESS_NOTICE = sa.Table(
    "address_notice",
    METADATA,
    identifier(primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    optional("email_sealed", sa.LargeBinary),
    required("created_at", UtcDateTime),
)
