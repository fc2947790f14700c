"""Which days of the calendar are looked at: a month, a week or a day of Copenhagen time, and its neighbours."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.inputs import Fault, InvalidQueryError
from workflows.content import Code, Key
from workflows.working_days import COPENHAGEN

View = Literal["month", "week", "day"]

_MONTH = re.compile(r"(20[0-9]{2})-([0-9]{2})")
_WEEK = re.compile(r"(20[0-9]{2})-W([0-9]{2})")
_DAY = re.compile(r"(20[0-9]{2})-([0-9]{2})-([0-9]{2})")
_DECEMBER = 12
_PERIOD = {
    "da": "Giv netop én: month som ÅÅÅÅ-MM, week som ÅÅÅÅ-Wuu eller day som ÅÅÅÅ-MM-DD, og en, der findes.",
    "en": "Give exactly one: month as YYYY-MM, week as YYYY-Www or day as YYYY-MM-DD, and one that exists.",
}
_VIEW = {"da": "view siger noget andet end perioden.", "en": "view says something else than the period."}


class Wanted(BaseModel):
    """With whom, why, and in which month, week or day of Copenhagen time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    practitioner: Annotated[Key | None, Field(description="With this practitioner only")] = None
    reason: Annotated[Code | None, Field(description="For this reason only")] = None
    view: Annotated[View | None, Field(description="`month`, `week` or `day`; by default what the period is")] = None
    month: Annotated[str | None, Field(max_length=7, description="YYYY-MM; or `week` or `day`")] = None
    week: Annotated[str | None, Field(max_length=8, description="YYYY-Www by ISO 8601; or `month` or `day`")] = None
    day: Annotated[str | None, Field(max_length=10, description="YYYY-MM-DD; or `month` or `week`")] = None
    first: Annotated[int, Field(ge=1, le=50, description="Of a month: times shown of each day")] = 3


@dataclass(frozen=True, slots=True)
class Period:
    """The local days from `first`, included, to `after`, excluded."""

    view: View
    first: date
    after: date

    @property
    def start(self) -> datetime:
        """When the first day begins, in UTC."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """When the day after the last begins, in UTC."""
        return _midnight(self.after)

    @property
    def name(self) -> str:
        """The period as it is asked for."""
        year, week, _ = self.first.isocalendar()
        return {"month": f"{self.first:%Y-%m}", "week": f"{year}-W{week:02}", "day": str(self.first)}[self.view]

    def before(self) -> "Period":
        """Return the period that ends where this one begins."""
        return _BY_DATE[self.view](self.first - timedelta(days=1))

    def following(self) -> "Period":
        """Return the period that begins where this one ends."""
        return _BY_DATE[self.view](self.after)


def period_of(query: Wanted) -> Period:
    """Return the period that the query names.

    Raises:
        InvalidQueryError: none, several, one that does not exist, or another than `view` says.
    """
    given = [name for name in _BY_TEXT if getattr(query, name) is not None]
    if len(given) != 1:
        raise InvalidQueryError((Fault("month", "period", words=_PERIOD),))
    (name,) = given
    try:
        found = _BY_TEXT[name](getattr(query, name))
    except ValueError:
        raise InvalidQueryError((Fault(name, "period", words=_PERIOD),)) from None
    if query.view not in {None, found.view}:
        raise InvalidQueryError((Fault("view", "view", words=_VIEW),))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN).astimezone(UTC)


def _month_of(day: date) -> Period:
    first = day.replace(day=1)
    after = date(day.year + 1, 1, 1) if day.month == _DECEMBER else date(day.year, day.month + 1, 1)
    return Period("month", first, after)


def _week_of(day: date) -> Period:
    monday = day - timedelta(days=day.weekday())
    return Period("week", monday, monday + timedelta(days=7))


def _day_of(day: date) -> Period:
    return Period("day", day, day + timedelta(days=1))


def _month(text: str) -> Period:
    year, number = _numbers(_MONTH, text)
    return _month_of(date(year, number, 1))


def _week(text: str) -> Period:
    year, number = _numbers(_WEEK, text)
    return _week_of(date.fromisocalendar(year, number, 1))


def _day(text: str) -> Period:
    year, month, number = _numbers(_DAY, text)
    return _day_of(date(year, month, number))


def _numbers(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError("not of this form")
    return tuple(int(each) for each in found.groups())


_BY_TEXT: Mapping[str, Callable[[str], Period]] = MappingProxyType({"month": _month, "week": _week, "day": _day})
_BY_DATE: Mapping[View, Callable[[date], Period]] = MappingProxyType(
    {"month": _month_of, "week": _week_of, "day": _day_of}
)
