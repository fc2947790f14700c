"""Two accounts that are one person's become one, and no history is lost: what each has done and been told stays.

The one that stays is the survivor. Keys stay with what they seal, so every message opens and every chain verifies.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage.accounts import membership_key
from storage.credentials import end_credentials
from storage.deeds import hand_over
from storage.drafts import take_over
from storage.files import hand_over_files
from storage.holds import hold_content, holds_of
from storage.identity_registers import FEDERATED_IDENTITY
from storage.medicines import listed_medicines, put_medicines
from storage.notice_wishes import forget_wishes
from storage.patients import put_rights, rights_in_force
from storage.people import lock_people
from storage.registers import CLINIC, MEDICINE_LIST, MEMBERSHIP, PERSON, PERSON_CPR, SEALING_KEY, SETTING
from storage.scope import concerns
from storage.sealing import load_key
from storage.visit_preferences import carry_preference
from storage.writing_registers import STOPPED
from workflows.clinic_settings import PatientRights

MERGED_BY = "merge"
"""Who put the rights that follow from a merge in force."""


@concerns("survivor", "other")
def merge(connection: Connection, keyring: Keyring, *, survivor: UUID, other: UUID, now: datetime) -> bool:
    """Make the other's all the survivor's; False when they are one already.

    Log-ins, second factors, password, address and calendar's address of the other end; the survivor's stay, and so does
    the survivor's present number. What MitID knows of the other is the survivor's. A right that either was refused
    stays refused, and what any clinic keeps back from the survivor's log-ins, all of them do.

    Raises:
        ValueError: one of them is nobody, or was merged into somebody else before.
    """
    rows = lock_people(connection, (survivor, other))
    gone = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    if survivor == other or gone == {other: survivor}:
        return False
    if len(rows) != 2 or gone:  # noqa: PLR2004 - two people
        raise ValueError("only two people who stand can be merged")
    end_credentials(connection, other, now)
    forget_wishes(connection, other)
    _take_numbers(connection, survivor, other, now)
    _take_memberships(connection, survivor, other, now)
    _copy_lists(connection, keyring, survivor, other, now)
    _copy_rights(connection, survivor, other, now)
    hand_over(connection, other, survivor)
    take_over(connection, other, survivor)
    hand_over_files(connection, other, survivor)
    carry_preference(connection, other, survivor)
    for table in (SEALING_KEY, FEDERATED_IDENTITY, STOPPED):
        connection.execute(sa.update(table).where(table.c.person_id == other).values(person_id=survivor))
    if holds_of(connection, survivor, now):
        hold_content(connection, survivor, "reset", now)
    before = sa.or_(PERSON.c.id == other, PERSON.c.merged_into == other)
    connection.execute(sa.update(PERSON).where(before).values(merged_into=survivor))
    return True


def _take_numbers(connection: Connection, survivor: UUID, other: UUID, now: datetime) -> None:
    """Let the other's numbers find the survivor, as former ones."""
    until = sa.func.coalesce(PERSON_CPR.c.until, now)
    connection.execute(
        sa.update(PERSON_CPR).where(PERSON_CPR.c.person_id == other).values(person_id=survivor, until=until)
    )


def _take_memberships(connection: Connection, survivor: UUID, other: UUID, now: datetime) -> None:
    """Move the other's where the survivor never was a patient; elsewhere the survivor's stands and the other's ends."""
    mine = sa.select(MEMBERSHIP.c.clinic_id).where(MEMBERSHIP.c.person_id == survivor).scalar_subquery()
    theirs = MEMBERSHIP.c.person_id == other
    standing = sa.select(MEMBERSHIP.c.clinic_id).where(theirs, MEMBERSHIP.c.until.is_(None))
    left = connection.execute(standing).scalars().all()
    connection.execute(
        sa.update(MEMBERSHIP).where(theirs, MEMBERSHIP.c.clinic_id.not_in(mine)).values(person_id=survivor)
    )
    again = (MEMBERSHIP.c.person_id == survivor, MEMBERSHIP.c.clinic_id.in_(left))
    connection.execute(sa.update(MEMBERSHIP).where(*again).values(until=None))
    connection.execute(sa.update(MEMBERSHIP).where(theirs, MEMBERSHIP.c.until.is_(None)).values(until=now))


def _copy_lists(connection: Connection, keyring: Keyring, survivor: UUID, other: UUID, now: datetime) -> None:
    """Put the other's medicine lists in force where the survivor has none; every version stays where it stood."""
    held = sa.select(MEDICINE_LIST.c.clinic_id).where(MEDICINE_LIST.c.person_id == survivor).scalar_subquery()
    rows = connection.execute(
        sa.select(MEDICINE_LIST.c.clinic_id, MEDICINE_LIST.c.key_id).where(
            MEDICINE_LIST.c.person_id == other, MEDICINE_LIST.c.is_current, MEDICINE_LIST.c.clinic_id.not_in(held)
        ),
    ).all()
    for row in rows:
        key = membership_key(connection, keyring, survivor, row.clinic_id)
        if key is not None:
            listed = listed_medicines(connection, row.clinic_id, other, load_key(connection, keyring, row.key_id))
            put_medicines(connection, row.clinic_id, survivor, key, listed, now)


def _copy_rights(connection: Connection, survivor: UUID, other: UUID, now: datetime) -> None:
    """Put in force, at each clinic that decided on the other's rights, what both were allowed."""
    decided = sa.select(SETTING.c.clinic_id).where(
        SETTING.c.topic == "right", SETTING.c.key == str(other), SETTING.c.is_current
    )
    for clinic in connection.execute(decided.join(CLINIC, CLINIC.c.id == SETTING.c.clinic_id)).scalars().all():
        first, second = (rights_in_force(connection, clinic, person) for person in (survivor, other))
        kinds = sorted(first.services.keys() | second.services.keys())
        both = {kind: first.services.get(kind, True) and second.services.get(kind, True) for kind in kinds}
        rights = PatientRights(services=both, ended=first.ended or second.ended)
        put_rights(connection, clinic, survivor, rights, by=MERGED_BY, at=now)
