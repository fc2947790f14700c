"""By when an answer is promised, when each milestone was reached, and since when a request is in its state."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

AWAITING = "(state = 'submitted' OR state = 'delivered')"
WATCHED = "watch_unread AND read_at IS NULL"


def upgrade() -> None:
    for moment in ("entered_at", "delivered_at", "answered_at", "notified_at", "late_at"):
        op.add_column("request", sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
    op.add_column("request", sa.Column("promised_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_request_promise",
        "request",
        ["clinic_id", "promised_on", "id"],
        sqlite_where=sa.text(AWAITING),
        postgresql_where=sa.text(AWAITING),
    )
    op.create_index(
        "ix_message_watched",
        "message",
        ["clinic_id", "at", "id"],
        sqlite_where=sa.text(WATCHED),
        postgresql_where=sa.text(WATCHED),
    )
