"""The CPR number: what is one, what is not and why, and that it never shows itself."""

import copy
import json
import logging
import pickle
import tomllib
import traceback
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from identity.cpr import Cpr, CprError

VECTORS = tomllib.loads((Path(__file__).resolve().parents[2] / "docs" / "vectors.toml").read_text(encoding="utf-8"))
DIGITS = "1111111118"


def of(kind):
    return [vector["number"] for vector in VECTORS["cpr"] if vector["kind"] == kind]


@pytest.mark.rule("CPR-1", "CPR-3")
@pytest.mark.parametrize(
    "vector", [each for each in VECTORS["cpr"] if each["kind"] == "cpr"], ids=lambda v: v["number"]
)
def test_a_number_is_taken_whatever_modulus_11_says(vector):
    cpr = Cpr(vector["number"])
    assert cpr.digits == vector["number"].replace("-", "")
    assert cpr.born() == vector["born"]


def test_the_vectors_hold_a_number_that_fails_modulus_11():
    assert {vector.get("modulus_11") for vector in VECTORS["cpr"] if vector["kind"] == "cpr"} == {True, False}


@pytest.mark.rule("CPR-4")
@pytest.mark.parametrize(("number", "born"), [("6101011234", date(1901, 1, 1)), ("9112999999", date(1999, 12, 31))])
def test_a_day_raised_by_sixty_is_a_replacement_and_taken(number, born):
    assert number in of("replacement")
    assert Cpr(number).born() == born


@pytest.mark.rule("CPR-6")
@pytest.mark.parametrize("number", [*of("national_replacement"), "020329-1WQ3", "0203291wq3"])
def test_a_replacement_with_letters_is_refused_for_what_it_is(number):
    with pytest.raises(CprError) as error:
        Cpr(number)
    assert error.value.code == "ecpr"


@pytest.mark.parametrize(
    "number", [*of("invalid"), "6001801234", "9201801234", "2902211234", "1111111118\x00", "11-11111118"]
)
def test_anything_else_is_no_number(number):
    with pytest.raises(CprError) as error:
        Cpr(number)
    assert error.value.code in {"form", "date"}


def test_the_leap_day_follows_the_century():
    assert Cpr("2902004001").born() == date(2000, 2, 29)
    with pytest.raises(CprError, match="date"):
        Cpr("2902000001")


@pytest.mark.parametrize("vector", VECTORS["century"], ids=lambda v: f"{v['seventh']}-{v['years']}")
def test_the_seventh_digit_and_the_year_give_the_century(vector):
    for seventh in vector["seventh"]:
        for year in range(vector["years"][0], vector["years"][1] + 1):
            assert Cpr(f"0101{year:02d}{seventh}111").born() == date(vector["century"] + year, 1, 1)


def test_numbers_are_equal_by_their_digits():
    assert Cpr("111111-1118") == Cpr(f" {DIGITS} ")
    assert len({Cpr("111111-1118"), Cpr(DIGITS)}) == 1
    assert Cpr(DIGITS) != Cpr("1403837853")
    assert Cpr(DIGITS) != DIGITS


@pytest.mark.rule("I7")
def test_it_never_shows_itself(caplog):
    cpr = Cpr(DIGITS)
    shown = [repr(cpr), str(cpr), f"{cpr}", f"{cpr!r}", f"{[cpr]}", "%s" % cpr, "{}".format(cpr), ascii(cpr)]  # noqa: UP031, UP032 - every way of printing
    logging.getLogger("tests").warning("seen %s", cpr)
    shown.append(caplog.text)
    assert all(DIGITS not in text and DIGITS[:6] not in text for text in shown)


@pytest.mark.rule("I7")
@pytest.mark.parametrize("carry", [pickle.dumps, copy.deepcopy, json.dumps])
def test_it_is_not_carried_off_in_a_pickle_or_a_document(carry):
    with pytest.raises(TypeError) as error:
        carry(Cpr(DIGITS))
    assert DIGITS not in "".join(traceback.format_exception(error.value))


@pytest.mark.rule("I7")
@pytest.mark.parametrize("text", ["3202801234", "0203291WQ3", "2103009996 7", "not-a-number"])
def test_a_refusal_does_not_repeat_what_was_typed(text):
    with pytest.raises(CprError) as error:
        Cpr(text)
    assert text not in "".join(traceback.format_exception(error.value))
    assert text not in repr(error.value)


@given(
    st.text(max_size=14) | st.from_regex(r"\d{6}-?\d{4}", fullmatch=True) | st.from_regex(r"[0-9]{10}", fullmatch=True)
)
@example("१११११११११८")
@example("①①①①①①①①①⑧")
@example("0000000000")
@example("020329\u017fWQ3")
def test_any_text_is_a_number_or_refused(text):
    code = None
    try:
        cpr = Cpr(text)
    except CprError as error:
        code = error.code
    if code is not None:
        assert code in {"ecpr", "form", "date"}
        return
    assert len(cpr.digits) == 10
    assert set(cpr.digits) <= set("0123456789")
    assert 1858 <= cpr.born().year <= 2057
    assert Cpr(cpr.digits) == cpr
