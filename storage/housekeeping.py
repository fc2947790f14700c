"""Remove what has served its time: idempotency keys, counters, log-ins, attempts, drafts, holds. Never history."""

from datetime import timedelta

import sqlalchemy as sa

from storage import drafts, guesses, slot_holds, stops
from storage.addresses import forget_told
from storage.database import Database
from storage.factor_registers import PASSKEY_CHALLENGE, SECOND_FACTOR
from storage.identity_registers import OIDC_ATTEMPT, VERIFIED_IDENTITY
from storage.models import IDEMPOTENCY
from storage.not_reached import settle_read
from storage.registers import LOG_IN, LOG_IN_ATTEMPT, THROTTLE
from storage.writing_registers import DRAFT, STOPPED

KEYS_KEPT = timedelta(days=7)
COUNTERS_KEPT = timedelta(days=1)
ATTEMPTS_KEPT = timedelta(days=1)
LOG_INS_KEPT = timedelta(days=90)


def sweep(database: Database) -> int:
    """Remove rows that are past their time, and addresses whose letter has gone; return how many rows."""
    now = database.clock()
    past = (
        sa.delete(IDEMPOTENCY).where(IDEMPOTENCY.c.created_at < now - KEYS_KEPT),
        sa.delete(THROTTLE).where(THROTTLE.c.window_start < now - COUNTERS_KEPT),
        guesses.outdated(now),
        slot_holds.outdated(now),
        sa.delete(LOG_IN).where(LOG_IN.c.ends_at < now - LOG_INS_KEPT),
        sa.delete(LOG_IN_ATTEMPT).where(LOG_IN_ATTEMPT.c.expires_at < now - ATTEMPTS_KEPT),
        sa.delete(PASSKEY_CHALLENGE).where(PASSKEY_CHALLENGE.c.expires_at < now - ATTEMPTS_KEPT),
        sa.delete(SECOND_FACTOR).where(
            SECOND_FACTOR.c.confirmed_at.is_(None), SECOND_FACTOR.c.created_at < now - ATTEMPTS_KEPT
        ),
        sa.delete(OIDC_ATTEMPT).where(OIDC_ATTEMPT.c.expires_at < now - ATTEMPTS_KEPT),
        sa.delete(DRAFT).where(DRAFT.c.changed_at < now - drafts.KEPT),
        sa.delete(STOPPED).where(STOPPED.c.at < now - stops.KEPT),
        sa.delete(VERIFIED_IDENTITY).where(VERIFIED_IDENTITY.c.expires_at < now),
    )
    with database.writing() as connection:
        connection.execute(forget_told(now))
        connection.execute(settle_read(now))
        return sum(connection.execute(statement).rowcount for statement in past)
