"""Days and limits with known answers, and what must hold of every day."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.clinic_settings import Closure
from workflows.working_days import (
    COPENHAGEN,
    answer_by,
    closing_days,
    is_working_day,
    last_moment_to_cancel,
    local_day,
)

VECTORS = tomllib.loads((Path(__file__).parents[2] / "docs" / "vectors.toml").read_text())
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


@pytest.mark.rule("NEW-1", "LAW-2")
@pytest.mark.parametrize("vector", VECTORS["promise"], ids=lambda vector: str(vector["received"]))
def test_the_answer_day_is_counted_in_danish_working_days(vector):
    assert answer_by(vector["received"], vector["working_days"]) == vector["answer_by"]


@pytest.mark.parametrize("easter", VECTORS["easter"], ids=lambda vector: str(vector["sunday"]))
def test_the_moving_holidays_follow_easter(easter):
    sunday = easter["sunday"]
    for days in (-3, -2, 0, 1, 39, 49, 50):
        assert not is_working_day(sunday + timedelta(days=days))
    assert is_working_day(sunday + timedelta(days=2))


@pytest.mark.parametrize("vector", VECTORS["working_day"], ids=lambda vector: str(vector["day"]))
def test_a_customary_day_off_is_a_working_day_unless_the_clinic_closes(vector):
    assert is_working_day(vector["day"])
    assert not is_working_day(vector["day"], {vector["day"]})


@pytest.mark.rule("NEW-1")
def test_the_clinics_own_closing_days_do_not_count():
    monday = date(2026, 11, 23)
    assert answer_by(monday, 1) == date(2026, 11, 24)
    assert answer_by(monday, 1, {date(2026, 11, 24), date(2026, 11, 25)}) == date(2026, 11, 26)


@pytest.mark.rule("NEW-1")
def test_a_holiday_closes_the_days_of_the_services_that_it_shuts():
    monday = date(2026, 11, 23)
    holiday = Closure(first_day=date(2026, 11, 1), last_day=date(2026, 11, 25), message="Ferie.", closes=("a", "b"))
    assert closing_days([holiday], "a", monday) == {monday, date(2026, 11, 24), date(2026, 11, 25)}
    assert closing_days([holiday], "c", monday) == closing_days([], "a", monday) == set()
    endless = Closure(first_day=monday, last_day=date.max, message="Lukket.", closes=("a",))
    assert answer_by(monday, 5, closing_days([endless], "a", monday)) == date(2027, 12, 1)


@given(DAYS, st.integers(1, 30))
def test_a_promise_ends_on_a_working_day_and_a_longer_one_later(received, working_days):
    day = answer_by(received, working_days)
    assert is_working_day(day)
    assert day > received
    assert answer_by(received, working_days + 1) > day


@pytest.mark.parametrize("working_days", [0, -1])
def test_a_promise_of_no_day_is_refused(working_days):
    with pytest.raises(ValueError, match="at least one"):
        answer_by(date(2026, 11, 23), working_days)


@pytest.mark.rule("BOO-7")
@pytest.mark.parametrize("vector", VECTORS["cancellation"], ids=lambda vector: str(vector["appointment"]))
def test_the_last_moment_to_cancel_is_counted_in_elapsed_time(vector):
    starts_at = vector["appointment"].replace(tzinfo=COPENHAGEN)
    last = last_moment_to_cancel(starts_at, vector["hours"])
    assert last == vector["last_moment"].replace(tzinfo=COPENHAGEN)
    assert last.tzinfo is UTC


def test_a_day_is_copenhagens_own():
    assert local_day(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == date(2026, 11, 24)
    assert local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)
