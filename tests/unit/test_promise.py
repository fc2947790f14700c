"""A promise is reckoned by the settings of the day on which it is made, and late from the end of its last day."""

from datetime import UTC, date, datetime

import pytest

from tests.furnishing import clinic_settings
from workflows.clinic_settings import Closure
from workflows.promise import due_soon_until, late_from, promised_day

MONDAY, TUESDAY, THURSDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 26)
HOLIDAY = Closure(first_day=TUESDAY, last_day=TUESDAY, message="Ferie.", closes=("e_kons",))


@pytest.mark.rule("HOL-4", "NEW-1")
@pytest.mark.parametrize(
    ("settings", "kind", "promised"),
    [
        ({}, "e_kons", date(2026, 11, 25)),
        ({"deadline_pauses_in_holiday": True}, "e_kons", THURSDAY),
        ({"deadline_pauses_in_holiday": True}, "booking", date(2026, 11, 25)),
        ({"closing_days": (TUESDAY,)}, "e_kons", THURSDAY),
        ({"closing_days": (TUESDAY,)}, "booking", THURSDAY),
    ],
    ids=["runs on", "pauses by choice", "not for what stays open", "a closing day is none", "for any kind"],
)
def test_a_holiday_stops_the_promise_only_where_the_clinic_chose_so(settings, kind, promised):
    settings = clinic_settings("nygade", answer_promise_days=2, **settings)
    assert promised_day(settings, [HOLIDAY], kind, MONDAY) == promised


@pytest.mark.rule("NEW-2")
@pytest.mark.parametrize(
    ("promised", "moment"),
    [
        (date(2026, 11, 27), datetime(2026, 11, 27, 23, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
    ids=["winter", "the short day", "the long day"],
)
def test_an_answer_is_late_when_the_promised_day_is_over_in_copenhagen(promised, moment):
    assert late_from(promised) == moment


@pytest.mark.rule("NEW-2")
def test_soon_reaches_to_the_clinics_next_working_day():
    assert due_soon_until(clinic_settings("nygade"), date(2026, 11, 27)) == date(2026, 11, 30)
    closed = clinic_settings("nygade", closing_days=(date(2026, 11, 30),))
    assert due_soon_until(closed, date(2026, 11, 27)) == date(2026, 12, 1)
