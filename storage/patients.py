"""A clinic's patients as its own system lists them: who they are, and whether MitID is out of their reach."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from identity.subject import Staff
from storage.accounts import cpr_index, create_person, join_clinic, membership_key, person_by_cpr
from storage.registers import MEMBERSHIP
from storage.versions import current, put, take_turn
from workflows.clinic_settings import PatientRights
from workflows.facts import Departure


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


def put_rights(
    connection: Connection,
    clinic: UUID,
    person: UUID,
    rights: PatientRights,
    *,
    by: Staff | str,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Put a patient's rights in force and return their version (PAT-1); the membership knows at once who has left.

    Raises:
        VersionMismatchError: see `storage.versions.put`.
    """
    version = put(
        connection, clinic=clinic, topic="right", key=str(person), decided=rights, by=by, at=at, expected=expected
    )
    mine = (MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic)
    connection.execute(sa.update(MEMBERSHIP).where(*mine).values(departed=rights.ended))
    return version


def put_services(
    connection: Connection,
    clinic: UUID,
    person: UUID,
    services: Mapping[str, bool],
    *,
    by: Staff | str,
    at: datetime,
    expected: int | None = None,
) -> int:
    """Put a patient's switches in force and return their version; one who has left is not back by that.

    Raises:
        VersionMismatchError: see `storage.versions.put`.
    """
    rights = PatientRights(services=dict(services), ended=rights_in_force(connection, clinic, person).ended)
    return put_rights(connection, clinic, person, rights, by=by, at=at, expected=expected)


def set_departure(
    connection: Connection, clinic: UUID, person: UUID, ended: Departure | None, *, by: Staff | str, at: datetime
) -> int:
    """End a patient's rights with a reason, or (None) let them hold again; the switches stay as they are."""
    take_turn(connection, clinic)
    rights = rights_in_force(connection, clinic, person).model_copy(update={"ended": ended})
    return put_rights(connection, clinic, person, rights, by=by, at=at)


def rights_in_force(connection: Connection, clinic: UUID, person: UUID) -> PatientRights:
    """Return a patient's rights; whom nobody has decided on has them all."""
    found = current(connection, clinic, "right", str(person))
    return PatientRights() if found is None else PatientRights.model_validate(found.body)


def has_died(connection: Connection, clinic: UUID, person: UUID) -> bool:
    """Return whether the clinic has been told that the patient has died (PAT-5)."""
    return rights_in_force(connection, clinic, person).ended == "deceased"


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
