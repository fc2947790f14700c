"""Whom a look concerned, and in which role staff looked: a person may ask who has seen what is theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows from before say neither: they are never rewritten, and are found by their request.
    op.add_column("access", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.add_column("access", sa.Column("role", sa.String(length=40), nullable=True))
    op.create_index("ix_access_person", "access", ["person_id", "at"], unique=False)
