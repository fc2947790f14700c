"""The one table of the plain version."""

import os

import sqlalchemy as sa

METADATA = sa.MetaData()

REQUEST = sa.Table(
    "request",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("clinic", sa.String(40), nullable=False),
    sa.Column("email", sa.String(200), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reference", sa.String(40)),
    sa.Column("answer", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("notified_at", sa.DateTime(timezone=True)),
)


def connected() -> sa.Engine:
    """Return the engine of this process, with as many connections as it has threads."""
    return sa.create_engine(os.environ["PLAIN_DATABASE_URL"], pool_size=int(os.environ["PLAIN_THREADS"]) + 2)
