"""A patient's list of regular medicines at one clinic: a versioned, sealed row, as WinPLC last sent it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy.engine import Connection

from identity.keys import SealingKey
from storage.clinics import take_turn
from storage.registers import MEDICINE_LIST
from workflows.content import Key, PlainText
from workflows.facts import Medicine


class ListedMedicine(BaseModel):
    """One medicine as the clinic lists it (REN-3..5, REN-8)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    name: PlainText
    dose: PlainText = ""
    dependency_forming: bool = False
    exception_until: date | None = None
    renewable_from: date | None = None
    ordination: Annotated[str, Field(max_length=64)] | None = None

    def as_facts(self) -> Medicine:
        """Return what the rules look at."""
        return Medicine(self.key, self.dependency_forming, self.exception_until, self.renewable_from)


_LIST = TypeAdapter(tuple[ListedMedicine, ...])


def _place(clinic: UUID, person: UUID, version: int) -> str:
    return f"medicine_list.sealed:{clinic}:{person}:{version}"


def listed_medicines(
    connection: Connection, clinic: UUID, person: UUID | None, key: SealingKey
) -> Sequence[ListedMedicine]:
    """Return the current list; empty when the clinic has sent none."""
    row = connection.execute(
        sa.select(MEDICINE_LIST.c.sealed, MEDICINE_LIST.c.version).where(
            MEDICINE_LIST.c.clinic_id == clinic, MEDICINE_LIST.c.person_id == person, MEDICINE_LIST.c.is_current
        ),
    ).one_or_none()
    if row is None or row.sealed is None or person is None:
        return ()
    return opened_list(key, clinic, person, row.version, row.sealed)


def opened_list(key: SealingKey, clinic: UUID, person: UUID, version: int, sealed: bytes) -> tuple[ListedMedicine, ...]:
    """Return one sealed version of a list."""
    return _LIST.validate_json(key.open(sealed, _place(clinic, person, version)))


def put_medicines(
    connection: Connection,
    clinic: UUID,
    person: UUID,
    key: SealingKey,
    medicines: Sequence[ListedMedicine],
    at: datetime,
) -> None:
    """Write a new version of the list, unless it equals the current one."""
    take_turn(connection, clinic)
    mine = sa.and_(MEDICINE_LIST.c.clinic_id == clinic, MEDICINE_LIST.c.person_id == person)
    if tuple(listed_medicines(connection, clinic, person, key)) == tuple(medicines):
        return
    version = (
        connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(MEDICINE_LIST.c.version), 0)).where(mine)
        ).scalar_one()
        + 1
    )
    connection.execute(sa.update(MEDICINE_LIST).where(mine, MEDICINE_LIST.c.is_current).values(is_current=False))
    sealed = key.seal(_LIST.dump_json(tuple(medicines)), _place(clinic, person, version))
    connection.execute(
        sa.insert(MEDICINE_LIST).values(
            clinic_id=clinic, person_id=person, version=version, key_id=key.id, sealed=sealed, at=at, is_current=True
        ),
    )
