"""Clinics and what they decide; people, their accounts and log-ins; who looked at what."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column("corr", sa.String(length=64), nullable=True),
        sa.Column("net", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
    )
    op.create_index("ix_access_actor", "access", ["actor", "at"], unique=False)
    op.create_index("ix_access_request", "access", ["request_id", "at"], unique=False)
    op.create_table(
        "auditor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("clinics", sa.JSON(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditor")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_auditor_token_hash")),
    )
    op.create_table(
        "clinic",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("winplc_url", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
        sa.UniqueConstraint("slug", name=op.f("uq_clinic_slug")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "throttle",
        sa.Column("bucket", sa.String(length=120), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "window_start", name=op.f("pk_throttle")),
    )
    op.create_table(
        "clinic_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_secret_clinic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_secret")),
    )
    op.create_index(op.f("ix_clinic_secret_clinic_id"), "clinic_secret", ["clinic_id"], unique=False)
    op.create_table(
        "log_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_log_in_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_log_in_token_hash")),
    )
    op.create_index(op.f("ix_log_in_person_id"), "log_in", ["person_id"], unique=False)
    op.create_table(
        "log_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_log_in_attempt_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_in_attempt")),
    )
    op.create_index(op.f("ix_log_in_attempt_person_id"), "log_in_attempt", ["person_id"], unique=False)
    op.create_table(
        "sealing_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_sealing_key_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sealing_key_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealing_key")),
    )
    op.create_index("ix_sealing_key_owner", "sealing_key", ["person_id", "clinic_id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_setting_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "topic", "key", "version", name=op.f("pk_setting")),
    )
    op.create_index(
        "ix_setting_current",
        "setting",
        ["clinic_id", "topic", "key"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "slot",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("practitioner", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_slot_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "key", "version", name=op.f("pk_slot")),
    )
    op.create_index(
        "ix_slot_current",
        "slot",
        ["clinic_id", "key"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("ix_slot_time", "slot", ["clinic_id", "starts_at", "key"], unique=False)
    op.create_table(
        "account",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("email_index", sa.LargeBinary(length=32), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_account_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
    )
    op.create_index(op.f("ix_account_email_index"), "account", ["email_index"], unique=False)
    op.create_table(
        "medicine_list",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_medicine_list_clinic_id")),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_medicine_list_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_medicine_list_person_id")),
        sa.PrimaryKeyConstraint("clinic_id", "person_id", "version", name=op.f("pk_medicine_list")),
    )
    op.create_index(
        "ix_medicine_list_current",
        "medicine_list",
        ["clinic_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("mitid_exempt", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_membership_clinic_id")),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_membership_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("person_id", "clinic_id", name=op.f("pk_membership")),
    )
    op.create_table(
        "person_cpr",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("cpr_index", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_person_cpr_key_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_cpr_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_cpr")),
        sa.UniqueConstraint("cpr_index", name=op.f("uq_person_cpr_cpr_index")),
    )
    op.create_index(op.f("ix_person_cpr_person_id"), "person_cpr", ["person_id"], unique=False)
