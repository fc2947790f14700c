"""The page of the renewal: each rule once refusing and once holding, and each road to its end."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from tests.situations import ALL_WELL, facts, refusal, walked
from workflows.catalogue import CATALOGUE
from workflows.engine import Engine
from workflows.facts import Medicine
from workflows.renewal import LEADS_TO, RENEWAL, Answer, ItemDecision, Wish
from workflows.renewal_items import REASONS, STATUSES, ItemStatus, item_status
from workflows.vocabulary import NotApplicableError, Role, State

ENGINE = Engine(RENEWAL)
TODAY = ALL_WELL.today
DAY = timedelta(days=1)
REASONS_OF_THE_PAGE = {
    "needs_checkup",
    "needs_consultation",
    "open_prescription",
    "other_prescriber",
    "not_on_card",
    "dose_unclear",
    "other",
}


def submit(**changes):
    return refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(**changes))


def passes(**changes):
    return walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(**changes)) == [State.DRAFT, State.SUBMITTED]


@pytest.mark.rule("REN-3")
def test_only_medicines_on_the_list_are_renewed():
    assert passes(medicines=(Medicine("metformin"), Medicine("losartan")))
    rule = submit(medicines=(Medicine("metformin"),), unknown_medicines=("morfin",))
    assert (rule.code, rule.field) == ("not_on_list", "medicines")


@pytest.mark.rule("REN-3")
@pytest.mark.parametrize("medicines", [(), ("a", "a"), tuple(f"m{n}" for n in range(21)), ("a b",)])
def test_a_wish_names_between_one_and_twenty_medicines_each_once(medicines):
    with pytest.raises(ValidationError):
        Wish(medicines=medicines)


def test_a_wish_says_what_it_is_about():
    wish = Wish(medicines=("metformin",), practitioner="hansen", comment="Som sidst.")
    assert (wish.wanted_medicines, wish.addressed_to, wish.written) == (("metformin",), "hansen", "Som sidst.")
    assert Wish(medicines=("metformin",)).written == ""


@pytest.mark.rule("REN-5")
@pytest.mark.parametrize(
    ("until", "refused"), [(None, True), (TODAY - DAY, True), (TODAY, False), (TODAY + DAY, False)]
)
def test_a_medicine_that_forms_dependency_needs_an_exception_that_has_not_ended(until, refused):
    items = (Medicine("metformin"), Medicine("oxazepam", dependency_forming=True, exception_until=until))
    if not refused:
        assert passes(medicines=items)
        return
    rule = submit(medicines=items)
    assert (rule.code, rule.next_step.en) == ("needs_consultation", "Book a time.")


@pytest.mark.rule("NEW-13")
def test_a_renewal_by_a_doctors_exception_says_so_and_any_other_does_not():
    held = Medicine("oxazepam", dependency_forming=True, exception_until=TODAY)
    for medicines, leave in (((held,), "by_exception:needs_consultation"), ((Medicine("metformin"),), None)):
        decision = ENGINE.decide(State.DRAFT, "submit", Role.PATIENT, facts(medicines=medicines))
        assert decision.leave == leave


@pytest.mark.rule("REN-4")
@pytest.mark.parametrize(("from_day", "renewed"), [(None, False), (TODAY + DAY, False), (TODAY, True)])
def test_an_open_prescription_is_waited_for_until_its_day(from_day, renewed):
    items = (Medicine("metformin", open_prescription=True, renewable_from=from_day),)
    assert passes(medicines=items) if renewed else submit(medicines=items).code == "not_yet_renewable"


@pytest.mark.rule("REN-2", "REN-10", "REN-11")
def test_every_state_and_every_reason_has_its_words():
    assert set(REASONS) == REASONS_OF_THE_PAGE
    assert set(STATUSES) == set(ItemStatus)
    assert set(LEADS_TO) == {"needs_checkup", "needs_consultation"}
    assert set(LEADS_TO.values()) <= set(CATALOGUE)
    for say in (*REASONS.values(), *STATUSES.values()):
        assert say.da != say.en


@pytest.mark.rule("REN-2")
@pytest.mark.parametrize(
    ("state", "decision", "status"),
    [
        (State.SUBMITTED, None, ItemStatus.REQUESTED),
        (State.DELIVERED, None, ItemStatus.AT_CLINIC),
        (State.DELIVERED, "approved", ItemStatus.APPROVED),
        (State.NOTIFIED, "approved_changed", ItemStatus.APPROVED_CHANGED),
        (State.ANSWERED, "rejected", ItemStatus.REJECTED),
        (State.WITHDRAWN, None, ItemStatus.WITHDRAWN),
        (State.UNDELIVERABLE, None, ItemStatus.UNDELIVERABLE),
    ],
)
def test_a_medicine_stands_as_it_was_decided_or_as_its_request_stands(state, decision, status):
    assert item_status(state, decision) is status


@pytest.mark.rule("REN-4")
@pytest.mark.parametrize(("day", "refused"), [(TODAY + DAY, True), (TODAY, False), (date(2020, 1, 1), False)])
def test_a_medicine_with_an_open_prescription_waits_for_its_day(day, refused):
    items = (Medicine("metformin", renewable_from=day), Medicine("losartan"))
    if refused:
        assert submit(medicines=items).code == "not_yet_renewable"
    else:
        assert passes(medicines=items)


def test_a_comment_is_as_long_as_the_clinic_allows():
    short, long = (Wish(medicines=("a",), comment="x" * length) for length in (10, 11))
    assert passes(content=short, longest_text=10)
    assert submit(content=long, longest_text=10).code == "text_too_long"


@pytest.mark.rule("REN-3")
def test_each_medicine_is_decided_by_itself_and_once():
    decision = ItemDecision(medicine="metformin", decision="approved")
    open_items = facts(content=decision, undecided=("metformin", "losartan"))
    assert walked(ENGINE, State.DELIVERED, "decide", Role.CLINIC, open_items) == [State.DELIVERED, State.DELIVERED]
    decided = facts(content=decision, undecided=("losartan",))
    rule = refusal(ENGINE, State.DELIVERED, "decide", Role.CLINIC, decided)
    assert (rule.code, rule.field, rule.conflict) == ("item_not_open", "medicine", True)
    assert (
        refusal(ENGINE, State.DELIVERED, "decide", Role.CLINIC, facts(undecided=("losartan",))).code == "item_not_open"
    )


def test_the_closing_word_comes_when_every_medicine_is_decided():
    assert refusal(ENGINE, State.DELIVERED, "answer", Role.CLINIC, facts(undecided=("a",))).code == "items_undecided"
    assert walked(ENGINE, State.DELIVERED, "answer", Role.CLINIC, ALL_WELL) == [State.DELIVERED, State.ANSWERED]


@pytest.mark.rule("REN-10", "REN-6")
@pytest.mark.parametrize("reason", sorted(REASONS_OF_THE_PAGE))
def test_a_rejection_carries_one_of_seven_reasons(reason):
    decision = ItemDecision(medicine="a", decision="rejected", reason=reason, text="Ring til os.")
    assert decision.verdict == f"rejected:{reason}"


@pytest.mark.rule("REN-10")
@pytest.mark.parametrize(
    "given", [{"decision": "rejected"}, {"decision": "rejected", "reason": "because"}, {"decision": "maybe"}]
)
def test_a_rejection_without_a_reason_from_the_list_is_no_decision(given):
    with pytest.raises(ValidationError):
        ItemDecision(medicine="a", **given)


@pytest.mark.parametrize("decision", ["approved", "approved_changed"])
def test_an_approval_needs_no_reason(decision):
    assert ItemDecision(medicine="a", decision=decision).verdict == decision


@pytest.mark.parametrize("state", [State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE])
def test_a_renewal_is_withdrawn_until_the_clinic_has_begun(state):
    assert walked(ENGINE, state, "withdraw", Role.PATIENT, ALL_WELL)[-1] is State.WITHDRAWN
    assert refusal(ENGINE, state, "withdraw", Role.PATIENT, facts(opened=True)).code == "already_opened"


def test_only_the_clinic_decides():
    for role in Role:
        if role is not Role.CLINIC:
            with pytest.raises(NotApplicableError):
                ENGINE.decide(State.DELIVERED, "decide", role, ALL_WELL)


def test_the_closing_word_may_be_without_text():
    assert Answer(message_id="M-1").clinic_message == "M-1"
