"""The promise clock: by which day the clinic promises to answer, and how that promise is kept or not (NEW-1, NEW-2).

A promise is what the patient was told: it is reckoned once, when the request is made, by the settings of that moment,
and nothing that the clinic decides later moves it.
"""

from collections.abc import Iterable
from datetime import date, datetime

from workflows.clinic_settings import ClinicSettings, Closure
from workflows.working_days import answer_by, closing_days, end_of, is_working_day, next_day


def promised_day(settings: ClinicSettings, closures: Iterable[Closure], kind: str, received: date) -> date:
    """Return the last day of the promise for a request that is made on a day in Copenhagen.

    The clinic's own closing days never count; the days of its holidays only do not where it chose so (HOL-4).
    """
    closed = frozenset(settings.closing_days)
    if settings.deadline_pauses_in_holiday:
        closed |= closing_days(closures, kind, received)
    return answer_by(received, settings.answer_promise_days, closed)


def late_from(promised: date) -> datetime:
    """Return the moment, in UTC, from which an answer is late: the end of the promised day in Copenhagen."""
    return end_of(promised)


def due_soon_until(settings: ClinicSettings, today: date) -> date:
    """Return the last promised day that is soon: the clinic's next working day after today."""
    day = next_day(today)
    while not is_working_day(day, settings.closing_days):
        day = next_day(day)
    return day
