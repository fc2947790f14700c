"""Passwords: right ones match, nobody's costs the same, few at once, and a raised cost reaches old ones."""

import threading

import pytest

from identity.passwords import Cost, Passwords

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


@pytest.mark.rule("V38")
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


@pytest.mark.rule("V38")
def test_the_cost_is_that_of_owasp_or_more():
    cost = Cost()
    assert (cost.memory_kib, cost.time, cost.lanes) >= (19 * 1024, 2, 1)
    assert Passwords(Cost(time=2, memory_kib=19 * 1024)).hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.rule("V38", "LOG-4")
def test_a_hash_of_less_cost_is_renewed_and_a_good_one_is_not():
    stored, dearer = CHEAP.hash("Fjord-2026"), Passwords(Cost(time=2, memory_kib=16))
    renewed = dearer.renewed(stored, "Fjord-2026")
    assert "m=16,t=2" in renewed
    assert dearer.matches(renewed, "Fjord-2026")
    assert dearer.renewed(stored, "wrong") is not None, "the same work for a wrong one"
    assert dearer.renewed(renewed, "Fjord-2026") is None
    assert dearer.renewed(None, "Fjord-2026") is None
    assert dearer.renewed("plain", "Fjord-2026") is None


@pytest.mark.rule("V21")
def test_a_letter_may_be_typed_in_either_of_its_forms():
    stored = CHEAP.hash("A\u030arhus og a\u030a")
    assert CHEAP.matches(stored, "\u00c5rhus og \u00e5")
