"""The tables of identities that others vouch for, and of the attempts to have one vouched for. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

FEDERATED_IDENTITY = sa.Table(
    "federated_identity",
    METADATA,
    required("issuer", sa.String(300), primary_key=True),
    required("subject_index", sa.LargeBinary(32), primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("since", UtcDateTime),
)

OIDC_ATTEMPT = sa.Table(
    "oidc_attempt",
    METADATA,
    identifier(primary_key=True),
    required("state_hash", sa.LargeBinary(32), unique=True),
    required("browser_hash", sa.LargeBinary(32)),
    required("sealed", sa.LargeBinary),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    required("keep", sa.String(10)),
    required("created_at", UtcDateTime),
    required("expires_at", UtcDateTime, index=True),
    optional("used_at", UtcDateTime),
)

VERIFIED_IDENTITY = sa.Table(
    "verified_identity",
    METADATA,
    identifier(primary_key=True),
    required("handle_hash", sa.LargeBinary(32), unique=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("sealed", sa.LargeBinary),
    required("created_at", UtcDateTime),
    required("expires_at", UtcDateTime, index=True),
    optional("used_at", UtcDateTime),
)
