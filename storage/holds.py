"""Content that a clinic keeps back for a while from log-ins that rest on a mailbox alone, and what ends that.

A new password by mail, or a new address, may be the work of somebody who has the mailbox and nothing else. Each clinic
holds its own content, by its own setting, and lifts the hold itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.keys import Keyring
from identity.subject import Held
from storage.accounts import CPR_COLUMNS, CPR_KEY, PRESENT_CPR, opened_cpr
from storage.recovery_registers import CONTENT_HOLD
from storage.registers import ACCOUNT, CLINIC, MEMBERSHIP, PERSON_CPR, SETTING
from storage.scope import concerns
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, clinic_of

HELD_FOR = timedelta(hours=24)
Reason = Literal["reset", "address"]

_NOT_LIFTED = CONTENT_HOLD.c.lifted_at.is_(None)
IN_FORCE = sa.and_(_NOT_LIFTED, sa.or_(CONTENT_HOLD.c.until.is_(None), CONTENT_HOLD.c.until > sa.bindparam("hold_now")))
"""Which holds are in force at the moment `hold_now`."""


@dataclass(frozen=True, slots=True)
class HeldPatient:
    """A patient whose content is held at the clinic, or whose password is locked; `until` None: till they confirm."""

    person: UUID
    cpr: Cpr
    reason: str
    since: datetime
    until: datetime | None


@concerns("person")
def hold_content(
    connection: Connection, person: UUID, reason: Reason, now: datetime, *, but_at: UUID | None = None
) -> None:
    """Hold the content of each of the person's clinics, but for one, as that clinic's settings have it.

    A hold that only the clinic can end is never made shorter.
    """
    theirs = (
        sa.select(MEMBERSHIP.c.clinic_id, *CLINIC_COLUMNS)
        .join(CLINIC, CLINIC.c.id == MEMBERSHIP.c.clinic_id)
        .join(SETTING, CURRENT_SETTINGS)
        .where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.until.is_(None))
        .order_by(MEMBERSHIP.c.clinic_id)
    )
    for row in connection.execute(theirs).all():
        waits = clinic_of(row, row.clinic_id).settings.after_reset == "hold"
        if row.clinic_id != but_at:
            _put(connection, person, row.clinic_id, reason, now, now + HELD_FOR if waits else None)


def holds_of(connection: Connection, person: UUID, now: datetime) -> tuple[Held, ...]:
    """Return the holds in force on a person's content, by clinic."""
    rows = connection.execute(
        sa.select(CONTENT_HOLD).where(CONTENT_HOLD.c.person_id == person, IN_FORCE).order_by(CONTENT_HOLD.c.clinic_id),
        {"hold_now": now},
    )
    return tuple(Held(row.clinic_id, row.until) for row in rows)


def lift(connection: Connection, person: UUID, clinic: UUID | None, by: str, now: datetime) -> None:
    """Lift the hold at one clinic, or at every clinic where none is named; again changes nothing."""
    where = (CONTENT_HOLD.c.person_id == person, _NOT_LIFTED)
    here = where if clinic is None else (*where, CONTENT_HOLD.c.clinic_id == clinic)
    connection.execute(sa.update(CONTENT_HOLD).where(*here).values(lifted_at=now, lifted_by=by))


def held_patients(
    connection: Connection, keyring: Keyring, clinic: UUID, now: datetime, limit: int
) -> Sequence[HeldPatient]:
    """Return the clinic's patients whose content is held there or whose password is locked, longest first."""
    held_here = sa.and_(
        CONTENT_HOLD.c.person_id == MEMBERSHIP.c.person_id, CONTENT_HOLD.c.clinic_id == MEMBERSHIP.c.clinic_id, IN_FORCE
    )
    since = sa.func.coalesce(ACCOUNT.c.locked_at, CONTENT_HOLD.c.since, type_=CONTENT_HOLD.c.since.type)
    rows = connection.execute(
        sa.select(
            MEMBERSHIP.c.person_id,
            CONTENT_HOLD.c.reason,
            CONTENT_HOLD.c.until,
            ACCOUNT.c.locked_at,
            since.label("held_since"),
            *CPR_COLUMNS,
        )
        .select_from(MEMBERSHIP)
        .join(ACCOUNT, ACCOUNT.c.person_id == MEMBERSHIP.c.person_id)
        .join(PERSON_CPR, PERSON_CPR.c.person_id == MEMBERSHIP.c.person_id)
        .join(CPR_KEY, PRESENT_CPR)
        .outerjoin(CONTENT_HOLD, held_here)
        .where(
            MEMBERSHIP.c.clinic_id == clinic,
            MEMBERSHIP.c.until.is_(None),
            sa.or_(ACCOUNT.c.locked_at.is_not(None), CONTENT_HOLD.c.since.is_not(None)),
        )
        .order_by(since)
        .limit(limit),
        {"hold_now": now},
    )
    return [_held(keyring, row) for row in rows]


def _held(keyring: Keyring, row: Any) -> HeldPatient:
    """Return a patient of the list; a password that its owner disputes comes before what else is held."""
    disputed = row.locked_at is not None
    return HeldPatient(
        person=row.person_id,
        cpr=opened_cpr(keyring, row),
        reason="disputed" if disputed else row.reason,
        since=row.held_since,
        until=None if disputed else row.until,
    )


def _put(
    connection: Connection, person: UUID, clinic: UUID, reason: Reason, now: datetime, until: datetime | None
) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    fresh = insert(CONTENT_HOLD).values(person_id=person, clinic_id=clinic, reason=reason, since=now, until=until)
    endless = sa.and_(_NOT_LIFTED, CONTENT_HOLD.c.until.is_(None))
    longer = sa.case((endless, sa.null()), else_=fresh.excluded.until)
    connection.execute(
        fresh.on_conflict_do_update(
            index_elements=[CONTENT_HOLD.c.person_id, CONTENT_HOLD.c.clinic_id],
            set_={"reason": reason, "since": now, "until": longer, "lifted_at": None, "lifted_by": None},
        ),
    )
