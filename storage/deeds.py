"""The deeds of a step that reach beyond the request's own row, in the step's transaction."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.models import MESSAGE, REQUEST
from storage.registers import ACCOUNT, LOG_IN, LOG_IN_ATTEMPT, RECOVERY_LINK
from storage.standing import Standing
from workflows.content import Content
from workflows.delivery import Receipt
from workflows.vocabulary import Now


def do(connection: Connection, deed: Now, standing: Standing, password_hash: str | None, now: datetime) -> None:
    """Do one deed. Those that only change the request's own row are the ledger's and need nothing here."""
    if deed is Now.FORGET_WHAT_WAS_TYPED:
        connection.execute(sa.update(MESSAGE).where(MESSAGE.c.request_id == standing.id).values(sealed=None))
    if deed is Now.SET_PASSWORD:
        _set_password(connection, standing, password_hash, now)


def keep_receipt(connection: Connection, request: UUID, content: Content) -> None:
    """Keep the clinic's reference where the receipt comes after another word that proved the arrival."""
    if isinstance(content, Receipt):
        connection.execute(
            sa.update(REQUEST)
            .where(REQUEST.c.id == request)
            .values(
                reference=sa.func.coalesce(REQUEST.c.reference, content.reference),
                journal_copy=sa.func.coalesce(REQUEST.c.journal_copy, content.journal_copy),
            ),
        )


def _set_password(connection: Connection, standing: Standing, password_hash: str | None, now: datetime) -> None:
    """Set the new password, use up the link, end every log-in and void every code (REC-7).

    Raises:
        ValueError: the caller gave no password.
    """
    if password_hash is None or standing.person is None:
        raise ValueError("a new password needs a person and a hash")
    person = standing.person
    connection.execute(
        sa.update(ACCOUNT).where(ACCOUNT.c.person_id == person).values(password_hash=password_hash, changed_at=now),
    )
    connection.execute(
        sa.update(RECOVERY_LINK).where(RECOVERY_LINK.c.request_id == standing.id).values(used_at=now),
    )
    for table in (LOG_IN, LOG_IN_ATTEMPT):
        connection.execute(
            sa.update(table).where(table.c.person_id == person, table.c.ended_at.is_(None)).values(ended_at=now),
        )
