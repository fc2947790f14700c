"""A patient's lists at one clinic, by an index of their own."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["person_id", "clinic_id", "created_at", "id"]
    op.create_index("ix_request_person_clinic", "request", columns)
