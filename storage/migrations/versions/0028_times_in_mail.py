"""When a patient agreed to have the times of appointments in mails, and when that ended."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("times_agreed_at", "times_ended_at"):
        op.add_column("visit_preference", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
