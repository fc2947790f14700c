"""Appointment types and the booking window: what may be booked online, and from when to when (BOO-2, BOO-11, APP-2)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.clinic_settings import ClinicSettings
from workflows.content import Content, Key, PlainText, WrittenText
from workflows.working_days import COPENHAGEN, local_day

LONGEST_CODE = 6
_DAY_MINUTES = 24 * 60


class AppointmentType(BaseModel):
    """A kind of appointment as the clinic's calendar has it.

    `code` is the short mark in the calendar, `minutes` the usual length. Times of a type are for `use` by patients
    online, for other use, or closed; only the first are offered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_name: Annotated[PlainText, Field(max_length=100)] = ""
    description: Annotated[WrittenText, Field(max_length=100)]
    minutes: Annotated[int, Field(ge=1, le=_DAY_MINUTES)]
    code: Annotated[str, Field(pattern=rf"^[A-Za-zÆØÅæøå0-9]{{1,{LONGEST_CODE}}}$")]
    use: Literal["patient", "other", "closed"] = "patient"

    @property
    def for_patients(self) -> bool:
        """Whether patients may book times of this type online."""
        return self.use == "patient"

    def shown_name(self) -> str:
        """Return the name that patients see: the public one, or the internal description where there is none."""
        return self.public_name or self.description


def booking_window(settings: ClinicSettings, now: datetime) -> tuple[datetime, datetime]:
    """Return from when, included, until when, excluded, a time may start that is booked at `now`; in UTC.

    The least notice is elapsed minutes and whole local days: with one day, tomorrow is the first that can be booked,
    whatever the hour. The last day is whole: with 90 days, every time of the 90th day from today; and it is never
    later than the last day of a clinic that closes for good.
    """
    today = local_day(now)
    last_day = min(today + timedelta(days=settings.latest_booking_days), settings.closes_on or date.max)
    first, after_last = (
        datetime.combine(day, time(), COPENHAGEN).astimezone(UTC)
        for day in (today + timedelta(days=settings.earliest_booking_days), last_day + timedelta(days=1))
    )
    return max(now + timedelta(minutes=settings.earliest_booking_minutes), first), after_last


class HoldWish(Content):
    """The time that a patient wants to keep while filling in the form (BOO-16)."""

    slot: Key

    @property
    def wanted_slot(self) -> str | None:
        """The time to hold."""
        return self.slot
