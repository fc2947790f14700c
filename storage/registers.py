"""The tables of people, clinics and what clinics decide; log-ins; who looked at what. No methods."""

import sqlalchemy as sa

from storage.columns import METADATA, UtcDateTime, identifier, optional, required

CLINIC = sa.Table(
    "clinic",
    METADATA,
    identifier(primary_key=True),
    required("slug", sa.String(60), unique=True),
    required("key_id", sa.Uuid),
    required("winplc_url", sa.String(300)),
    required("created_at", UtcDateTime),
)

CLINIC_SECRET = sa.Table(
    "clinic_secret",
    METADATA,
    identifier(primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), index=True),
    required("sealed", sa.LargeBinary),
    required("valid_from", UtcDateTime),
    optional("valid_until", UtcDateTime),
)

PERSON = sa.Table(
    "person",
    METADATA,
    identifier(primary_key=True),
    required("created_at", UtcDateTime),
    optional("merged_into", sa.Uuid, index=True),
)

SEALING_KEY = sa.Table(
    "sealing_key",
    METADATA,
    identifier(primary_key=True),
    optional("person_id", sa.Uuid, sa.ForeignKey("person.id")),
    optional("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id")),
    optional("wrapped", sa.LargeBinary),
    required("created_at", UtcDateTime),
    optional("destroyed_at", UtcDateTime),
    sa.Index("ix_sealing_key_owner", "person_id", "clinic_id"),
)

PERSON_CPR = sa.Table(
    "person_cpr",
    METADATA,
    identifier(primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("cpr_index", sa.LargeBinary(32), unique=True),
    required("sealed", sa.LargeBinary),
    required("since", UtcDateTime),
    optional("until", UtcDateTime),
)

ACCOUNT = sa.Table(
    "account",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    optional("password_hash", sa.String(200)),
    optional("email_index", sa.LargeBinary(32), index=True),
    optional("email_sealed", sa.LargeBinary),
    required("language", sa.String(2)),
    required("changed_at", UtcDateTime),
    optional("locked_at", UtcDateTime),
    optional("one_time_until", UtcDateTime),
)

MEMBERSHIP = sa.Table(
    "membership",
    METADATA,
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    required("mitid_exempt", sa.Boolean),
    optional("exempt_by", sa.String(80)),
    optional("exempt_at", UtcDateTime),
    optional("notice_under15_shown_at", UtcDateTime),
    required("since", UtcDateTime),
    optional("until", UtcDateTime),
    optional("departed", sa.String(20)),
    sa.Index("ix_membership_departed", "clinic_id", sqlite_where=sa.text("departed IS NOT NULL"),
             postgresql_where=sa.text("departed IS NOT NULL")),
)  # fmt: skip

SETTING = sa.Table(
    "setting",
    METADATA,
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("topic", sa.String(20), primary_key=True),
    required("key", sa.String(80), primary_key=True),
    required("version", sa.Integer, primary_key=True),
    required("body", sa.JSON),
    required("fingerprint", sa.String(64)),
    required("at", UtcDateTime),
    required("by", sa.String(80)),
    optional("by_name", sa.String(100)),
    optional("by_role", sa.String(40)),
    required("is_current", sa.Boolean),
    required("cancelled", sa.Boolean, server_default=sa.false()),
    sa.Index("ix_setting_current", "clinic_id", "topic", "key", unique=True, sqlite_where=sa.text("is_current = 1"),
             postgresql_where=sa.text("is_current")),
    sa.Index("ix_setting_time", "clinic_id", "at", "topic", "key", "version"),
)  # fmt: skip

MEDICINE_LIST = sa.Table(
    "medicine_list",
    METADATA,
    required("clinic_id", sa.Uuid, sa.ForeignKey("clinic.id"), primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), primary_key=True),
    required("version", sa.Integer, primary_key=True),
    required("key_id", sa.Uuid, sa.ForeignKey("sealing_key.id")),
    optional("sealed", sa.LargeBinary),
    required("at", UtcDateTime),
    optional("by", sa.String(80)),
    required("is_current", sa.Boolean),
    sa.Index("ix_medicine_list_current", "clinic_id", "person_id", unique=True, sqlite_where=sa.text("is_current = 1"),
             postgresql_where=sa.text("is_current")),
)  # fmt: skip

API_CLIENT = sa.Table(
    "api_client",
    METADATA,
    identifier(primary_key=True),
    required("name", sa.String(120), unique=True),
    required("channel", sa.String(40)),
    required("key_hash", sa.LargeBinary(32), unique=True),
    required("scopes", sa.JSON),
    required("created_at", UtcDateTime),
    optional("revoked_at", UtcDateTime),
)

LOG_IN = sa.Table(
    "log_in",
    METADATA,
    identifier(primary_key=True),
    required("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("channel", sa.String(40)),
    required("auth", sa.String(20), server_default="password+code"),
    optional("loa", sa.String(20)),
    required("created_at", UtcDateTime),
    required("seen_at", UtcDateTime),
    required("ends_at", UtcDateTime),
    optional("ended_at", UtcDateTime),
    optional("proven_at", UtcDateTime),
    optional("client_id", sa.Uuid, sa.ForeignKey("api_client.id"), index=True),
    sa.Index("ix_log_in_standing", "person_id", "ends_at"),
)

LOG_IN_ATTEMPT = sa.Table(
    "log_in_attempt",
    METADATA,
    identifier(primary_key=True),
    optional("person_id", sa.Uuid, sa.ForeignKey("person.id"), index=True),
    required("code_hash", sa.LargeBinary(32)),
    required("channel", sa.String(40)),
    required("tries", sa.Integer),
    required("created_at", UtcDateTime),
    required("expires_at", UtcDateTime),
    optional("ended_at", UtcDateTime),
    required("mailed", sa.Boolean, server_default=sa.true()),
    optional("cpr_index", sa.LargeBinary(32)),
    optional("net_index", sa.LargeBinary(32)),
)

RECOVERY_LINK = sa.Table(
    "recovery_link",
    METADATA,
    required("request_id", sa.Uuid, sa.ForeignKey("request.id"), primary_key=True),
    required("token_hash", sa.LargeBinary(32), unique=True),
    required("expires_at", UtcDateTime),
    optional("used_at", UtcDateTime),
)

ACCESS = sa.Table(
    "access",
    METADATA,
    identifier(primary_key=True),
    required("at", UtcDateTime),
    required("actor_kind", sa.String(20)),
    optional("actor", sa.String(80)),
    optional("clinic_id", sa.Uuid),
    optional("request_id", sa.Uuid),
    required("act", sa.String(80)),
    required("outcome", sa.String(80)),
    optional("purpose", sa.String(200)),
    optional("corr", sa.String(64)),
    optional("net", sa.String(64)),
    optional("person_id", sa.Uuid),
    optional("role", sa.String(40)),
    sa.Index("ix_access_request", "request_id", "at"),
    sa.Index("ix_access_actor", "actor", "at"),
    sa.Index("ix_access_person", "person_id", "at"),
)

LOG_IN_ORIGIN = sa.Table(
    "log_in_origin",
    METADATA,
    required("cpr_index", sa.LargeBinary(32), primary_key=True),
    required("net_index", sa.LargeBinary(32), primary_key=True),
    required("tries", sa.Integer),
    required("tried_at", UtcDateTime, index=True),
    required("not_before", UtcDateTime),
    optional("proven_at", UtcDateTime),
)

THROTTLE = sa.Table(
    "throttle",
    METADATA,
    required("bucket", sa.String(120), primary_key=True),
    required("window_start", UtcDateTime, primary_key=True),
    required("count", sa.Integer),
)
