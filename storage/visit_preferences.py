"""What a patient has chosen about appointments to come: when to be reminded of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage.visit_registers import VISIT_PREFERENCE
from workflows.reminders import USUAL


@dataclass(frozen=True, slots=True)
class VisitPreference:
    """How many minutes before an appointment a reminder is to come, None for never."""

    remind_minutes: int | None = USUAL


def preference_of(connection: Connection, person: UUID) -> VisitPreference:
    """Return the person's choices, or what holds for whoever has made none."""
    row = connection.execute(sa.select(VISIT_PREFERENCE).where(_of(person))).one_or_none()
    return VisitPreference() if row is None else VisitPreference(row.remind_minutes)


def keep_preference(connection: Connection, person: UUID, chosen: VisitPreference, now: datetime) -> None:
    """Put the choices in force in place of those before."""
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"remind_minutes": chosen.remind_minutes, "changed_at": now}
    kept = insert(VISIT_PREFERENCE).values(person_id=person, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["person_id"], set_=values))


def carry_preference(connection: Connection, person: UUID, to: UUID) -> None:
    """Make a person's choices another's, who is the same person under another id, where that one has made none."""
    has_one = sa.select(VISIT_PREFERENCE.c.person_id).where(_of(to))
    if connection.execute(has_one).first() is None:
        connection.execute(sa.update(VISIT_PREFERENCE).where(_of(person)).values(person_id=to))
    connection.execute(sa.delete(VISIT_PREFERENCE).where(_of(person)))


def _of(person: UUID) -> sa.ColumnElement[bool]:
    return VISIT_PREFERENCE.c.person_id == person
