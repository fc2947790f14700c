"""The page of the enrolment: the clinic's mode decides, nothing looks at the person, it ends with a user or without."""

import pytest
from pydantic import ValidationError

from notifications.letters import ACTIVATION_LINK_DAYS
from tests.situations import ALL_WELL, facts, refusal, walked
from workflows.engine import Engine
from workflows.enrolment import ENROLMENT, LINK_LIVES, Approval, Creation, Rejection, SignUp
from workflows.vocabulary import FILE, Decision, Layer, Letter, NotApplicableError, Now, Role, State, mail

ENGINE = Engine(ENROLMENT)
OFFERED = ("e_kons", "booking")


def sign_up(**changes):
    typed = {"cpr": "6102900001", "email": "alice@patients.test", "name": "Alice", "services": OFFERED}
    return SignUp(**(typed | changes))


def asked(**changes):
    """Return the facts of a sign-up at a clinic that asks its staff; `sign_up` is the clinic's mode."""
    mode = changes.pop("sign_up", "with_approval")
    return facts(content=sign_up(**changes), sign_up=mode, offered=OFFERED)


def decided(mode="with_approval", **changes):
    return facts(content=Approval(services=("e_kons",), **changes), sign_up=mode, asked_rights=OFFERED)


@pytest.mark.rule("ACC-3")
def test_an_enrolment_walks_the_common_way_and_ends_with_a_user():
    walk, state = [], State.DRAFT
    for trigger, role in (
        ("submit", Role.ANYONE),
        ("delivered", Role.SYSTEM),
        ("approve", Role.CLINIC),
        ("notified", Role.SYSTEM),
        ("activate", Role.ANYONE),
    ):
        state = walked(ENGINE, state, trigger, role, ALL_WELL)[-1]
        walk.append(state)
    assert walk == [State.SUBMITTED, State.DELIVERED, State.ANSWERED, State.NOTIFIED, State.ACTIVATED]


@pytest.mark.rule("ACC-2")
def test_a_clinic_without_online_sign_up_says_so_and_what_to_do():
    rule = refusal(ENGINE, State.DRAFT, "submit", Role.ANYONE, asked(sign_up="none"))
    assert (rule.code, rule.layer, rule.conflict) == ("sign_up_closed", Layer.CLINIC, False)
    assert rule.next_step.da == "Ring til klinikken, så kan den oprette dig."


@pytest.mark.rule("ACC-2", "ACC-7")
def test_without_approval_needs_mitid_and_with_approval_does_not():
    assert walked(ENGINE, State.DRAFT, "submit", Role.ANYONE, asked())[-1] is State.SUBMITTED
    rule = refusal(ENGINE, State.DRAFT, "submit", Role.ANYONE, asked(sign_up="without_approval"))
    assert (rule.code, rule.layer) == ("needs_mitid", Layer.CLINIC)
    proven = asked(sign_up="without_approval", proven=True)
    assert walked(ENGINE, State.DRAFT, "submit", Role.ANYONE, proven)[-1] is State.SUBMITTED


@pytest.mark.rule("ACC-7")
def test_without_approval_only_the_own_gp_can_say_yes():
    rule = refusal(ENGINE, State.DELIVERED, "approve", Role.CLINIC, decided("without_approval"))
    assert (rule.code, rule.layer) == ("not_own_gp", Layer.PATIENT)
    own = decided("without_approval", own_gp=True)
    assert walked(ENGINE, State.DELIVERED, "approve", Role.CLINIC, own)[-1] is State.ANSWERED
    assert walked(ENGINE, State.DELIVERED, "approve", Role.CLINIC, decided())[-1] is State.ANSWERED


@pytest.mark.rule("ACC-12")
def test_a_child_is_told_who_can_see_before_anything_is_sent():
    rule = refusal(ENGINE, State.DRAFT, "submit", Role.ANYONE, asked(under_15=True))
    assert (rule.code, rule.field) == ("custody_notice", "notice_under_15")
    assert "Min Læge" in rule.sentence.en
    told = asked(under_15=True, notice_under_15=True)
    assert walked(ENGINE, State.DRAFT, "submit", Role.ANYONE, told)[-1] is State.SUBMITTED
    assert (told.content.verdict, asked(notice_under_15=True).content.verdict) == ("notice_shown", None)


def test_rights_are_asked_for_among_what_the_clinic_offers():
    rule = refusal(ENGINE, State.DRAFT, "submit", Role.ANYONE, asked(services=("e_kons", "renewal")))
    assert (rule.code, rule.layer, rule.field) == ("not_offered", Layer.CLINIC, "services")


