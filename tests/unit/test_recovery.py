"""The page of the recovery: reveals nothing, walks the common way, ends with a password or without."""

import pytest
from pydantic import ValidationError

from notifications.letters import RECOVERY_LINK_MINUTES
from tests.situations import ALL_WELL, facts, refusal, walked, without
from workflows.engine import Engine
from workflows.facts import Switch
from workflows.recovery import LINK_LIVES, RECOVERY, Claim, Decision, Finding
from workflows.vocabulary import CHECK, Do, Letter, NotApplicableError, Now, Role, State, mail

ENGINE = Engine(RECOVERY)


@pytest.mark.rule("REC-5")
def test_a_recovery_walks_the_common_way_and_is_completed():
    walk, state = [], State.DRAFT
    for trigger, role in (
        ("submit", Role.ANYONE),
        ("delivered", Role.SYSTEM),
        ("matched", Role.SYSTEM),
        ("notified", Role.SYSTEM),
        ("complete", Role.ANYONE),
    ):
        state = walked(ENGINE, state, trigger, role, ALL_WELL)[-1]
        walk.append(state)
    assert walk == [State.SUBMITTED, State.DELIVERED, State.ANSWERED, State.NOTIFIED, State.COMPLETED]


@pytest.mark.rule("REC-3")
def test_no_rule_looks_at_the_person_before_winplc_is_asked():
    assert RECOVERY.step("submit", State.DRAFT).only_if == ()
    everything_off = without(clinic=Switch.OFF, practitioner=False, patient=False, holiday=True)
    assert walked(ENGINE, State.DRAFT, "submit", Role.ANYONE, everything_off) == [State.DRAFT, State.SUBMITTED]
    assert RECOVERY.step("submit", State.DRAFT).then == (CHECK,)


@pytest.mark.rule("REC-3")
def test_a_mismatch_sends_nothing_and_only_auditors_see_the_history():
    step = ENGINE.decide(State.DELIVERED, "not_matched", Role.SYSTEM, ALL_WELL).steps[0]
    assert (step.target, step.then, step.outcome) == (State.CLOSED, (), "no_match")
    assert RECOVERY.public_timeline is False


@pytest.mark.rule("REC-3")
def test_trouble_on_the_way_is_not_told_to_whoever_asked():
    told = [step for step in RECOVERY.steps for effect in step.then if effect.do is Do.MAIL]
    assert {step.trigger for step in told} == {"matched", "approve", "renotify", "complete"}


def test_staff_decide_where_the_addresses_differ():
    assert walked(ENGINE, State.DELIVERED, "staff_decide", Role.SYSTEM, ALL_WELL) == [State.DELIVERED, State.DELIVERED]
    approved = ENGINE.decide(State.DELIVERED, "approve", Role.CLINIC, ALL_WELL).steps[0]
    assert (approved.target, approved.outcome, approved.then) == (
        State.ANSWERED,
        "match",
        (mail(Letter.RECOVERY_LINK),),
    )
    rejected = ENGINE.decide(State.DELIVERED, "reject", Role.CLINIC, ALL_WELL).steps[0]
    assert (rejected.target, rejected.outcome, rejected.then) == (State.CLOSED, "no_match", ())


@pytest.mark.parametrize("trigger", ["matched", "not_matched", "staff_decide", "approve", "reject"])
def test_no_stranger_can_say_that_the_details_match(trigger):
    for role in (Role.ANYONE, Role.PATIENT, Role.OPERATOR):
        with pytest.raises(NotApplicableError):
            ENGINE.decide(State.DELIVERED, trigger, role, ALL_WELL)


@pytest.mark.rule("REC-4")
@pytest.mark.parametrize("state", [State.ANSWERED, State.NOTIFIED])
def test_a_link_that_is_used_or_too_old_is_refused(state):
    rule = refusal(ENGINE, state, "complete", Role.ANYONE, facts(link_valid=False))
    assert (rule.code, rule.field) == ("link_invalid", "token")
    assert walked(ENGINE, state, "complete", Role.ANYONE, ALL_WELL)[-1] is State.COMPLETED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.DELIVERED, State.CLOSED, State.COMPLETED, State.EXPIRED])
def test_there_is_no_completing_elsewhere(state):
    with pytest.raises(NotApplicableError):
        ENGINE.decide(state, "complete", Role.ANYONE, ALL_WELL)


@pytest.mark.rule("REC-7")
def test_a_new_password_is_set_in_the_same_step_and_told_in_a_mail():
    step = RECOVERY.step("complete", State.NOTIFIED)
    assert step.at_once == (Now.SET_PASSWORD, Now.FORGET_WHAT_WAS_TYPED)
    assert step.then == (mail(Letter.PASSWORD_CHANGED),)


def test_what_was_typed_is_forgotten_on_every_road_to_an_end():
    ending = [step for step in RECOVERY.steps if step.target in RECOVERY.ends() and step.source is not step.target]
    assert {step.target for step in ending} == {State.COMPLETED, State.CLOSED, State.EXPIRED}
    assert all(Now.FORGET_WHAT_WAS_TYPED in step.at_once for step in ending)


@pytest.mark.rule("REC-4")
def test_the_letter_promises_what_the_page_keeps():
    assert LINK_LIVES.total_seconds() == RECOVERY_LINK_MINUTES * 60
    expiry = {each.state: each.after for each in RECOVERY.deadlines if each.trigger == "expire"}
    assert expiry[State.NOTIFIED] == LINK_LIVES
    assert set(expiry) == {step.source for step in RECOVERY.steps if step.trigger == "expire"}


def test_a_finding_is_a_machine_word_that_is_not_kept_as_a_message():
    finding = Finding(finding="email_differs")
    assert (finding.verdict, finding.is_kept) == ("email_differs", False)
    assert Decision(reason="Ring til os.").is_kept
    with pytest.raises(ValidationError):
        Finding(finding="The address differs")


@pytest.mark.parametrize(
    ("cpr", "email"), [("123456789", "a@b"), ("1" * 12, "a@b"), ("1111111118", "a"), ("1111111118", "a" * 255)]
)
def test_a_claim_has_the_lengths_of_a_number_and_an_address(cpr, email):
    with pytest.raises(ValidationError):
        Claim(cpr=cpr, email=email)
    assert Claim(cpr="111111-1118", email="a@b").cpr == "111111-1118"
