"""A clinic's patients as its own system lists them: who they are, and whether MitID is out of their reach."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.accounts import cpr_index, create_person, join_clinic, membership_key, person_by_cpr
from storage.registers import MEMBERSHIP


def list_patient(
    connection: Connection,
    keyring: Keyring,
    new_id: NewId,
    *,
    clinic: UUID,
    cpr: Cpr,
    mitid_exempt: bool,
    by: str,
    now: datetime,
) -> UUID:
    """Return the person with this number, a patient of the clinic from now on, marked as the clinic marks them (ACC-9).

    The mark holds at this clinic alone; a person without an account here has none afterwards either.
    """
    person = create_person(connection, keyring, new_id, cpr, now)
    join_clinic(connection, keyring, new_id, person=person, clinic=clinic, mitid_exempt=mitid_exempt, now=now)
    mark_exempt(connection, person, clinic, mitid_exempt=mitid_exempt, by=by, now=now)
    return person


def patient_with(connection: Connection, keyring: Keyring, clinic: UUID, cpr: Cpr) -> tuple[UUID, SealingKey]:
    """Return the clinic's patient with this number, and the key of what they share.

    Raises:
        NotFoundError: the clinic has none.
    """
    person = person_by_cpr(connection, cpr_index(keyring, cpr))
    key = None if person is None else membership_key(connection, keyring, person, clinic)
    if person is None or key is None:
        raise NotFoundError
    return person, key


def mark_exempt(
    connection: Connection, person: UUID, clinic: UUID, *, mitid_exempt: bool, by: str, now: datetime
) -> None:
    """Set or take away the mark "no MitID", with who and when; the mark that stands already keeps its own (ACC-9)."""
    connection.execute(
        sa.update(MEMBERSHIP)
        .where(
            MEMBERSHIP.c.person_id == person,
            MEMBERSHIP.c.clinic_id == clinic,
            sa.or_(MEMBERSHIP.c.mitid_exempt != mitid_exempt, MEMBERSHIP.c.exempt_by.is_(None)),
        )
        .values(mitid_exempt=mitid_exempt, exempt_by=by, exempt_at=now),
    )
