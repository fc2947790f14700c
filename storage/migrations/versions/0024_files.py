"""Files that patients and clinics attach to their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_UNUSED = sa.text("used_at IS NULL")
_ERASED = sa.text("sealed IS NULL")


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("print", sa.LargeBinary(length=32), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_stored_file_clinic_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stored_file_person_id")),
        sa.ForeignKeyConstraint(["key_id"], ["sealing_key.id"], name=op.f("fk_stored_file_key_id")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_stored_file_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
    )
    op.create_index("ix_stored_file_request", "stored_file", ["request_id"])
    op.create_index("ix_stored_file_person", "stored_file", ["person_id", "clinic_id"])
    for name, column, where in (("unused", "created_at", _UNUSED), ("erased", "id", _ERASED)):
        op.create_index(f"ix_stored_file_{name}", "stored_file", [column], sqlite_where=where, postgresql_where=where)
