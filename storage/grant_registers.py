"""The tables of auditors' and operators' grants, and of the log-ins that they hold. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

OPERATOR = sa.Table(
    "operator",
    METADATA,
    identifier(primary_key=True),
    required("name", sa.String(120)),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("granted_at", UtcDateTime),
    required("expires_at", UtcDateTime),
    optional("revoked_at", UtcDateTime),
    optional("app_sealed", sa.LargeBinary),
    required("app_step", sa.BigInteger, server_default="0"),
)

GRANT_LOG_IN = sa.Table(
    "grant_log_in",
    METADATA,
    identifier(primary_key=True),
    required("kind", sa.String(20)),
    required("grant_id", sa.Uuid, index=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("created_at", UtcDateTime),
    required("seen_at", UtcDateTime),
    required("ends_at", UtcDateTime),
    optional("ended_at", UtcDateTime),
)

AUDITOR = sa.Table(
    "auditor",
    METADATA,
    identifier(primary_key=True),
    required("name", sa.String(120)),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("clinics", sa.JSON),
    required("from_date", sa.Date),
    required("to_date", sa.Date),
    required("granted_at", UtcDateTime),
    required("expires_at", UtcDateTime),
    optional("revoked_at", UtcDateTime),
    optional("app_sealed", sa.LargeBinary),
    required("app_step", sa.BigInteger, server_default="0"),
)
