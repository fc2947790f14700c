"""How free times look: by day, with how many there are, and where to go on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from api.patient.periods import Period, View, Wanted
from api.patient.words import Possibility
from api.strict_json import Moment
from storage.free_times import FreeSlot
from workflows.working_days import local_day


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class Time(_Shown):
    """A free time."""

    key: str
    practitioner: str
    reason: str
    starts_at: Moment
    ends_at: Moment


class Day(_Shown):
    """The free times of one day in Copenhagen: how many, the first of them, and how many more a look at the day shows.

    `opens_at` is when the next of the day's times is released, where some are not yet (BOO-14).
    """

    day: date
    count: int
    more: int
    slots: tuple[Time, ...]
    opens_at: Moment | None


class Window(_Shown):
    """From when, included, until when, excluded, a time may start that is booked now."""

    earliest: Moment
    latest: Moment


class FreeTimes(_Shown):
    """The period's days that have or will have free times, in order; `truncated` where there are more than are read."""

    view: View
    period: str = Field(description="As it is asked for, such as 2026-11, 2026-W48 or 2026-11-26")
    days: tuple[Day, ...]
    previous: str | None = Field(description="Where the period before this one is, if anything of it can be booked")
    next: str | None = Field(description="Where the period after this one is, if anything of it can be booked")
    window: Window
    booking: Possibility = Field(description="Whether the patient can book here now, or why not; then no time is shown")
    truncated: bool


def time_of(slot: FreeSlot) -> Time:
    """Return a free time as patients see it."""
    return Time(
        key=slot.key,
        practitioner=slot.practitioner,
        reason=slot.reason,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )


def days_of(found: Sequence[FreeSlot], now: datetime, most: int | None) -> tuple[Day, ...]:
    """Return the days of these times, each with at most so many of them."""
    return tuple(_day(day, tuple(slots), now, most) for day, slots in groupby(found, _local_day))


def links_of(path: str, query: Wanted, period: Period, window: tuple[datetime, datetime]) -> Mapping[str, str | None]:
    """Return where the neighbours of the period are, as far as anything in them can be booked."""
    earliest, latest = window
    return {
        "previous": _link(path, query, period.before()) if period.start > earliest else None,
        "next": _link(path, query, period.following()) if period.end < latest else None,
    }


def _local_day(slot: FreeSlot) -> date:
    return local_day(slot.starts_at)


def _day(day: date, slots: Sequence[FreeSlot], now: datetime, most: int | None) -> Day:
    free = [slot for slot in slots if slot.is_released(now)]
    shown = free[:most]
    opening = min((slot.released_at for slot in slots if slot.released_at and not slot.is_released(now)), default=None)
    return Day(
        day=day,
        count=len(free),
        more=len(free) - len(shown),
        slots=tuple(time_of(slot) for slot in shown),
        opens_at=opening,
    )


def _link(path: str, query: Wanted, period: Period) -> str:
    kept = {name: getattr(query, name) for name in ("practitioner", "reason") if getattr(query, name) is not None}
    if "first" in query.model_fields_set:
        kept["first"] = query.first
    return f"{path}?{urlencode({'view': period.view, period.view: period.name, **kept})}"
