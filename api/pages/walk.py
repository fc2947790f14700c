"""The way to a time: what has been chosen so far, as addresses and forms carry it from page to page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.pages.forms import Form
from api.patient.periods import Period, Wanted, period_of
from api.patient.slot_views import Day, FreeTimes
from api.strict_json import read_query
from workflows.content import Code, Key

_WEEK = timedelta(days=7)


class Walk(BaseModel):
    """What for, with whom (empty: with anyone), when to look, and the booking that the new time takes the place of."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Literal[""] | Code = ""
    practitioner: Literal[""] | Key = ""
    month: Annotated[str, Field(max_length=7)] = ""
    week: Annotated[str, Field(max_length=8)] = ""
    day: Annotated[str, Field(max_length=10)] = ""
    instead_of: Literal[""] | UUID = ""

    @property
    def chosen(self) -> Mapping[str, str]:
        """What stands whatever days are looked at."""
        kept = {"reason": self.reason, "practitioner": self.practitioner, "instead_of": str(self.instead_of)}
        return {name: value for name, value in kept.items() if value}

    def wanted(self, today: date) -> Wanted:
        """Return the question to the calendar: by default about this month."""
        given = {name: getattr(self, name) for name in ("month", "week", "day") if getattr(self, name)}
        given = given or {"month": f"{today:%Y-%m}"}
        return Wanted(practitioner=self.practitioner or None, reason=self.reason or None, **given)

    def to(self, slug: str, **period: str) -> str:
        """Return the address of the calendar at a period, or of the first step where none is named."""
        query = urlencode({**self.chosen, **period})
        return f"/{slug}/booking/new?{query}" if query else f"/{slug}/booking/new"


def walk_of(form: Form) -> Walk:
    """Return how far a form says that one has come.

    Raises:
        InvalidQueryError: it says what no page of ours does.
    """
    read = read_query({name: form.typed(name) for name in Walk.model_fields}, Walk)
    if not isinstance(read, Walk):
        raise TypeError("a query is read as the shape that was asked for")
    return read


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in a month's table; `free` is None where nothing can be booked, `outside` a day of another month."""

    day: date
    outside: bool
    free: Day | None


def weeks_of(period: Period, times: FreeTimes) -> Sequence[tuple[int, Sequence[Cell]]]:
    """Return the weeks of a month from Monday to Sunday, each with its number."""
    by_day = {each.day: each for each in times.days}
    return [
        (
            monday.isocalendar().week,
            [
                Cell(day, not period.first <= day < period.after, by_day.get(day))
                for day in (monday + timedelta(days=number) for number in range(7))
            ],
        )
        for monday in _mondays(period)
    ]


def _mondays(period: Period) -> Iterator[date]:
    monday = period.first - timedelta(days=period.first.weekday())
    while monday < period.after:
        yield monday
        monday += _WEEK


def neighbours(walk: Walk, wanted: Wanted, times: FreeTimes, slug: str) -> Mapping[str, str | None]:
    """Return the addresses of the periods before and after, and of the same days in the other views."""
    period = period_of(wanted)
    first = next((each.day for each in times.days if each.count), period.first)
    week = Period("week", first, first + _WEEK)
    return {
        "previous": walk.to(slug, **{period.view: period.before().name}) if times.previous else None,
        "next": walk.to(slug, **{period.view: period.following().name}) if times.next else None,
        "month": walk.to(slug, month=f"{period.first:%Y-%m}"),
        "week": walk.to(slug, week=week.name),
    }
