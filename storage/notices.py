"""The notice to those under 15, that all who hold custody can see what they send (ACC-12): who needs it, who had it.

The age is looked up at the time of an act and kept nowhere; what is kept is when the notice was first seen.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.accounts import CPR_COLUMNS, CPR_KEY, PRESENT_CPR, opened_cpr
from storage.registers import MEMBERSHIP, PERSON_CPR
from workflows.facts import Facts

ADULT_TO_THE_NOTICE = 15  # years: from then on a person's record is their own

# Built once, for every message and booking asks.
_OF_PATIENT = (
    sa.select(MEMBERSHIP.c.notice_under15_shown_at, *CPR_COLUMNS)
    .select_from(MEMBERSHIP)
    .join(PERSON_CPR, PERSON_CPR.c.person_id == MEMBERSHIP.c.person_id)
    .join(CPR_KEY, PRESENT_CPR)
    .where(MEMBERSHIP.c.person_id == sa.bindparam("person"), MEMBERSHIP.c.clinic_id == sa.bindparam("clinic"))
)
_SHOWN = sa.update(MEMBERSHIP).where(
    MEMBERSHIP.c.person_id == sa.bindparam("of_person"),
    MEMBERSHIP.c.clinic_id == sa.bindparam("of_clinic"),
    MEMBERSHIP.c.notice_under15_shown_at.is_(None),
)


def with_age(connection: Connection, keyring: Keyring, clinic: UUID, person: UUID | None, facts: Facts) -> Facts:
    """Return the facts with whether the patient is under 15 on the day, and whether they have seen the notice.

    Raises:
        NotFoundError: the person's key has been destroyed.
    """
    if facts.content.notice_seen or person is None:
        return replace(facts, notice_seen=facts.content.notice_seen)
    row = connection.execute(_OF_PATIENT, {"person": person, "clinic": clinic}).one_or_none()
    if row is None:
        return facts
    child = opened_cpr(keyring, row).age(facts.now) < ADULT_TO_THE_NOTICE
    return replace(facts, under_15=child, notice_seen=row.notice_under15_shown_at is not None)


def note_notice(connection: Connection, clinic: UUID, person: UUID | None, now: datetime) -> None:
    """Keep when the person first said, at this clinic, that they have seen the notice."""
    connection.execute(_SHOWN, {"of_person": person, "of_clinic": clinic, "notice_under15_shown_at": now})
