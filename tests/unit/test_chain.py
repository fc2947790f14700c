"""The chain of one request's history: whatever is changed afterwards is found, and where."""

import itertools
import json
from dataclasses import replace

import pytest

from evidence.chain import Flaw, Row, first_flaw
from evidence.leaf import BODY_KEYS, FIRST_PREVIOUS, canonical, link

WALK = ("draft", "submitted", "delivered", "answered", "notified")
pytestmark = pytest.mark.rule("I5", "NEW-7")


def chained(bodies):
    """Return rows whose links are right, whatever their bodies say."""
    rows, prev = [], FIRST_PREVIOUS
    for n, body in enumerate(bodies, start=1):
        rows.append(Row(n, body, prev, link(prev, body)))
        prev = rows[-1].hash
    return rows


def body(n, source, target, **other):
    return canonical(dict.fromkeys(BODY_KEYS) | {"v": 1, "n": n, "from": source, "to": target, **other})


def history():
    return chained(body(n, *move) for n, move in enumerate(itertools.pairwise(WALK), start=1))


def flipped(text, at):
    return text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]


def test_an_untouched_history_holds():
    assert first_flaw(history()) is None
    assert first_flaw([]) is None
    assert first_flaw(iter(history())) is None


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("part", ["body", "prev", "hash"])
def test_every_changed_byte_is_found_and_located(part, place):
    rows = history()
    for at in range(len(getattr(rows[place], part))):
        changed = list(rows)
        changed[place] = replace(rows[place], **{part: flipped(getattr(rows[place], part), at)})
        flaw = first_flaw(changed)
        assert flaw == Flaw(place + 1, "link_broken" if part == "prev" else "body_changed")


@pytest.mark.parametrize("gone", range(3))
def test_a_deleted_row_is_found(gone):
    rows = history()
    del rows[gone]
    assert first_flaw(rows) == Flaw(gone + 2, "number_missing")


def test_a_cut_tail_shows_only_against_the_head_that_the_request_keeps():
    rows = history()
    assert first_flaw(rows[:-1]) is None
    assert rows[-2].hash != rows[-1].hash


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(4), 2)))
def test_swapped_rows_are_found_with_or_without_new_numbers(one, other):
    rows = history()
    rows[one], rows[other] = rows[other], rows[one]
    assert first_flaw(rows) is not None
    renumbered = [replace(row, n=n) for n, row in enumerate(rows, start=1)]
    assert first_flaw(renumbered) == Flaw(one + 1, "link_broken")


def test_a_row_put_in_twice_or_from_another_history_is_found():
    rows = history()
    assert first_flaw([*rows[:2], *rows[1:]]) is not None
    foreign = chained([body(1, "draft", "submitted", req="another")])
    assert first_flaw([*foreign, *rows[1:]]) == Flaw(2, "link_broken")


def test_a_forger_who_chains_anew_is_found_by_numbers_and_states():
    moves = list(itertools.pairwise(WALK))
    assert first_flaw(chained([body(2, *moves[0])])) == Flaw(1, "number_differs")
    assert first_flaw(chained([body(1, *moves[0]), body(2, *moves[2])])) == Flaw(2, "state_jumps")
    assert first_flaw(chained([body(1, *moves[1])])) == Flaw(1, "state_jumps")


@pytest.mark.parametrize(
    "forged", [b"", b"{", b"[]", b"null", b"\xff", b"{}", json.dumps({"n": 1, "from": "draft"}).encode()]
)
def test_a_chained_body_that_cannot_be_read_is_a_flaw_and_no_crash(forged):
    assert first_flaw(chained([forged])) == Flaw(1, "body_unreadable")


def test_a_state_that_is_no_word_is_a_flaw():
    assert first_flaw(chained([json.dumps({"n": 1, "from": "draft", "to": 5}).encode()])) == Flaw(1, "state_jumps")
