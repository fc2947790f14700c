"""Where a person is a patient, and what waits there to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.accounts import join_clinic
from storage.models import MESSAGE
from storage.registers import CLINIC, MEMBERSHIP, SEALING_KEY, SETTING
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, ClinicStanding, clinic_of

# Built once, for every look at a clinic's times asks it.
_OWN = (
    sa.select(CLINIC.c.id, *CLINIC_COLUMNS, *KEY_COLUMNS)
    .join(SETTING, CURRENT_SETTINGS)
    .join(MEMBERSHIP, sa.and_(MEMBERSHIP.c.clinic_id == CLINIC.c.id, MEMBERSHIP.c.person_id == sa.bindparam("person")))
    .join(SEALING_KEY, SEALING_KEY.c.id == MEMBERSHIP.c.key_id)
    .where(CLINIC.c.slug == sa.bindparam("slug"), MEMBERSHIP.c.until.is_(None))
)

# Written out, not sent as values: only so does a prepared statement know that the index on what is unread serves it.
UNREAD = sa.and_(
    MESSAGE.c.author == sa.literal_column("'clinician'"), MESSAGE.c.read_at.is_(None), MESSAGE.c.sealed.is_not(None)
)
"""Which messages a patient has still to read."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A clinic where the person is a patient, and how many of its messages they have not read (EKO-5)."""

    slug: str
    unread: int


def belongings(connection: Connection, person: UUID) -> Sequence[Belonging]:
    """Return the person's clinics by slug; what is unread is counted now."""
    unread = (
        sa.select(sa.func.count())
        .select_from(MESSAGE)
        .where(
            MESSAGE.c.person_id == MEMBERSHIP.c.person_id,
            MESSAGE.c.clinic_id == MEMBERSHIP.c.clinic_id,
            UNREAD,
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(CLINIC.c.slug, unread.label("unread"))
        .join(MEMBERSHIP, MEMBERSHIP.c.clinic_id == CLINIC.c.id)
        .where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.until.is_(None))
        .order_by(CLINIC.c.slug),
    )
    return [Belonging(row.slug, row.unread) for row in rows]


def enter_clinic(
    connection: Connection, keyring: Keyring, new_id: NewId, *, person: UUID, clinic: UUID, now: datetime
) -> None:
    """Make the person a user of the clinic; somebody who left before comes back to what was theirs (ACC-5)."""
    join_clinic(connection, keyring, new_id, person=person, clinic=clinic, mitid_exempt=False, now=now)
    mine = (MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic)
    again = sa.update(MEMBERSHIP).where(*mine, MEMBERSHIP.c.until.is_not(None)).values(until=None, since=now)
    connection.execute(again)


def own_clinic(connection: Connection, keyring: Keyring, person: UUID, slug: str) -> tuple[ClinicStanding, SealingKey]:
    """Return a clinic of the person's, and the key of what they share; in one look-up.

    Raises:
        NotFoundError: there is no such clinic, or the person is no patient there.
    """
    row = connection.execute(_OWN, {"slug": slug, "person": person}).one_or_none()
    if row is None:
        raise NotFoundError
    return clinic_of(row, row.id), key_of(keyring, row)
