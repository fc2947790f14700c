"""The form before a visit: which answers fit which questions, and until when (BOO-10)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from tests.situations import IN_A_WEEK, facts, refusal, walked
from winplc_mock.desk.visit_forms import lines_of, questions_of
from workflows.booking import BOOKING
from workflows.engine import Engine
from workflows.visit_forms import Answers, VisitForm
from workflows.vocabulary import NotApplicableError
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S

ENGINE = Engine(BOOKING)
LINES = """Ryger du? | Do you smoke? | ja/nej | skal
Hvor ondt? | How bad? | valg | | lidt; meget
Vægt | | tal
Siden | | dato"""
FORM = VisitForm(questions=VisitForm.model_validate({"questions": questions_of(LINES)}).questions)
GOOD = {"q1": True, "q2": "o2", "q3": 71.5, "q4": "2026-11-01"}


def filling(answers=None, version=2, **changes):
    content = Answers(version=version, answers=GOOD if answers is None else answers)
    return facts(content=content, **{"form": FORM, "form_version": 2} | changes)


@pytest.mark.rule("BOO-10", "PAT-3")
@pytest.mark.parametrize("state", [S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE])
def test_the_form_of_a_time_that_stands_is_answered_and_stays_where_it_is(state):
    assert walked(ENGINE, state, "fill_form", R.PATIENT, filling()) == [state, state]


@pytest.mark.rule("BOO-10")
@pytest.mark.parametrize(
    ("situation", "code"),
    [
        (filling(form=None), "no_form"),
        (filling(form=VisitForm(questions=())), "no_form"),
        (filling(version=1), "form_changed"),
        (filling(GOOD | {"q9": "x"}), "question_unknown"),
        (filling({"q2": "o1"}), "answer_missing"),
        (filling(slot=replace(IN_A_WEEK, starts_at=facts().now)), "form_closed"),
        (filling(outcome="declined"), "booking_not_standing"),
        *((filling(GOOD | {key: wrong}), "answer_of_another_kind") for key, wrong in (
            ("q1", "ja"), ("q2", "meget"), ("q3", True), ("q3", "71"), ("q4", "i går"), ("q4", "20261101"),
        )),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_own_code(situation, code):
    assert refusal(ENGINE, S.NOTIFIED, "fill_form", R.PATIENT, situation).code == code


@pytest.mark.rule("BOO-10")
@pytest.mark.parametrize("ended", [S.CANCELLED_BY_PATIENT, S.CANCELLED_BY_CLINIC, S.MOVED, S.PASSED])
def test_a_time_that_does_not_stand_has_no_form_to_fill_in(ended):
    with pytest.raises(NotApplicableError):
        ENGINE.decide(ended, "fill_form", R.PATIENT, filling())


@pytest.mark.rule("BOO-10")
def test_the_form_closes_at_the_start_and_not_before():
    before = replace(IN_A_WEEK, starts_at=facts().now + timedelta(seconds=1))
    assert walked(ENGINE, S.NOTIFIED, "fill_form", R.PATIENT, filling(slot=before))


@pytest.mark.rule("BOO-10")
@pytest.mark.parametrize("lines", ["Hvad? | | valg | | kun ét", "Hvad? | | tekst | | a; b"])
def test_a_choice_has_options_and_nothing_else_has(lines):
    with pytest.raises(ValidationError, match="A choice has options"):
        VisitForm.model_validate({"questions": questions_of(lines)})


@pytest.mark.rule("BOO-10")
def test_the_desk_shows_the_lines_that_staff_wrote():
    assert lines_of({"questions": questions_of(LINES)}) == lines_of(
        {"questions": questions_of(lines_of({"questions": questions_of(LINES)}))}
    )
    assert lines_of({"questions": questions_of(LINES)}).splitlines()[0] == "Ryger du? | Do you smoke? | ja/nej | skal"
