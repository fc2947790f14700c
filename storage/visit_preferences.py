"""What a patient has chosen about appointments to come: when to be reminded, and whether mails may name the time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.visit_registers import VISIT_PREFERENCE
from workflows.reminders import USUAL

_NOT_AGREED = {"times_agreed_at": None, "times_ended_at": None}


@dataclass(frozen=True, slots=True)
class VisitPreference:
    """How many minutes before an appointment a reminder is to come, None for never; whether mails may name times.

    When the patient agreed to that and ended it is told beside; saying yes again keeps the date of the first yes.
    """

    remind_minutes: int | None = USUAL
    times_in_mail: bool = False
    times_agreed_at: datetime | None = None
    times_ended_at: datetime | None = None


def preference_of(connection: Connection, person: UUID) -> VisitPreference:
    """Return the person's choices, or what holds for whoever has made none."""
    row = connection.execute(sa.select(VISIT_PREFERENCE).where(_of(person))).one_or_none()
    if row is None:
        return VisitPreference()
    agreed, ended = row.times_agreed_at, row.times_ended_at
    return VisitPreference(row.remind_minutes, agreed is not None and ended is None, agreed, ended)


def keep_preference(connection: Connection, person: UUID, chosen: VisitPreference, now: datetime) -> VisitPreference:
    """Put the choices in force in place of those before, and return them with their dates, which are of `now`."""
    before = preference_of(connection, person)
    agreed, ended = before.times_agreed_at, before.times_ended_at
    if chosen.times_in_mail and not before.times_in_mail:
        agreed, ended = now, None
    if before.times_in_mail and not chosen.times_in_mail:
        ended = now
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"remind_minutes": chosen.remind_minutes, "times_agreed_at": agreed, "times_ended_at": ended}
    values |= {"changed_at": now}
    kept = insert(VISIT_PREFERENCE).values(person_id=person, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["person_id"], set_=values))
    return VisitPreference(chosen.remind_minutes, chosen.times_in_mail, agreed, ended)


def carry_preference(connection: Connection, person: UUID, to: UUID) -> None:
    """Make a person's choices another's, who is the same person under another id, where that one has made none.

    What was agreed to for the one's mailbox is not agreed to for the other's.
    """
    has_one = sa.select(VISIT_PREFERENCE.c.person_id).where(_of(to))
    if connection.execute(has_one).first() is None:
        connection.execute(sa.update(VISIT_PREFERENCE).where(_of(person)).values(person_id=to, **_NOT_AGREED))
    connection.execute(sa.delete(VISIT_PREFERENCE).where(_of(person)))


def _of(person: UUID) -> sa.ColumnElement[bool]:
    return VISIT_PREFERENCE.c.person_id == person
