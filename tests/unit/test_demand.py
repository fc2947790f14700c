"""Numbers of a clinic's demand: right in Copenhagen's time, silent where few stand behind them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from workflows.demand import FEWEST, Case, demand

MADE = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOW = datetime(2026, 12, 10, tzinfo=UTC)
DAY = timedelta(days=1)


def case(who=1, made=MADE, hours=1, promised=date(2026, 11, 30), **changes):
    answered = None if hours is None else made + timedelta(hours=hours)
    times = {"delivered": made + timedelta(seconds=10), "answered": answered, "notified": answered}
    plain = {"kind": "e_kons", "who": who, "made": made, "promised": promised, "waiting": hours is None}
    return Case(**plain | times | changes)


def of(*cases):
    [told] = demand(cases, NOW)
    return told


@pytest.mark.rule("NEW-25")
def test_hours_weekdays_and_months_are_copenhagens():
    midnights = (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), datetime(2026, 6, 30, 22, 15, tzinfo=UTC))
    told = of(*(case(made=made) for made in midnights))
    assert (told.by_hour[0], sum(told.by_hour)) == (2, 2)
    assert (told.by_weekday[1], told.by_weekday[2]) == (1, 1)
    assert told.by_month == {"2026-12": 1, "2026-07": 1}


@pytest.mark.rule("NEW-25")
def test_promises_are_kept_broken_or_not_due_yet_and_none_that_was_taken_back():
    told = of(
        case(hours=1),
        case(hours=24 * 20),
        case(hours=None),
        case(hours=None, promised=date(2026, 12, 10)),
        case(hours=None, waiting=False),
        case(promised=None),
    )
    assert (told.kept, told.late, told.awaited) == (1, 2, 1)
    assert told.share_late is None


@pytest.mark.rule("NEW-25")
def test_of_few_requests_no_time_and_no_share_is_told():
    few = of(*(case(who=n) for n in range(FEWEST - 1)))
    assert (few.volume, few.to_answer, few.share_late, few.share_asked_again) == (FEWEST - 1, None, None, None)
    told = of(*(case(who=n, hours=n + 1) for n in range(10)))
    assert (told.to_answer.median, told.to_answer.nine_of_ten) == (5 * 3600, 9 * 3600)
    assert (told.to_deliver.median, told.to_notify.median, told.share_late) == (10, 0, 0.0)


@pytest.mark.rule("NEW-25")
def test_who_asks_once_more_before_the_answer_has_asked_again():
    asked = [case(who=1, hours=48), case(who=1, made=MADE + DAY), case(who=1, made=MADE + 3 * DAY)]
    others = [case(who=n) for n in range(2, 9)]
    assert of(*asked, *others).share_asked_again == 0.1
    assert [told.kind for told in demand([case(), case(kind="booking")], NOW)] == ["booking", "e_kons"]
