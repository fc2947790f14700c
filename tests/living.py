"""A house on PostgreSQL where something of everyone's stands in every table with walls, as each role sees it."""

import os
import uuid
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from storage.columns import METADATA
from storage.models import REQUEST
from storage.scope import DatabaseRole, Scope, scope_of, within
from storage.walls import WALLS
from tests.builders import database_as
from tests.knocking import Doors
from tests.people import ALICE, CARLA

WALLED = [METADATA.tables[name] for name, wall in WALLS.items() if wall.sees is not None]


def everything(table):
    return sa.select(*table.primary_key.columns)


def owned(table, column, owner):
    query = everything(table)
    if column.table is not table:
        query = query.join(REQUEST, REQUEST.c.id == table.c.request_id)
    return query.where(column == owner)


@dataclass
class Lived:
    """The house with its doors, and ways to look at it and to write in it as somebody."""

    house: object
    doors: Doors

    def there(self, query):
        """Return the rows that there are, whoever's they may be."""
        with self.house.database.reading() as connection:
            return connection.execute(query).all()

    def shown(self, scope, query):
        """Return the rows that a call of this scope is shown."""
        with within(scope), database_as(self.house.database, DatabaseRole.APP).reading() as connection:
            return connection.execute(query).all()

    def put(self, scope, statement, role=DatabaseRole.APP):
        with within(scope), database_as(self.house.database, role).writing() as connection:
            connection.execute(statement)

    def person(self, who):
        return Scope(people=(self.house.people[who],))

    def clinic(self, slug):
        return scope_of(self.house.clinics[slug])


def live_in(house, passwords):
    """Let Alice at Nygade and Carla at Havnen each write, be answered, book, log in, read and forget."""
    doors = Doors.of(house, passwords)
    doors.auditor("nygade")
    for who, clinic, slot in ((ALICE, "nygade", "slot-1"), (CARLA, "havnen", "slot-2")):
        request = house.delivered(house.e_kons(f"Words of {who}.", who=who, clinic=clinic))
        doors.tell(request, "answer", clinic=clinic, message_id=f"M-{who}", text="Yes.")
        house.booking(slot, who=who, clinic=clinic)
        doors.get(f"/v1/requests/{request}", doors.patient(who))
        _fill(
            house,
            {
                "person": house.people[who],
                "clinic": house.clinics[clinic].clinic,
                "request": house.recovery(who, clinic),
            },
        )
    return Lived(house, doors)


def _fill(house, owners):
    """Put a made-up row of these owners into every table with walls that nobody has written in on the way."""
    for table in WALLED:
        whose = next((name for name in owners if f"{name}_id" in table.c), None)
        mine = () if whose is None else (table.c[f"{whose}_id"] == owners[whose],)
        if not house.rows(table, *mine):
            row = {column.name: _made_up(house, column, owners) for column in table.c}
            with house.database.writing() as connection:
                connection.execute(sa.insert(table).values(row))


def _owner(column):
    return column.name.removesuffix("_id") if column.name.endswith("_id") else None


def _made_up(house, column, owners):
    """Return a value that fits the column: an owner, what a foreign key can refer to, or anything of its type."""
    if _owner(column) in owners:
        return owners[_owner(column)]
    for key in column.foreign_keys:
        return getattr(house.rows(key.column.table)[0], key.column.name)
    anything = {uuid.UUID: house.new_id, bytes: lambda: os.urandom(32), datetime: house.clock, object: dict}
    anything |= {str: lambda: f"x{house.new_id().int}", int: int, bool: bool, date: lambda: house.clock().date()}
    return None if column.nullable else anything[getattr(column.type, "impl", column.type).python_type]()
