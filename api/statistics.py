"""A clinic's numbers as its own system and auditors read them: how much was asked, and how promises were kept."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.inputs import Fault, InvalidQueryError
from storage.database import Connection
from storage.statistics import LONGEST_PERIOD, Period, demand_of, refusals_of
from workflows.demand import FEWEST, Demand

_FEW = f"Null where fewer than {FEWEST} requests stand behind it"


class Days(BaseModel):
    """The days that the numbers are about, in Denmark; both are included, and they span a year at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_day: Annotated[date, Field(examples=["2026-11-01"])]
    last_day: Annotated[date, Field(examples=["2026-11-30"])]


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class Span(_Shown):
    """How long something took, in seconds."""

    median: int
    nine_of_ten: int


class KindOfDemand(_Shown):
    """What patients asked for of one kind, and how the promises to them were kept."""

    kind: str
    volume: int
    by_hour: tuple[int, ...] = Field(description="24 numbers, from midnight in Denmark")
    by_weekday: tuple[int, ...] = Field(description="7 numbers, from Monday")
    by_month: dict[str, int]
    to_deliver: Span | None = Field(description=_FEW)
    to_answer: Span | None = Field(description=_FEW)
    to_notify: Span | None = Field(description=_FEW)
    kept: int = Field(description="Answered by the promised day")
    late: int = Field(description="Answered after it, or not yet though it has passed")
    awaited: int = Field(description="Not answered, and the day has not passed")
    share_late: float | None = Field(description=_FEW)
    share_asked_again: float | None = Field(
        description=f"How often the patient asked once more before the answer. {_FEW}"
    )


class RefusedDemand(_Shown):
    """How often a rule refused a new request."""

    kind: str
    layer: str
    code: str
    count: int


class Statistics(BaseModel):
    """The numbers of one clinic and period: nobody's name, number or words are behind any of them."""

    clinic: str
    first_day: date
    last_day: date
    kinds: tuple[KindOfDemand, ...]
    refused: tuple[RefusedDemand, ...]


def period_of(days: Days) -> Period:
    """Return the period that is asked for.

    Raises:
        InvalidQueryError: it ends before it begins, or is too long.
    """
    if days.last_day < days.first_day:
        raise InvalidQueryError((Fault("last_day", "days_reversed"),))
    if days.last_day - days.first_day >= LONGEST_PERIOD:
        raise InvalidQueryError((Fault("last_day", "period_too_long"),))
    return Period(days.first_day, days.last_day)


def statistics(connection: Connection, slug: str, clinic: UUID, period: Period, now: object) -> Statistics:
    """Return a clinic's numbers."""
    kinds: Iterable[Demand] = demand_of(connection, clinic, period, now)  # type: ignore[arg-type]
    return Statistics(
        clinic=slug,
        first_day=period.first,
        last_day=period.last,
        kinds=tuple(KindOfDemand.model_validate(each) for each in kinds),
        refused=tuple(RefusedDemand.model_validate(each) for each in refusals_of(connection, clinic, period)),
    )
