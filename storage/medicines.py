"""A patient's list of regular medicines at one clinic: a versioned, sealed row, as WinPLC last sent it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.engine import Connection

from identity.keys import SealingKey
from storage.registers import MEDICINE_LIST
from storage.versions import take_turn
from workflows.content import Key, PlainText
from workflows.facts import Medicine

DependencyGroup = Literal["opioids", "benzodiazepines", "stimulants", "other"]
"""Groups of medicines that form dependency: opioids, sleeping and calming drugs alike, central stimulants, others."""


class ListedMedicine(BaseModel):
    """One medicine as the clinic lists it (REN-3..5, REN-8, REN-9); days are Danish ones.

    `ordination` is its number on the national medicine card, `ordination_ended` the day it ended there. A doctor's
    leave to renew what forms dependency is `exception_until` with `exception_by`, a member of staff; the plan behind it
    stays in the clinic's own system.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    name: PlainText
    dose: PlainText = ""
    dependency_forming: bool = False
    dependency_group: DependencyGroup | None = None
    exception_until: date | None = None
    exception_by: Annotated[str, Field(max_length=80)] | None = None
    renewable_from: date | None = None
    ordination: Annotated[str, Field(max_length=64)] | None = None
    ordination_ended: date | None = None
    last_dispensed: date | None = None
    expected_used_up: date | None = None
    open_prescription: bool = False

    @model_validator(mode="after")
    def _exception_is_of_something(self) -> Self:
        if self.exception_by is not None and self.exception_until is None:
            raise PydanticCustomError("exception_without_end", "An exception needs its last day")
        if self.dependency_group is not None and not self.dependency_forming:
            raise PydanticCustomError("group_without_dependency", "Only what forms dependency is in such a group")
        return self

    def as_facts(self) -> Medicine:
        """Return what the rules look at."""
        return Medicine(
            key=self.key,
            dependency_forming=self.dependency_forming,
            exception_until=self.exception_until,
            renewable_from=self.renewable_from,
            open_prescription=self.open_prescription,
        )

    def warnings(self, today: date) -> tuple[str, ...]:
        """Return what the clinic should look at: a prescription that outlived its ordination, a leave that ran out."""
        ended = self.ordination_ended is not None and self.ordination_ended <= today
        told = {
            "ordination_ended": ended and self.open_prescription,
            "exception_ended": self.exception_until is not None and self.exception_until < today,
            "exception_without_need": self.exception_until is not None and not self.dependency_forming,
        }
        return tuple(code for code, is_so in told.items() if is_so)


_LATEST = 20  # versions in which a name is looked for
_VERSIONS = (
    sa.select(MEDICINE_LIST.c.version, MEDICINE_LIST.c.sealed)
    .where(
        MEDICINE_LIST.c.clinic_id == sa.bindparam("clinic"),
        MEDICINE_LIST.c.person_id == sa.bindparam("person"),
        MEDICINE_LIST.c.sealed.is_not(None),
    )
    .order_by(MEDICINE_LIST.c.version.desc())
    .limit(_LATEST)
)

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


def names_of(
    connection: Connection, clinic: UUID, person: UUID, key: SealingKey, wanted: Iterable[str]
) -> dict[str, str]:
    """Return what these medicines are called, also those that the list no longer has; the latest name counts."""
    missing, names = set(wanted), dict[str, str]()
    for row in connection.execute(_VERSIONS, {"clinic": clinic, "person": person}) if missing else ():
        for item in opened_list(key, clinic, person, row.version, row.sealed):
            if item.key in missing:
                names[item.key] = item.name
        missing -= names.keys()
        if not missing:
            break
    return names


def put_medicines(
    connection: Connection,
    clinic: UUID,
    person: UUID,
    key: SealingKey,
    medicines: Sequence[ListedMedicine],
    at: datetime,
    by: str | None = None,
) -> None:
    """Write a new version of the list, unless it equals the current one; `by` is who at the clinic decided it."""
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
            clinic_id=clinic,
            person_id=person,
            version=version,
            key_id=key.id,
            sealed=sealed,
            at=at,
            by=by,
            is_current=True,
        ),
    )
