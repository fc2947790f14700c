"""The page of the e-consultation: each rule once refusing and once holding, and each road to its end."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from tests.situations import ALL_WELL, facts, refusal, walked, without
from workflows.content import LARGEST_TEXT
from workflows.e_kons import E_KONS, Answer, Closing, Message
from workflows.engine import Engine
from workflows.facts import AttachedFile, Switch
from workflows.vocabulary import Decision, Letter, NotApplicableError, Now, Role, State, mail

ENGINE = Engine(E_KONS)
A_FILE = UUID(int=7)


def submit(**changes):
    return refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(**changes))


def test_a_message_goes_the_common_way():
    assert walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, ALL_WELL) == [State.DRAFT, State.SUBMITTED]
    assert walked(ENGINE, State.SUBMITTED, "delivered", Role.SYSTEM, ALL_WELL) == [State.SUBMITTED, State.DELIVERED]
    assert walked(ENGINE, State.DELIVERED, "answer", Role.CLINIC, ALL_WELL) == [State.DELIVERED, State.ANSWERED]
    assert walked(ENGINE, State.ANSWERED, "notified", Role.SYSTEM, ALL_WELL) == [State.ANSWERED, State.NOTIFIED]


@pytest.mark.rule("CLN-3")
@pytest.mark.parametrize(("length", "longest", "fits"), [(400, 400, True), (401, 400, False), (5000, 5000, True)])
def test_a_text_is_as_long_as_the_clinic_allows(length, longest, fits):
    situation = facts(content=Message(text="æ" * length), longest_text=longest)
    if fits:
        assert walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, situation)
    else:
        rule = refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, situation)
        assert (rule.code, rule.field, rule.conflict) == ("text_too_long", "text", False)


@pytest.mark.rule("CLN-3")
def test_length_is_counted_after_composition_and_never_above_the_largest():
    assert len(Message(text="e\u0301" * 400).written) == 400
    with pytest.raises(ValidationError, match="at most 5000"):
        Message(text="a" * (LARGEST_TEXT + 1))


def test_files_are_refused_where_the_clinic_takes_none():
    with_file = Message(text="Se billedet.", files=(A_FILE,))
    assert submit(content=with_file, files_taken=False).code == "files_not_taken"
    there = facts(content=with_file, files_taken=True, files=(AttachedFile(A_FILE, "ab"),))
    assert walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, there)
    assert walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(content=Message(text="Hej."), files_taken=False))


@pytest.mark.rule("EKO-1", "EKO-2")
@pytest.mark.parametrize(
    ("state", "trigger", "role", "most"),
    [
        (State.DRAFT, "submit", Role.PATIENT, 3),
        (State.DELIVERED, "answer", Role.CLINIC, 9),
        (State.DRAFT, "write", Role.CLINIC, 9),
        (State.CLOSED, "answer", Role.CLINIC, 9),
    ],
)
def test_a_patient_sends_three_files_and_a_clinic_nine(state, trigger, role, most):
    def decided(number):
        files = tuple(UUID(int=each) for each in range(1, number + 1))
        words = {"text": "See these.", "files": files}
        content = Message(**words) if role is Role.PATIENT else Answer(message_id="M-1", **words)
        found = tuple(AttachedFile(file, "ab") for file in files)
        return ENGINE.decide(state, trigger, role, facts(content=content, files_taken=True, files=found))

    assert isinstance(decided(most), Decision)
    code = "too_many_files" if role is Role.PATIENT else "too_many_files_from_clinic"
    assert decided(most + 1).rule.code == code


@pytest.mark.rule("EKO-1")
@pytest.mark.parametrize("named", [(A_FILE,), (A_FILE, A_FILE), (A_FILE, UUID(int=8))])
def test_a_file_that_is_not_there_or_named_twice_is_refused(named):
    found = () if len(named) == 1 else (AttachedFile(A_FILE, "ab"),)
    refused = submit(content=Message(text="Se.", files=named), files_taken=True, files=found)
    assert (refused.code, refused.field, refused.conflict) == ("file_not_there", "files", False)


@pytest.mark.rule("EKO-14")
def test_a_reply_to_a_closed_conversation_is_refused_and_points_to_a_new_one():
    reply = Message(text="Tak.", thread=UUID(int=5))
    rule = submit(content=reply, thread_closed=True)
    assert (rule.code, rule.field, rule.conflict) == ("thread_closed", "thread", True)
    assert rule.next_step.en == "Start a new e-consultation."
    assert walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, facts(content=reply))


@pytest.mark.rule("EKO-11", "PAT-2")
@pytest.mark.parametrize(
    ("off", "code"), [({"clinic": Switch.RECEIVE_ONLY}, "receive_only"), ({"patient": False}, "right_removed")]
)
def test_a_reply_is_refused_where_new_ones_are(off, code):
    assert refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, without(**off)).code == code


@pytest.mark.rule("EKO-15")
@pytest.mark.parametrize("state", [State.SUBMITTED, State.DELIVERED, State.UNDELIVERABLE])
def test_a_patient_may_withdraw_until_the_clinic_first_opens_it(state):
    assert walked(ENGINE, state, "withdraw", Role.PATIENT, ALL_WELL) == [state, State.WITHDRAWN]
    rule = refusal(ENGINE, state, "withdraw", Role.PATIENT, facts(opened=True))
    assert (rule.code, rule.conflict) == ("already_opened", True)


@pytest.mark.rule("EKO-15")
@pytest.mark.parametrize("state", [State.ANSWERED, State.NOTIFIED, State.CLOSED, State.WITHDRAWN])
def test_an_answered_one_cannot_be_withdrawn(state):
    with pytest.raises(NotApplicableError):
        ENGINE.decide(state, "withdraw", Role.PATIENT, ALL_WELL)


def test_opening_is_noted_and_moves_nothing():
    step = ENGINE.decide(State.DELIVERED, "open", Role.CLINIC, ALL_WELL).steps[0]
    assert (step.source, step.target, step.at_once) == (State.DELIVERED, State.DELIVERED, (Now.MARK_OPENED,))


@pytest.mark.rule("EKO-7")
def test_the_clinic_may_begin_and_such_a_case_starts_as_answered():
    assert walked(ENGINE, State.DRAFT, "write", Role.CLINIC, ALL_WELL) == [State.DRAFT, State.ANSWERED]
    with pytest.raises(NotApplicableError):
        ENGINE.decide(State.DRAFT, "write", Role.PATIENT, ALL_WELL)


@pytest.mark.rule("EKO-14")
def test_closing_is_the_clinics_and_nothing_closes_by_itself():
    for state in (State.DELIVERED, State.ANSWERED, State.NOTIFIED, State.UNREACHABLE):
        assert walked(ENGINE, state, "close", Role.CLINIC, ALL_WELL) == [state, State.CLOSED]
    closers = {step.trigger: step.by for step in E_KONS.steps if step.target is State.CLOSED is not step.source}
    assert closers == {"close": Role.CLINIC}
    by_time = {step for deadline in E_KONS.deadlines for step in E_KONS.steps if step.trigger == deadline.trigger}
    assert {step.trigger for step in by_time if step.source is step.target} == {"delayed", "late", "unread"}
    assert all(step.source is step.target for step in by_time)


@pytest.mark.rule("F20")
def test_an_answer_that_comes_after_the_closing_is_kept_and_told():
    step = ENGINE.decide(State.CLOSED, "answer", Role.CLINIC, ALL_WELL).steps[0]
    assert (step.target, step.then) == (State.CLOSED, (mail(Letter.MESSAGE_WAITING),))


def test_a_mail_that_bounces_late_makes_the_patient_unreachable_until_told_anew():
    assert walked(ENGINE, State.NOTIFIED, "bounced", Role.SYSTEM, ALL_WELL) == [State.NOTIFIED, State.UNREACHABLE]
    assert walked(ENGINE, State.UNREACHABLE, "renotify", Role.PATIENT, ALL_WELL) == [State.UNREACHABLE, State.ANSWERED]


def test_an_answer_names_itself_and_may_be_watched():
    answer = Answer(message_id="M-000001", text="Kom forbi.", watch_unread=True)
    assert (answer.clinic_message, answer.watch_unread, answer.is_kept) == ("M-000001", True, True)
    with pytest.raises(ValidationError, match="blank"):
        Answer(message_id="M-000001", text=" \n")
    assert Closing(reason="Klaret i telefonen.").is_kept


def test_a_message_says_whom_it_is_for():
    message = Message(text=" Jeg hoster. ", practitioner="hansen", files=(A_FILE,))
    assert (message.written, message.addressed_to, message.attached_files) == ("Jeg hoster.", "hansen", (A_FILE,))
    assert (message.wanted_slot, message.wanted_medicines, message.clinic_message) == (None, (), None)
