"""Who is who: a person, the ids they were known by before a merge, and the rows that one transaction locks."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.registers import PERSON


def ids_of(connection: Connection, person: UUID) -> tuple[UUID, ...]:
    """Return the ids that a person is or was known by: the own one, and those merged into it."""
    merged = connection.execute(sa.select(PERSON.c.id).where(PERSON.c.merged_into == person).order_by(PERSON.c.id))
    return (person, *merged.scalars())


def standing_person(connection: Connection, person: UUID) -> UUID | None:
    """Return the person with this id, or the one into whom they were merged; None where there is nobody."""
    row = connection.execute(sa.select(PERSON).where(PERSON.c.id == person)).one_or_none()
    found: UUID | None = None if row is None else row.merged_into or row.id
    return found


def lock_people(connection: Connection, people: Sequence[UUID]) -> Sequence[Any]:
    """Return the rows of these people, locked until the transaction ends, always in the same order."""
    asked = sa.select(PERSON).where(PERSON.c.id.in_(people)).order_by(PERSON.c.id).with_for_update()
    return connection.execute(asked).all()
