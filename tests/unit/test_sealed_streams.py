"""Sealed streams: what comes out is what went in, in whatever pieces, and nothing that was touched comes out."""

import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.keys import SealingKey, UnreadableError
from identity.sealed_streams import PIECE_BYTES, opened_stream, sealed_stream

KEY = SealingKey(UUID(int=1), bytes(range(32)))
PLACE = "stored_file.content:1"
SEALED_PIECE = PIECE_BYTES + 16


def sealed(content, place=PLACE):
    return b"".join(sealed_stream(KEY, [content], place))


def opened(content, place=PLACE, key=KEY):
    return b"".join(opened_stream(key, [content], place))


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_every_size_comes_out_as_it_went_in(size):
    content = os.urandom(size)
    assert opened(sealed(content)) == content


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 100))
def test_pieces_may_be_cut_anywhere(pieces, cut):
    whole = b"".join(sealed_stream(KEY, pieces, PLACE))
    again = [whole[start : start + cut] for start in range(0, len(whole), cut)]
    assert b"".join(opened_stream(KEY, again, PLACE)) == b"".join(pieces)


@pytest.mark.rule("V41")
@pytest.mark.parametrize(
    "touched",
    [
        lambda whole: whole[:-1],
        lambda whole: whole[: 8 + SEALED_PIECE],  # the last piece is gone
        lambda whole: whole[: 8 + SEALED_PIECE * 2],
        lambda whole: whole[:8],
        lambda whole: whole[:5],
        lambda whole: b"",
        lambda whole: b"\x01" + whole[1:],
        lambda whole: whole + b"more",
        lambda whole: whole[:100] + b"\x00" + whole[101:],
        lambda whole: whole[:8] + whole[8 + SEALED_PIECE : 8 + SEALED_PIECE * 2] + whole[8:],  # a piece twice
        lambda whole: whole[:8] + whole[8 + SEALED_PIECE : 8 + 2 * SEALED_PIECE]
        + whole[8 : 8 + SEALED_PIECE] + whole[8 + 2 * SEALED_PIECE :],  # two pieces swapped
        lambda whole: sealed(b"another")[:8] + whole[8:],
    ],
)  # fmt: skip
def test_what_was_touched_does_not_open(touched):
    whole = sealed(bytes(PIECE_BYTES * 2 + 100))
    with pytest.raises(UnreadableError):
        opened(touched(whole))


@pytest.mark.rule("V41")
def test_another_place_or_key_does_not_open_it():
    for place, key in (("stored_file.content:2", KEY), (PLACE, SealingKey(UUID(int=1), bytes(32)))):
        with pytest.raises(UnreadableError):
            opened(sealed(b"words"), place, key)


def test_the_same_content_is_never_sealed_alike():
    assert sealed(b"words") != sealed(b"words")
