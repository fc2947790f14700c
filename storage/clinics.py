"""Clinics as they stand: their settings in force, and a person's standing with one of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError
from storage.models import REQUEST
from storage.registers import CLINIC, MEMBERSHIP, SEALING_KEY, SETTING
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, ClinicStanding, Standing, clinic_of
from workflows.clinic_settings import ClinicSettings
from workflows.vocabulary import State

# Built once, for every new request asks one of them.
_DRAFT = (
    sa.select(CLINIC.c.id, *CLINIC_COLUMNS, *KEY_COLUMNS)
    .join(SETTING, CURRENT_SETTINGS)
    .where(CLINIC.c.slug == sa.bindparam("slug"))
)
_DRAFT_OF_CLINIC = _DRAFT.join(SEALING_KEY, SEALING_KEY.c.id == CLINIC.c.key_id)
_DRAFT_OF_PATIENT = _DRAFT.join(
    MEMBERSHIP,
    sa.and_(
        MEMBERSHIP.c.clinic_id == CLINIC.c.id,
        MEMBERSHIP.c.person_id == sa.bindparam("person"),
        MEMBERSHIP.c.until.is_(None),
    ),
).join(SEALING_KEY, SEALING_KEY.c.id == MEMBERSHIP.c.key_id)


def find_clinic(connection: Connection, slug: str) -> ClinicStanding:
    """Return the clinic with this slug.

    Raises:
        NotFoundError: there is none, or it has no settings yet.
    """
    row = connection.execute(
        sa.select(CLINIC.c.id, *CLINIC_COLUMNS).join(SETTING, CURRENT_SETTINGS).where(CLINIC.c.slug == slug),
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return clinic_of(row, row.id)


def find_clinic_by_id(connection: Connection, clinic: UUID) -> tuple[str, ClinicSettings]:
    """Return the slug and the settings in force of a clinic that is known to exist."""
    row = connection.execute(
        sa.select(*CLINIC_COLUMNS).select_from(CLINIC).join(SETTING, CURRENT_SETTINGS).where(CLINIC.c.id == clinic),
    ).one()
    return row.clinic_slug, clinic_of(row, clinic).settings


def slugs_of(connection: Connection, clinics: Sequence[UUID]) -> Sequence[str]:
    """Return what the clinics are called in addresses, in order."""
    return connection.scalars(sa.select(CLINIC.c.slug).where(CLINIC.c.id.in_(clinics)).order_by(CLINIC.c.slug)).all()


def draft(
    connection: Connection,
    keyring: Keyring,
    *,
    identifier: UUID,
    slug: str,
    person: UUID | None,
    kind: str,
    channel: str,
    practitioner: str | None,
    thread: UUID | None,
    now: datetime,
) -> Standing:
    """Return the standing of a request that is about to be made. Without a person it is under the clinic's own key.

    Raises:
        NotFoundError: no such clinic, the person is not a patient there, or the thread is not theirs.
    """
    query, asked = (_DRAFT_OF_CLINIC, {}) if person is None else (_DRAFT_OF_PATIENT, {"person": person})
    row = connection.execute(query, {"slug": slug, **asked}).one_or_none()
    if row is None or (thread is not None and not _own_thread(connection, row.id, person, thread, kind)):
        raise NotFoundError
    return Standing(
        id=identifier,
        clinic=clinic_of(row, row.id),
        person=person,
        key=key_of(keyring, row),
        kind=kind,
        channel=channel,
        state=State.DRAFT,
        version=0,
        head=bytes(32),
        thread=thread or identifier,
        practitioner=practitioner,
        slot=None,
        slot_start=None,
        slot_end=None,
        outcome=None,
        opened_at=None,
        changed_at=now,
        due_at=None,
        due_trigger=None,
    )


def _own_thread(connection: Connection, clinic: UUID, person: UUID | None, thread: UUID, kind: str) -> bool:
    mine = sa.select(REQUEST.c.id).where(
        REQUEST.c.thread_id == thread,
        REQUEST.c.clinic_id == clinic,
        REQUEST.c.person_id == person,
        REQUEST.c.kind == kind,
    )
    return connection.execute(mine.limit(1)).first() is not None
