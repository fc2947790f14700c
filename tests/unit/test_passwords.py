"""Passwords: right ones match, nobody's costs the same, few at once, and weak ones are refused."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.passwords import Cost, Passwords, weakness

CHEAP = Passwords(Cost(time=1, memory_kib=8))


@pytest.mark.parametrize("password", ["Fjord-2026", "Ærø og Samsø 1", "x" * 128, "\N{SNOWMAN}A1aaaaaa"])
def test_only_the_right_password_matches(password):
    stored = CHEAP.hash(password)
    assert CHEAP.matches(stored, password)
    for wrong in (password + " ", password[:-1], password.swapcase(), ""):
        assert not CHEAP.matches(stored, wrong)


def test_a_hash_is_salted_and_shows_nothing():
    first, second = CHEAP.hash("Fjord-2026"), CHEAP.hash("Fjord-2026")
    assert first != second
    assert first.startswith("$argon2id$")
    assert "Fjord" not in first


@pytest.mark.rule("LOG-4")
def test_without_a_stored_hash_the_same_work_is_done_and_the_answer_is_no(monkeypatch):
    checked = []
    passwords = Passwords(Cost(time=1, memory_kib=8))
    verify = passwords._hasher.verify

    class Watched:
        def verify(self, stored, password):
            checked.append(stored.split("$")[3])
            return verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    assert not passwords.matches(None, "Fjord-2026")
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches(CHEAP.hash("Fjord-2026"), "other")
    assert checked == ["m=8,t=1,p=1"] * 3


@pytest.mark.parametrize("stored", ["", "plain"])
def test_a_broken_hash_matches_nothing(stored):
    assert not CHEAP.matches(stored, "Fjord-2026")


def test_no_more_are_checked_at_once_than_allowed(monkeypatch):
    passwords = Passwords(Cost(time=1, memory_kib=8), at_once=2)
    inside, most, guard, room = 0, 0, threading.Lock(), threading.Barrier(2)

    class Slow:
        def verify(self, _stored, _password):
            nonlocal inside, most
            with guard:
                inside += 1
                most = max(most, inside)
            room.wait(timeout=10)
            with guard:
                inside -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow())
    callers = [threading.Thread(target=passwords.matches, args=("stored", "Fjord-2026")) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=20)
    assert most == 2


@pytest.mark.rule("ACC-14")
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
        ("Aa1" + "x" * 125, None),
        ("Aa1" + "x" * 126, "password_too_long"),
    ],
)
def test_a_new_password_has_eight_characters_of_three_kinds(password, code):
    assert weakness(password) == code


@given(st.text(max_size=140))
def test_any_text_is_judged(password):
    assert weakness(password) in {None, "password_too_short", "password_too_long", "password_too_plain"}
