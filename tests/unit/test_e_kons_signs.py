"""The page of the e-consultation, about warning signs and second messages: pure, by every hour."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.situations import facts, refusal, walked
from workflows.e_kons import E_KONS, Message
from workflows.engine import Engine
from workflows.vocabulary import Role, State
from workflows.warning_signs import DEFAULT, SignAnswers
from workflows.working_days import out_of_hours

ENGINE = Engine(E_KONS)
REQUIRED = DEFAULT.model_copy(update={"required": True})


def answers(*yes, version=0, of_child=False):
    names = [sign.name for sign in DEFAULT.asked(of_child=of_child)]
    return SignAnswers(version=version, answers={name: name in yes for name in names})


def situation(said, changes):
    return facts(content=Message(text="Hej.", signs=said), **changes)


def submit(said, **changes):
    return refusal(ENGINE, State.DRAFT, "submit", Role.PATIENT, situation(said, changes))


def is_sent(said, **changes):
    return walked(ENGINE, State.DRAFT, "submit", Role.PATIENT, situation(said, changes))[-1] is State.SUBMITTED


@pytest.mark.rule("NEW-12")
def test_each_answer_leads_where_it_should():
    assert is_sent(None, signs=DEFAULT)
    assert submit(None, signs=REQUIRED).code == "warning_signs_unanswered"
    assert is_sent(answers(), signs=REQUIRED)
    assert submit(answers(version=3), signs=REQUIRED).code == "warning_signs_changed"
    assert is_sent(answers(version=3), signs=REQUIRED, signs_version=3)
    assert submit(answers(of_child=True), signs=REQUIRED).code == "warning_signs_unanswered"
    assert is_sent(answers(of_child=True), signs=REQUIRED, under_15=True, notice_seen=True)


@pytest.mark.rule("NEW-12")
@given(st.data(), st.booleans(), st.booleans())
def test_one_yes_stops_the_message_whatever_else_is_wrong(data, at_night, required):
    sign = data.draw(st.sampled_from([each.name for each in DEFAULT.adult]))
    signs = REQUIRED if required else DEFAULT
    rule = submit(
        answers(sign, version=data.draw(st.integers(0, 3))), signs=signs, out_of_hours=at_night, longest_text=1
    )
    assert rule.code == ("warning_sign_out_of_hours" if at_night else "warning_sign")
    assert "112" in rule.next_step.da
    assert ("1813" in rule.next_step.da) is at_night


@pytest.mark.rule("LAW-11")
@pytest.mark.parametrize(
    ("moment", "is_out"),
    [
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), True),  # Monday, 7:59 in Copenhagen
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 14, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 6, 6, 0, tzinfo=UTC), False),  # summer time: 8:00
        (datetime(2026, 11, 22, 10, 0, tzinfo=UTC), True),  # Sunday
        (datetime(2026, 12, 25, 10, 0, tzinfo=UTC), True),  # Christmas, a Friday
    ],
)
def test_the_doctor_on_duty_is_phoned_from_16_to_8_on_weekends_and_on_holidays(moment, is_out):
    assert out_of_hours(moment) is is_out


@pytest.mark.rule("NEW-12")
def test_both_sets_are_in_both_languages_and_ask_about_what_kills_soonest():
    for of_child in (False, True):
        signs = DEFAULT.asked(of_child=of_child)
        assert all(sign.da.endswith("?") and sign.en.endswith("?") and sign.da != sign.en for sign in signs)
        assert {"breathing", "suicide", "allergy", "poisoning"} <= {sign.name for sign in signs}
    assert {"chest_pain", "stroke"} <= {sign.name for sign in DEFAULT.adult}


@pytest.mark.rule("NEW-23")
def test_the_same_words_are_known_again_but_never_with_files():
    assert Message(text="My  throat\n is sore.").sameness == Message(text="My throat is sore. ").sameness
    assert Message(text="My throat is sore.").sameness != Message(text="My throat is sore").sameness
    assert Message(text="See the picture.", files=(UUID(int=1),)).sameness is None
