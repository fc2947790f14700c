"""A new address: what could not be told at the old one is told again."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.history import Actor, Cause
from storage.ledger import Ledger, Said
from storage.models import REQUEST
from storage.standing import lock
from workflows.vocabulary import NotApplicableError, Refusal, State

MOST = 200  # letters to one new address


def renotify(connection: Connection, ledger: Ledger, person: UUID, clinic: UUID, actor: Actor, cause: Cause) -> int:
    """Let the person's unreachable requests at the clinic be told again; return how many are."""
    unreachable = (
        sa.select(REQUEST.c.id)
        .where(
            REQUEST.c.person_id == person,
            REQUEST.c.clinic_id == clinic,
            REQUEST.c.state == State.UNREACHABLE.value,
        )
        .order_by(REQUEST.c.id.desc())
        .limit(MOST)
    )
    requests = connection.execute(unreachable).scalars().all()
    return sum(_told(connection, ledger, request, actor, cause) for request in requests)


def _told(connection: Connection, ledger: Ledger, request: UUID, actor: Actor, cause: Cause) -> bool:
    standing = lock(connection, ledger.keyring, request)
    try:
        outcome = ledger.advance_locked(connection, standing, "renotify", Said(), actor, cause)
    except NotApplicableError:
        return False
    return not isinstance(outcome, Refusal)
