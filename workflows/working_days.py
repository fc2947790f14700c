"""The promise clock and calendar arithmetic: Danish working days, and local days in Copenhagen time.

The public holidays are those of the `holidays` library, which knows that Great Prayer Day is none from 2024 on.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from workflows.clinic_settings import Closure

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
OPENS, SHUTS = time(8), time(16)
"""The hours of working days in which the clinic is phoned, and not the out-of-hours doctor."""
_SATURDAY = 5
_DAY = timedelta(days=1)
_YEAR = timedelta(days=366)


@lru_cache(maxsize=16)
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(country_holidays("DK", years=year))


def is_working_day(day: date, closed: Collection[date] = ()) -> bool:
    """Return whether the day is Monday to Friday, no public holiday, and none of the clinic's own closing days."""
    return day.weekday() < _SATURDAY and day not in _public_holidays(day.year) and day not in closed


def answer_by(received: date, working_days: int, closed: Collection[date] = ()) -> date:
    """Return the last day of the promise: so many working days after the day of receipt, which does not count.

    Raises:
        ValueError: fewer than one working day.
    """
    if working_days < 1:
        raise ValueError("a promise is at least one working day")
    day = received
    while working_days:
        day += _DAY
        working_days -= is_working_day(day, closed)
    return day


def closing_days(closures: Iterable[Closure], kind: str, start: date) -> frozenset[date]:
    """Return the days of the year from `start` on which the clinic's holidays shut this kind of request."""
    return frozenset(
        day
        for closure in closures
        if kind in closure.closes
        for day in _days(max(closure.first_day, start), min(closure.last_day, start + _YEAR))
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def out_of_hours(now: datetime) -> bool:
    """Return whether the out-of-hours doctor is on duty: 16 to 8 on working days, and whenever it is none."""
    local = now.astimezone(COPENHAGEN)
    return not is_working_day(local.date()) or not OPENS <= local.time() < SHUTS


def last_moment_to_cancel(starts_at: datetime, hours: int) -> datetime:
    """Return the last moment, in UTC, at which `hours` of elapsed time remain (BOO-7); a change of clock is no time."""
    return starts_at.astimezone(UTC) - timedelta(hours=hours)


def local_day(moment: datetime) -> date:
    """Return the date in Copenhagen."""
    return moment.astimezone(COPENHAGEN).date()


def next_day(day: date) -> date:
    """Return the day after."""
    return day + _DAY


def end_of(day: date) -> datetime:
    """Return when the day ends in Copenhagen, as UTC."""
    return _midnight(next_day(day))


def as_utc(day: date, clock: time) -> datetime:
    """Return the moment at which clocks in Copenhagen show this time on that day."""
    return datetime.combine(day, clock, COPENHAGEN).astimezone(UTC)


def _midnight(day: date) -> datetime:
    return as_utc(day, time())
