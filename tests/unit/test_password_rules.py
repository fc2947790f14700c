"""A new password: long enough, of three kinds, not guessed first, not made of what anybody knows of its owner."""

import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.password_rules import Standard, normal, weakness
from portal.demo_data import PASSWORD
from tests.people import PATIENTS

CONTEXT = Standard(
    words=("Lægerne Nygade", "Lægerne", "Nygade", "nygade", "6102900001", "610290", "0001", "alice", "of")
)
CODES = {"password_too_short", "password_too_long", "password_too_plain", "password_common", "password_contextual"}
LONG = "Rævens 7 unger sover under birken. "


@pytest.mark.rule("ACC-14", "V21")
@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Fjord26", "password_too_short"),
        ("Fjord-26", None),
        ("Ærø-2026", None),
        ("fjord-2026", "password_too_plain"),
        ("FJORD-2026", "password_too_plain"),
        ("Fjord-fjord", "password_too_plain"),
        ("12345678", "password_too_plain"),
        ("", "password_too_short"),
        ((LONG * 4)[:128], None),
        ((LONG * 4)[:129], "password_too_long"),
        ("  Tre små grise 3  ", None),
        ("\N{SNOWMAN}\N{GREEK SMALL LETTER ALPHA}Дом-7-окон", None),
        ("To ord\x00og 1", None),
        ("\u24b6\u24d0\u24d1\u24d4\u24d8\u24db\u24e01", None),
    ],
)
def test_a_new_password_has_eight_characters_of_three_kinds(password, code):
    assert weakness(password) == code


@pytest.mark.rule("V21")
@pytest.mark.parametrize(
    "password",
    [
        "Password1",
        "password1234".title(),
        "Passw0rd!",
        "P@ssw0rd2026",
        "Adgangskode1",
        "ADGANGSKODe-2026",
        "Sommer2026!",
        "!!Sommer2026",
        "Velkommen123",
        "Qwertyuiop1",
        "1q2w3e4R5t",
        "Brøndby1964",
        "BR\u00d8NDBy-1964",
        "Jørgen1952",
        "Jo\u0308rgen-1952".replace("o\u0308", "\u00f8"),
        "Aaaaaaaa1",
        "Abcdefg12345",
        "Abab1212",
        "Ab1Ab1Ab1Ab1",
        "Zyxwvu98765",
        "Fjord7!Fjord7!",
    ],
)
def test_what_is_guessed_first_is_refused_however_it_is_dressed(password):
    assert weakness(password) == "password_common"


@pytest.mark.rule("V21")
@pytest.mark.parametrize(
    "password",
    ["Sommerens sidste 3 dage", "Password-laterne-9", "Brøndby Strand kl. 17", "Abcd-efter-9-gæs", "Hund og 2 katte"],
)
def test_a_known_word_in_something_longer_is_no_fault(password):
    assert weakness(password) is None


@pytest.mark.rule("V21")
@pytest.mark.parametrize(
    "password",
    ["Patientportal-7", "Nygade-2026", "Lægerne-2026", "Cpr6102900001", "Kl-610290-x", "Fru-0001-q", "Alice-2026"],
)
def test_what_others_know_of_its_owner_is_refused(password):
    assert weakness(password, CONTEXT) == "password_contextual"


@pytest.mark.rule("V21")
@pytest.mark.parametrize("password", ["Bag Nygade står 3 træer", "Of-Fjord-26", "Alice drikker te kl. 4"])
def test_such_a_word_in_something_longer_is_no_fault(password):
    assert weakness(password, CONTEXT) is None


@pytest.mark.rule("ACC-14")
def test_a_clinic_may_ask_for_more_and_never_for_less():
    assert weakness("Fjord-26", Standard(shortest=12)) == "password_too_short"
    assert weakness("Fjord-26-klint", Standard(shortest=12)) is None
    assert weakness("Fjord26", Standard(shortest=1)) == "password_too_short"


@pytest.mark.rule("V21")
def test_the_list_is_long_danish_too_and_written_as_it_is_compared():
    lines = files("identity").joinpath("blocked_passwords.txt").read_text(encoding="utf-8").splitlines()
    words = [line for line in lines if not line.startswith("#")]
    assert len(words) >= 1000
    assert {"password", "12345678", "adgangskode", "kærlighed", "brøndby", "jørgen", "qwertyuiopå"} <= set(words)
    assert words == sorted(set(words))
    assert all(word == unicodedata.normalize("NFC", word).casefold() for word in words)


def test_the_passwords_of_demo_and_tests_are_good_ones():
    assert {weakness(password) for password in (PASSWORD, *(each.password for each in PATIENTS))} == {None}


@given(st.text(max_size=140))
def test_any_text_is_judged(password):
    assert weakness(password, CONTEXT) in CODES | {None}


@given(st.text(max_size=140))
def test_a_password_is_judged_alike_in_either_of_its_forms(password):
    assert weakness(password) == weakness(normal(password)) == weakness(unicodedata.normalize("NFD", password))
