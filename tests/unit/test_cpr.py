"""The CPR number: what is one, what is not and why, and that it never shows itself."""

import tomllib
from datetime import UTC, date, datetime
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


@pytest.mark.rule("CPR-6", "ACC-11")
@pytest.mark.parametrize("number", [*of("national_replacement"), "020329-1WQ3", "0203291wq3"])
def test_a_replacement_with_letters_is_refused_for_what_it_is_where_none_is_asked_for(number):
    with pytest.raises(CprError) as error:
        Cpr(number)
    assert error.value.code == "ecpr"
    assert Cpr(number, letters=True).is_ecpr


@pytest.mark.rule("CPR-6")
@pytest.mark.parametrize(
    ("number", "born", "is_female"),
    [
        ("0203291WQ3", date(1929, 3, 2), False),
        ("1308781OS6", date(1978, 8, 13), True),
        ("3101057JC9", date(2005, 1, 31), False),
        (" 310105-7jc9 ", date(2005, 1, 31), False),
    ],
)
def test_the_national_replacement_has_its_own_century_and_reads_as_one_however_it_is_written(number, born, is_female):
    cpr = Cpr(number, letters=True)
    assert (cpr.born(), cpr.is_female) == (born, is_female)
    assert cpr.digits == number.strip().replace("-", "").upper()
    assert cpr.digits in of("national_replacement")


@pytest.mark.rule("CPR-6")
@pytest.mark.parametrize("century", "0234568" + "9")
def test_a_local_replacement_is_told_apart_and_taken_nowhere(century):
    """It is unique only where it was made: two people could have the same."""
    for letters in (False, True):
        with pytest.raises(CprError) as error:
            Cpr(f"020329{century}WQ3", letters=letters)
        assert error.value.code == "ecpr_local"


@pytest.mark.parametrize("number", ["3002051WQ3", "0013051WQ3", "6103051WQ3", "2902011WQ3"])
def test_letters_do_not_excuse_a_day_that_is_none(number):
    with pytest.raises(CprError) as error:
        Cpr(number, letters=True)
    assert error.value.code == "date"


@pytest.mark.rule("CPR-2")
@pytest.mark.parametrize("vector", [each for each in VECTORS["cpr"] if "sex" in each], ids=lambda v: v["number"])
def test_an_even_last_digit_is_a_womans(vector):
    assert Cpr(vector["number"]).is_female == (vector["sex"] == "female")


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.rule("ACC-12", "CPR-1")
@pytest.mark.parametrize(
    ("number", "at", "age"),
    [
        ("1111111118", "2026-11-10T12:00:00", 114),
        ("1111111118", "2026-11-10T23:00:00", 115),  # midnight in Copenhagen: the birthday has begun
        ("1111111118", "2026-11-10T22:59:59", 114),
        ("1403837853", "2026-11-23T09:00:00", 143),  # born in 1883
        ("2902004001", "2014-02-28T12:00:00", 13),
        ("2902004001", "2014-03-01T12:00:00", 14),  # no such day this year: a year older on the day after
        ("2902004001", "2016-02-28T12:00:00", 15),
        ("2902004001", "2016-02-29T12:00:00", 16),
        ("6106114001", "2026-05-31T21:59:59", 14),
        ("6106114001", "2026-05-31T22:00:00", 15),  # summer time
        ("0101505111", "2026-11-23T09:00:00", 0),  # born in 2050
    ],
)
def test_the_age_is_counted_in_whole_years_by_the_danish_date(number, at, age):
    assert Cpr(number).age(moment(at)) == age


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


@given(
    st.text(max_size=14)
    | st.from_regex(r"\d{6}-?\d{4}", fullmatch=True)
    | st.from_regex(r"[0-9]{10}", fullmatch=True)
    | st.from_regex(r"[0-3][0-9][01][0-9]{3}-?[0-9][A-Za-z]{2}[0-9]", fullmatch=True),
    st.booleans(),
)
@example("१११११११११८", False)
@example("①①①①①①①①①⑧", True)
@example("0000000000", False)
@example("020329\u017fWQ3", True)
@example("0203291\u017fQ3", True)
@example("0203291\u212aQ3", True)
def test_any_text_is_a_number_or_refused(text, letters):
    code = None
    try:
        cpr = Cpr(text, letters=letters)
    except CprError as error:
        code = error.code
    if code is not None:
        assert code in {"ecpr", "ecpr_local", "form", "date"}
        assert not (letters and code == "ecpr")
        return
    assert len(cpr.digits) == 10
    assert letters or set(cpr.digits) <= set("0123456789")
    assert 1858 <= cpr.born().year <= 2099
    assert Cpr(cpr.digits, letters=letters) == cpr
    assert cpr.age(moment("2026-11-23T09:00:00")) >= 0


@pytest.mark.rule("CPR-1", "CPR-3")
@given(st.dates(date(1858, 1, 1), date(2057, 12, 31)), st.integers(0, 999), st.booleans(), st.booleans())
def test_every_real_date_is_taken_whatever_the_control_digit_says(born, sequence, raised, hyphen):
    seventh = {18: "5678", 19: "0123", 20: "5678"}[born.year // 100][sequence % 4]
    day = born.day + (60 if raised else 0)
    text = f"{day:02d}{born.month:02d}{born.year % 100:02d}{'-' if hyphen else ''}{seventh}{sequence:03d}"
    cpr = Cpr(text)
    assert cpr.born() == born
    assert Cpr(cpr.digits) == cpr
