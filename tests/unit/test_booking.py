"""The page of the booking: each rule once refusing and once holding, and each road to its end."""

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from tests.situations import ALL_WELL, IN_A_WEEK, NOW, facts, refusal, walked
from workflows.booking import BOOKING, Offer, Wish, Word
from workflows.engine import Engine
from workflows.vocabulary import TELL_ENDED, Letter, NotApplicableError, Now, Role, Since, State, mail

ENGINE = Engine(BOOKING)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
VECTORS = tomllib.loads((Path(__file__).resolve().parents[2] / "docs" / "vectors.toml").read_text(encoding="utf-8"))
STANDING = (State.ANSWERED, State.NOTIFIED, State.UNREACHABLE)


def submit(**changes):
    return refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(**changes))


def passes(**changes):
    return walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(**changes)) == [State.DRAFT, State.SUBMITTED]


def slot(**changes):
    return replace(IN_A_WEEK, **changes)


def starting(at):
    return slot(starts_at=at, ends_at=at + timedelta(minutes=15))


@pytest.mark.rule("BOO-3")
def test_a_time_taken_in_the_meantime_is_refused_as_a_conflict():
    for taken in (slot(free=False), None):
        rule = submit(slot=taken)
        assert (rule.code, rule.field, rule.conflict) == ("slot_taken", "slot", True)
    assert passes()


@pytest.mark.rule("BOO-16")
def test_the_time_is_taken_with_the_submission_and_freed_by_every_early_end():
    assert BOOKING.step("submit", State.DRAFT).at_once == (Now.TAKE_SLOT, Now.NOTE_NOTICE)
    freeing = {step.trigger for step in BOOKING.steps if Now.FREE_SLOT in step.at_once}
    assert freeing == {
        "decline",
        "offer",
        "cancel",
        "cancel_by_clinic",
        "move",
        "move_by_clinic",
        "displaced",
        "passed",
        "used",
        "no_show",
    }
    keeping = [step for step in BOOKING.steps if step.target in BOOKING.ends() and Now.FREE_SLOT not in step.at_once]
    later = [step.source for step in keeping if step.trigger != "accept" and step.source is not step.target]
    assert set(later) == {State.PASSED}, "the time was freed when it passed, or when others were offered"


@pytest.mark.rule("BOO-2")
@pytest.mark.parametrize(
    ("at", "fits"),
    [
        (ALL_WELL.earliest_booking, True),
        (ALL_WELL.earliest_booking - timedelta(microseconds=1), False),
        (ALL_WELL.latest_booking, False),
        (ALL_WELL.latest_booking - timedelta(microseconds=1), True),
        (NOW - timedelta(days=1), False),
    ],
)
def test_a_time_lies_inside_the_clinics_window(at, fits):
    if fits:
        assert passes(slot=starting(at))
    else:
        assert submit(slot=starting(at)).code == "outside_booking_window"


@pytest.mark.parametrize("missing", ["earliest_booking", "latest_booking"])
def test_without_a_window_nothing_is_booked(missing):
    assert submit(**{missing: None}).code == "outside_booking_window"


