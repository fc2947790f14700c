"""What alembic runs for each walk: on the connection that it is given, inside that connection's transaction."""

from alembic import context
from sqlalchemy.engine import Connection

from storage import (
    activation_links,
    calendar_registers,
    factor_registers,
    grant_registers,
    identity_registers,
    models,
    recovery_registers,
    registers,
    visit_registers,
)
from storage.columns import METADATA

KNOWN = (
    activation_links,
    calendar_registers,
    factor_registers,
    grant_registers,
    identity_registers,
    models,
    recovery_registers,
    registers,
    visit_registers,
)
"""The rooms whose import fills METADATA."""


def walk(connection: Connection) -> None:
    """Run the migrations that are missing."""
    # SQLite cannot alter a table in place: alembic then copies it, which is what batch means.
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


walk(context.config.attributes["connection"])
