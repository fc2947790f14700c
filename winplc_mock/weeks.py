"""Week definitions: what a practitioner's week looks like, and the times that follow from it, day by day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from holidays import country_holidays
from pydantic import Field, model_validator

from winplc_mock.shapes import Key, Shape
from winplc_mock.store import written

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOON = time(12)
LONGEST = timedelta(days=366)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_FRIDAY = 4

Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Release = Literal["at_once", "noon_before"]


class Opening(Shape):
    """On these weekdays (Monday is 0) the practitioner's calendar is open between two local hours."""

    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1)]
    opens: Hour
    closes: Hour


class Period(Shape):
    """Within the open hours, times of one type and length; released at once, or at noon the working day before."""

    opens: Hour
    closes: Hour
    reason: Key
    minutes: Annotated[int, Field(ge=5, le=480)]
    release: Release = "at_once"


class WeekDefinition(Shape):
    """A practitioner's week from a day on: once, or repeated every so many weeks, with an end or without."""

    key: Key
    practitioner: Key
    first_day: Day
    last_day: Day | None = None
    every_weeks: Annotated[int, Field(ge=0, le=8)] = 1
    openings: Annotated[list[Opening], Field(min_length=1)]
    periods: Annotated[list[Period], Field(min_length=1)]

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        first = date.fromisoformat(self.first_day)
        if self.last_day is not None and date.fromisoformat(self.last_day) < first:
            raise ValueError("the last day comes before the first")
        return self

    def days(self, until: date) -> Iterator[date]:
        """Give the days of the definition up to a day; ``every_weeks`` 0 is a single week, holidays are none."""
        first = date.fromisoformat(self.first_day)
        last = min(until, date.fromisoformat(self.last_day) if self.last_day else until, first + LONGEST)
        monday = first - timedelta(days=first.weekday())
        closed = country_holidays("DK", years=range(first.year, last.year + 1))
        day = first
        while day <= last:
            week = (day - monday) // _WEEK
            is_turn = week == 0 if self.every_weeks == 0 else week % self.every_weeks == 0
            if is_turn and day not in closed:
                yield day
            day += _DAY

    def times(self, until: date) -> Iterator[dict[str, str | None]]:
        """Give the times of the calendar that follow from it, as the books keep them."""
        for day in self.days(until):
            for opening in self.openings:
                if day.weekday() in opening.weekdays:
                    for period in self.periods:
                        yield from self._times_of(day, opening, period)

    def _times_of(self, day: date, opening: Opening, period: Period) -> Iterator[dict[str, str | None]]:
        start = _at(day, max(opening.opens, period.opens))
        end, length = _at(day, min(opening.closes, period.closes)), timedelta(minutes=period.minutes)
        while start + length <= end:
            local = start.astimezone(COPENHAGEN)
            yield {
                "key": f"{self.practitioner}-{local:%Y%m%d-%H%M}-{period.minutes}",
                "practitioner": self.practitioner,
                "starts_at": written(start),
                "ends_at": written(start + length),
                "reason": period.reason,
                "released_at": written(noon_before(day)) if period.release == "noon_before" else None,
            }
            start += length


def noon_before(day: date) -> datetime:
    """Noon in Copenhagen of the working day before (BOO-14)."""
    before = day - _DAY
    while before.weekday() > _FRIDAY or before in country_holidays("DK", years=before.year):
        before -= _DAY
    return datetime.combine(before, NOON, COPENHAGEN).astimezone(UTC)


def _at(day: date, hour: str) -> datetime:
    """The moment of a local hour, in UTC; lengths are then real minutes, also where the clock changes."""
    return datetime.combine(day, time.fromisoformat(hour), COPENHAGEN).astimezone(UTC)