@pytest.mark.rule("ACC-4")
def test_the_clinic_grants_some_of_what_was_asked_for_and_nothing_else():
    step = ENGINE.decide(State.DELIVERED, "approve", Role.CLINIC, decided()).steps[0]
    assert (step.outcome, step.then, step.at_once) == ("approved", (mail(Letter.ACTIVATION_LINK),), (Now.NAME_PERSON,))
    more = facts(content=Approval(services=("renewal",)), asked_rights=OFFERED)
    rule = refusal(ENGINE, State.DELIVERED, "approve", Role.CLINIC, more)
    assert (rule.code, rule.field) == ("not_asked_for", "services")


@pytest.mark.rule("ACC-4")
def test_a_no_is_told_by_mail_with_a_word_from_a_list_in_the_history_only():
    step = ENGINE.decide(State.DELIVERED, "reject", Role.CLINIC, ALL_WELL).steps[0]
    assert (step.target, step.then, step.outcome) == (State.ANSWERED, (mail(Letter.ENROLMENT_DECLINED),), None)
    said = Rejection(reason="identity_unclear")
    assert (said.verdict, said.is_kept) == ("rejected:identity_unclear", False)
    with pytest.raises(ValidationError):
        Rejection(reason="Patienten er syg")
    assert walked(ENGINE, State.NOTIFIED, "close", Role.SYSTEM, ALL_WELL)[-1] is State.CLOSED


@pytest.mark.rule("ACC-4")
def test_a_letter_that_bounced_is_sent_again_only_where_the_clinic_said_yes():
    rule = refusal(ENGINE, State.UNREACHABLE, "renotify", Role.CLINIC, facts(outcome=None))
    assert rule.code == "not_approved"
    again = ENGINE.decide(State.UNREACHABLE, "renotify", Role.CLINIC, facts(outcome="approved"))
    assert again.steps[0].then == (mail(Letter.ACTIVATION_LINK),)


def test_no_rule_looks_at_the_person():
    first = ENROLMENT.step("submit", State.DRAFT)
    assert first.then == (FILE,)
    assert [rule.code for rule in first.only_if if rule.needs is not None] == []
    for known_as in ("nobody", "user", "user_with_another_address"):
        outcome = ENGINE.decide(State.DRAFT, "submit", Role.ANYONE, asked(known_as=known_as, left_before=True))
        assert isinstance(outcome, Decision)
    assert ENROLMENT.public_timeline is False


@pytest.mark.rule("ACC-8")
def test_a_clinic_may_make_a_user_by_itself():
    step = ENGINE.decide(State.DRAFT, "create", Role.CLINIC, ALL_WELL).steps[0]
    assert (step.target, step.then, step.says) == (State.ANSWERED, (mail(Letter.ACTIVATION_LINK),), Creation)


@pytest.mark.parametrize("trigger", ["approve", "reject"])
def test_only_the_clinic_decides(trigger):
    for role in (Role.ANYONE, Role.PATIENT, Role.OPERATOR, Role.SYSTEM):
        with pytest.raises(NotApplicableError):
            ENGINE.decide(State.DELIVERED, trigger, role, ALL_WELL)


@pytest.mark.parametrize("trigger", ["linked", "close", "expire"])
def test_what_follows_by_itself_is_the_portals_own(trigger):
    for role in (Role.ANYONE, Role.PATIENT, Role.CLINIC, Role.OPERATOR):
        with pytest.raises(NotApplicableError):
            ENGINE.decide(State.NOTIFIED, trigger, role, ALL_WELL)


@pytest.mark.parametrize("state", [State.ANSWERED, State.NOTIFIED])
def test_a_link_that_is_used_or_too_old_is_refused(state):
    rule = refusal(ENGINE, state, "activate", Role.ANYONE, facts(link_valid=False))
    assert (rule.code, rule.field) == ("link_invalid", "token")


def test_what_was_typed_is_forgotten_on_every_road_to_an_end():
    ends = ENROLMENT.ends()
    ending = [step for step in ENROLMENT.steps if step.target in ends and step.source not in ends]
    assert {step.target for step in ending} == {State.ACTIVATED, State.CLOSED, State.EXPIRED}
    assert all(Now.FORGET_WHAT_WAS_TYPED in step.at_once for step in ending)
    waiting = {deadline.state for deadline in ENROLMENT.deadlines if deadline.trigger == "expire"}
    assert waiting == {State.DELIVERED, State.NOTIFIED, State.UNREACHABLE, State.UNDELIVERABLE}


@pytest.mark.rule("ACC-3")
def test_the_letter_promises_what_the_page_keeps():
    assert LINK_LIVES.days == ACTIVATION_LINK_DAYS
    assert {each.after for each in ENROLMENT.deadlines if each.state is State.NOTIFIED} == {LINK_LIVES}


@pytest.mark.rule("I7")
def test_nobody_shows_in_the_shape_of_a_sign_up():
    shown = repr(sign_up())
    assert "6102900001" not in shown
    assert "alice" not in shown.lower()
