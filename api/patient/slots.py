"""Free times of a clinic's calendar, by month or by week."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, InvalidQueryError
from api.noting import Noting
from api.patient.acting import seen
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.calendar import FreeSlot, free_slots
from storage.memberships import own_clinic
from workflows.clinic_settings import ClinicSettings
from workflows.content import Code, Key
from workflows.working_days import local_day, month, week

MOST_TIMES = 1000
_MONTH = re.compile(r"(20[0-9]{2})-([0-9]{2})")
_WEEK = re.compile(r"(20[0-9]{2})-W([0-9]{2})")
_INSTANT = timedelta(microseconds=1)
_PERIOD = {
    "da": "Giv netop én: month som ÅÅÅÅ-MM eller week som ÅÅÅÅ-Wuu, og en, der findes.",
    "en": "Give exactly one: month as YYYY-MM or week as YYYY-Www, and one that exists.",
}


class Wanted(BaseModel):
    """With whom, why, and in which month or week of Copenhagen time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    practitioner: Annotated[Key | None, Field(description="With this practitioner only")] = None
    reason: Annotated[Code | None, Field(description="For this reason only")] = None
    month: Annotated[str | None, Field(max_length=7, description="YYYY-MM; either this or `week`")] = None
    week: Annotated[str | None, Field(max_length=8, description="YYYY-Www by ISO 8601; either this or `month`")] = None


class Time(BaseModel):
    """A free time."""

    model_config = ConfigDict(frozen=True)

    key: str
    practitioner: str
    reason: str
    starts_at: Moment
    ends_at: Moment


class Day(BaseModel):
    """The free times of one day in Copenhagen, and how many they are."""

    model_config = ConfigDict(frozen=True)

    day: date
    count: int
    slots: tuple[Time, ...]


class FreeTimes(BaseModel):
    """Days that have free times, in order; `truncated` where there are more than can be shown at once."""

    days: tuple[Day, ...]
    truncated: bool


class Slots:
    """Shows the free times that a patient could ask for now."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Find a free time",
        audience="patient",
        query=Wanted,
        out=FreeTimes,
        errors=(NotFoundError,),
        description="Times that are taken, not released yet, or outside the clinic's booking window are not shown.",
    )
    def find(self, call: Call, _resp: falcon.Response, *, slug: str, query: Wanted) -> FreeTimes:
        """Answer the free times of the period, and note the look."""
        services, patient, now = self._services, call.caller(Patient), self._services.clock()
        start, end = _period(query)
        with services.database.writing() as connection:
            clinic, _ = own_clinic(connection, services.keyring, patient.person, slug)
            earliest, latest = _window(clinic.settings, now)
            found = free_slots(
                connection,
                clinic.id,
                practitioner=query.practitioner,
                reason=query.reason,
                start=max(start, earliest),
                end=min(end, latest + _INSTANT),
                now=now,
                limit=MOST_TIMES + 1,
            )
            self._noting.within(connection, seen(services, call, "patient.slot.read", clinic.id))
        return FreeTimes(days=_days(found[:MOST_TIMES]), truncated=len(found) > MOST_TIMES)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [Route("GET", "/v1/clinics/{slug}/slots", self.find, "patient.slot.read", clinic)]


def _period(query: Wanted) -> tuple[datetime, datetime]:
    chosen: list[tuple[str, str, re.Pattern[str], Callable[[int, int], tuple[datetime, datetime]]]] = [
        (name, text, pattern, bounds)
        for name, text, pattern, bounds in (
            ("month", query.month, _MONTH, month),
            ("week", query.week, _WEEK, week),
        )
        if text is not None
    ]
    if len(chosen) != 1:
        raise _no_period("month")
    ((name, text, pattern, bounds),) = chosen
    numbers = pattern.fullmatch(text)
    if numbers is None:
        raise _no_period(name)
    try:
        return bounds(int(numbers[1]), int(numbers[2]))
    except ValueError:
        raise _no_period(name) from None


def _no_period(name: str) -> InvalidQueryError:
    return InvalidQueryError((Fault(name, "period", words=_PERIOD),))


def _window(settings: ClinicSettings, now: datetime) -> tuple[datetime, datetime]:
    earliest = now + timedelta(hours=settings.earliest_booking_hours)
    return earliest, now + timedelta(days=settings.latest_booking_days)


def _days(found: Sequence[FreeSlot]) -> tuple[Day, ...]:
    days = groupby(found, lambda slot: local_day(slot.starts_at))
    times = ((day, tuple(_time(slot) for slot in slots)) for day, slots in days)
    return tuple(Day(day=day, count=len(slots), slots=slots) for day, slots in times)


def _time(slot: FreeSlot) -> Time:
    return Time(
        key=slot.key,
        practitioner=slot.practitioner,
        reason=slot.reason,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
    )