@pytest.mark.rule("BOO-14", "NEW-17")
@pytest.mark.parametrize(("early", "fits"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_a_time_is_booked_from_its_moment_of_release(early, fits):
    released = slot(released_at=NOW + early)
    assert passes(slot=released) if fits else submit(slot=released).code == "outside_booking_window"


@pytest.mark.rule("PRA-3", "BOO-5")
@pytest.mark.parametrize(
    ("comment", "asked", "fits"),
    [(None, True, False), ("", True, False), ("Ondt i halsen", True, True), (None, False, True)],
)
def test_a_comment_is_required_where_the_practitioner_says_so(comment, asked, fits):
    wish = Wish(slot="slot-1", reason="consultation", comment=comment)
    if fits:
        assert passes(content=wish, comment_required=asked)
    else:
        rule = submit(content=wish, comment_required=asked)
        assert (rule.code, rule.field) == ("comment_required", "comment")


@pytest.mark.rule("PRA-3")
def test_a_comment_of_blanks_is_no_comment():
    blank = Wish(slot="slot-1", reason="consultation", comment=" \n ")
    assert submit(content=blank, comment_required=True).code == "comment_required"


def test_a_comment_is_as_long_as_the_clinic_allows():
    wish = Wish(slot="slot-1", reason="consultation", comment="x" * 11)
    assert passes(content=wish, longest_text=11)
    assert submit(content=wish, longest_text=10).code == "text_too_long"


@pytest.mark.rule("BOO-7")
@pytest.mark.parametrize("vector", VECTORS["cancellation"], ids=lambda vector: str(vector["appointment"]))
@pytest.mark.parametrize("trigger", ["cancel", "move"])
def test_the_limit_is_elapsed_time_also_across_a_change_of_clock(trigger, vector):
    appointment, last = (vector[key].replace(tzinfo=COPENHAGEN) for key in ("appointment", "last_moment"))
    own = slot(starts_at=appointment.astimezone(ZoneInfo("UTC")), free=False)
    in_time = facts(now=last.astimezone(ZoneInfo("UTC")), slot=own, cancel_hours=vector["hours"])
    assert walked(ENGINE, State.NOTIFIED, trigger, Role.PATIENT, in_time)
    late = replace(in_time, now=in_time.now + timedelta(microseconds=1))
    rule = refusal(ENGINE, State.NOTIFIED, trigger, Role.PATIENT, late)
    assert (rule.code, rule.next_step.en) == (f"too_late_to_{trigger}", "Phone the clinic.")


@pytest.mark.rule("BOO-7")
@pytest.mark.parametrize(("hours", "fits"), [(0, True), (24 * 7, True), (24 * 7 + 1, False)])
def test_the_clinic_may_set_another_limit(hours, fits):
    situation = facts(cancel_hours=hours)
    if fits:
        assert walked(ENGINE, State.NOTIFIED, "cancel", Role.PATIENT, situation)[-1] is State.CANCELLED_BY_PATIENT
    else:
        assert refusal(ENGINE, State.NOTIFIED, "cancel", Role.PATIENT, situation).code == "too_late_to_cancel"


@pytest.mark.parametrize("state", [State.SUBMITTED, State.DELIVERED])
def test_a_wish_that_is_not_yet_answered_can_be_dropped_in_time(state):
    assert walked(ENGINE, state, "cancel", Role.PATIENT, facts(outcome=None))[-1] is State.CANCELLED_BY_PATIENT
    assert refusal(ENGINE, state, "cancel", Role.PATIENT, facts(cancel_hours=500)).code == "too_late_to_cancel"


def test_a_wish_that_never_arrived_can_always_be_dropped():
    situation = facts(slot=None, outcome=None, cancel_hours=500)
    assert walked(ENGINE, State.UNDELIVERABLE, "cancel", Role.PATIENT, situation)[-1] is State.CANCELLED_BY_PATIENT


@pytest.mark.rule("BOO-4")
@pytest.mark.parametrize(
    ("trigger", "outcome", "frees"),
    [("confirm", "confirmed", False), ("decline", "declined", True), ("offer", "other_time_offered", True)],
)
def test_staff_confirm_decline_or_offer_another_time(trigger, outcome, frees):
    step = ENGINE.decide(State.DELIVERED, trigger, Role.CLINIC, ALL_WELL).steps[0]
    assert (step.target, step.outcome, Now.FREE_SLOT in step.at_once) == (State.ANSWERED, outcome, frees)
    assert step.then == (mail(Letter.APPOINTMENT_NEWS),)


@pytest.mark.parametrize("outcome", [None, "declined", "other_time_offered"])
@pytest.mark.parametrize("state", STANDING)
@pytest.mark.parametrize(
    ("trigger", "role"), [("cancel", Role.PATIENT), ("move", Role.PATIENT), ("cancel_by_clinic", Role.CLINIC)]
)
def test_only_a_confirmed_time_is_cancelled_or_moved(trigger, role, state, outcome):
    assert refusal(ENGINE, state, trigger, role, facts(outcome=outcome)).code == "booking_not_standing"
    assert walked(ENGINE, state, trigger, role, ALL_WELL)[-1] in BOOKING.ends()


@pytest.mark.rule("BOO-8")
@pytest.mark.parametrize("state", [State.NOTIFIED, State.UNREACHABLE])
def test_a_time_that_is_over_is_what_the_clinic_marks_it(state):
    assert walked(ENGINE, state, "used", Role.CLINIC, ALL_WELL)[-1] is State.USED
    assert walked(ENGINE, state, "no_show", Role.CLINIC, ALL_WELL)[-1] is State.NO_SHOW
    assert walked(ENGINE, state, "passed", Role.SYSTEM, ALL_WELL)[-1] is State.PASSED
    for trigger, role in (("used", Role.CLINIC), ("no_show", Role.CLINIC), ("passed", Role.SYSTEM)):
        assert refusal(ENGINE, state, trigger, role, facts(outcome="declined")).code == "booking_not_standing"


@pytest.mark.rule("BOO-8")
def test_unmarked_it_is_passed_and_never_used_by_itself():
    by_time = {(each.state, each.trigger) for each in BOOKING.deadlines if each.since is Since.SLOT_END}
    assert by_time == {(each, "passed") for each in (State.DELIVERED, State.NOTIFIED, State.UNREACHABLE)}
    for trigger in ("used", "no_show"):
        with pytest.raises(NotApplicableError):
            ENGINE.decide(State.NOTIFIED, trigger, Role.SYSTEM, ALL_WELL)
        assert walked(ENGINE, State.PASSED, trigger, Role.CLINIC, facts(outcome=None))[-1] in BOOKING.ends()


def test_winplc_hears_of_every_end_that_the_patient_chooses():
    by_patient = [step for step in BOOKING.steps if step.by is Role.PATIENT and step.target in BOOKING.ends()]
    assert by_patient
    of_none = {step.trigger for step in by_patient if step.then != (TELL_ENDED,)}
    assert of_none == {"accept"}, "there the clinic has given up the time itself, and hears of the new one"


def test_a_wish_says_what_it_is_about():
    wish = Wish(slot="slot-1", reason="consultation", practitioner="hansen")
    assert (wish.wanted_slot, wish.addressed_to, wish.written) == ("slot-1", "hansen", "")
    assert Word(message_id="M-1").clinic_message == "M-1"
    assert Offer(message_id="M-2", slots=("slot-2", "slot-3")).slots == ("slot-2", "slot-3")


@pytest.mark.parametrize("reason", ["Consultation", "a b", "", "x" * 41, "æ"])
def test_a_reason_is_a_machine_word(reason):
    with pytest.raises(ValidationError):
        Wish(slot="slot-1", reason=reason)
