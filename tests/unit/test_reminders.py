"""When an appointment is reminded of: as chosen, on the calendar, and never in the quiet hours (BOO-15)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.quiet_hours import is_quiet
from workflows.reminders import LONGEST, SHORTEST, remind_at
from workflows.working_days import COPENHAGEN

LONG_AGO = datetime(2026, 1, 1, tzinfo=COPENHAGEN)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@pytest.mark.rule("BOO-15")
@pytest.mark.parametrize(
    ("starts", "minutes", "reminds"),
    [
        ("2026-11-25T09:00", 1440, "2026-11-24T09:00"),
        ("2026-11-25T09:00", 120, "2026-11-24T21:00"),  # seven in the morning is quiet: the evening before
        ("2026-11-25T12:00", 120, "2026-11-25T10:00"),
        # the day on which clocks go forward, and the one on which they go back: the hour on the clock is kept
        ("2026-03-29T09:00", 1440, "2026-03-28T09:00"),
        ("2026-10-25T09:00", 1440, "2026-10-24T09:00"),
        ("2026-03-29T10:00", 180, "2026-03-28T21:00"),
        ("2026-10-26T09:00", 7 * 1440, "2026-10-19T09:00"),
    ],
)
def test_the_reminder_comes_when_it_was_chosen(starts, minutes, reminds):
    assert remind_at(local(starts), minutes, LONG_AGO) == local(reminds)


@pytest.mark.rule("BOO-15")
def test_whoever_books_later_than_that_is_not_reminded():
    start = local("2026-11-25T09:00")
    assert remind_at(start, 1440, local("2026-11-24T09:00")) is None
    assert remind_at(start, 1440, local("2026-11-24T08:59")) == local("2026-11-24T09:00")


@pytest.mark.rule("BOO-15", "NOT-2")
@settings(max_examples=60)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - local hours, made aware below
    st.integers(SHORTEST, LONGEST),
    st.integers(0, 14 * 1440),
)
def test_no_reminder_is_in_the_past_in_the_quiet_hours_or_after_the_start(wall, minutes, before):
    start = wall.replace(tzinfo=COPENHAGEN)
    now = start - timedelta(minutes=before)
    due = remind_at(start, minutes, now)
    assert due is None or (now < due < start and (not is_quiet(due) or due.astimezone(COPENHAGEN).hour == 21))
