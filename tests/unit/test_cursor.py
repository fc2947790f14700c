"""A cursor continues the list it was made for, and no other."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursor import Cursors
from api.inputs import InvalidQueryError

CURSORS = Cursors(b"a key of the portal's own, 32 byte")
POSITIONS = st.lists(st.integers(-(2**60), 2**60) | st.text(st.characters(codec="utf-8"), max_size=40), max_size=4)


@given(POSITIONS, st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_is_read_again(position, scope):
    assert CURSORS.read(CURSORS.seal(position, scope), scope) == tuple(position)


@given(POSITIONS, st.data())
def test_a_changed_cursor_is_refused(position, data):
    sealed = bytearray(base64.urlsafe_b64decode((cursor := CURSORS.seal(position, "s")) + "=" * (-len(cursor) % 4)))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidQueryError):
        CURSORS.read(base64.urlsafe_b64encode(sealed).decode().rstrip("="), "s")


@pytest.mark.parametrize("cursor", ["", "x", "æøå", "AAAA", "====", "A" * 600, "../../etc", "null"])
def test_a_made_up_cursor_is_refused_by_the_name_of_its_field(cursor):
    with pytest.raises(InvalidQueryError) as caught:
        CURSORS.read(cursor, "s")
    assert [(fault.field, fault.code) for fault in caught.value.faults] == [("cursor", "bad_cursor")]


def test_a_cursor_is_worth_nothing_in_another_list_or_under_another_key():
    cursor = CURSORS.seal(["2026-11-24T09:00:00Z", 7], "requests of nygade")
    with pytest.raises(InvalidQueryError):
        CURSORS.read(cursor, "requests of havnen")
    with pytest.raises(InvalidQueryError):
        Cursors(b"another key of 32 bytes, no less").read(cursor, "requests of nygade")


def test_scope_and_position_cannot_be_shifted_into_each_other():
    assert CURSORS.seal([1], "ab") != CURSORS.seal([1], "a")
