"""The page of the waiting list: what may be waited for, and who may take the time that is offered."""

from datetime import date, datetime, timedelta

import pytest
from pydantic import ValidationError

from tests.situations import IN_A_WEEK, NOW, facts, refusal, walked
from workflows.booking import BOOKING, Wish
from workflows.engine import Engine
from workflows.quiet_hours import after_quiet, before_quiet
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S
from workflows.waiting import WAITING
from workflows.waiting_words import Join, part_of_day
from workflows.working_days import COPENHAGEN

ENGINE = Engine(WAITING)
OFFERED = {"offer_until": NOW + timedelta(hours=1)}
WISH = Wish(slot=IN_A_WEEK.key, reason="consultation")


def joining(**changes):
    days = {"first_day": date(2026, 11, 24), "last_day": date(2026, 11, 27)}
    return Join(reason="consultation", **days | changes)


@pytest.mark.rule("NEW-15")
def test_days_that_come_in_the_wrong_order_are_no_wish():
    with pytest.raises(ValidationError, match="The last day comes before the first"):
        joining(first_day=date(2026, 11, 28))


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize(("last", "code"), [(date(2026, 11, 22), "days_past"), (date(2026, 11, 23), None)])
def test_nobody_waits_for_days_that_have_passed(last, code):
    situation = facts(content=joining(first_day=date(2026, 11, 20), last_day=last))
    if code:
        assert refusal(ENGINE, S.DRAFT, "submit", R.PATIENT, situation).code == code
    else:
        assert walked(ENGINE, S.DRAFT, "submit", R.PATIENT, situation)[-1] is S.SUBMITTED


@pytest.mark.rule("NEW-16")
def test_only_a_confirmed_booking_of_ones_own_can_be_given_up_for_the_time():
    situation = facts(content=joining(), swap_stands=False)
    assert refusal(ENGINE, S.DRAFT, "submit", R.PATIENT, situation).code == "booking_not_standing"


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize("state", [S.ANSWERED, S.NOTIFIED, S.UNREACHABLE])
def test_an_offer_is_taken_until_it_runs_out_and_only_for_the_time_that_was_offered(state):
    over = facts(content=WISH, offer_until=NOW - timedelta(seconds=1))
    other = facts(content=Wish(slot="slot-9", reason="consultation"), **OFFERED)
    assert walked(ENGINE, state, "accept", R.PATIENT, facts(content=WISH, **OFFERED))[-1] is S.CLOSED
    assert refusal(ENGINE, state, "accept", R.PATIENT, over).code == "offer_over"
    assert refusal(ENGINE, state, "accept", R.PATIENT, other).code == "another_time"


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize(("trigger", "role"), [("decline", R.PATIENT), ("lapse", R.SYSTEM)])
def test_an_offer_that_is_not_taken_leads_back_into_the_line(trigger, role):
    assert walked(ENGINE, S.NOTIFIED, trigger, role, facts())[-1] is S.DELIVERED


@pytest.mark.rule("NEW-16")
def test_inside_the_limit_a_time_is_moved_only_if_somebody_waits_for_it_and_the_refusal_says_so():
    engine, soon = Engine(BOOKING), facts(now=IN_A_WEEK.starts_at - timedelta(hours=47), content=WISH)
    late = refusal(engine, S.NOTIFIED, "move", R.PATIENT, soon)
    assert (late.code, late.layer) == ("too_late_to_move", "calendar")
    assert "venteliste" in late.sentence.da
    wanted = facts(now=soon.now, content=WISH, refillable=True)
    assert walked(engine, S.NOTIFIED, "move", R.PATIENT, wanted)[-1] is S.MOVED
    assert refusal(engine, S.NOTIFIED, "cancel", R.PATIENT, wanted).code == "too_late_to_cancel"


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize(
    ("hour", "part"), [(7, "morning"), (11, "morning"), (12, "afternoon"), (16, "afternoon"), (17, "evening")]
)
def test_the_parts_of_the_day(hour, part):
    assert part_of_day(datetime(2026, 11, 23, hour, tzinfo=COPENHAGEN)) == part


@pytest.mark.rule("NEW-15")
@pytest.mark.parametrize(
    ("local", "after", "before"),
    [
        ("2026-11-23T20:59", "2026-11-23T20:59", "2026-11-23T20:59"),
        ("2026-11-23T21:00", "2026-11-24T08:00", "2026-11-23T21:00"),
        ("2026-11-24T07:59", "2026-11-24T08:00", "2026-11-23T21:00"),
        ("2026-11-24T08:00", "2026-11-24T08:00", "2026-11-24T08:00"),
        # the night in which clocks go forward, and the one in which they go back
        ("2026-03-28T23:00", "2026-03-29T08:00", "2026-03-28T21:00"),
        ("2026-10-25T01:00", "2026-10-25T08:00", "2026-10-24T21:00"),
    ],
)
def test_the_quiet_hours_are_those_of_clocks_in_denmark(local, after, before):
    moment, after, before = (datetime.fromisoformat(each).replace(tzinfo=COPENHAGEN) for each in (local, after, before))
    assert (after_quiet(moment), before_quiet(moment)) == (after, before)
