"""The bytes of a history row: one form, every key, and hashes that anyone can recompute."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.leaf import BODY_KEYS, FIRST_PREVIOUS, canonical, commitment, link

BODY = dict.fromkeys(BODY_KEYS) | {"v": 1, "n": 1, "from": "draft", "to": "submitted", "log": "tests"}
VALUES = st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_the_canonical_form_is_written_out_once():
    assert canonical(BODY) == (
        b'{"actor":null,"at":null,"cause":null,"cfg":null,"clinic":null,"commit":null,"corr":null,"files":null,'
        b'"from":"draft","log":"tests","n":1,"net":null,"outcome":null,"purpose":null,"req":null,"to":"submitted","type":null,"v":1,'
        b'"wf":null}'
    )


@given(st.fixed_dictionaries(dict.fromkeys(BODY_KEYS, VALUES)), st.randoms())
def test_the_order_in_which_a_body_was_built_does_not_matter(body, random):
    shuffled = list(body.items())
    random.shuffle(shuffled)
    assert canonical(dict(shuffled)) == canonical(body)
    assert json.loads(canonical(body)) == body


def test_words_are_utf_8_and_not_escaped():
    assert "Ærø".encode() in canonical(BODY | {"purpose": "Ærø"})


@pytest.mark.parametrize("wrong", [{"extra": 1}, {"V": 1}])
def test_an_unknown_key_is_refused(wrong):
    with pytest.raises(ValueError, match="exactly the keys"):
        canonical(BODY | wrong)


@pytest.mark.parametrize("key", BODY_KEYS)
def test_a_missing_key_is_refused(key):
    with pytest.raises(ValueError, match="exactly the keys"):
        canonical({each: value for each, value in BODY.items() if each != key})


def test_a_link_is_what_anyone_can_recompute():
    body = canonical(BODY)
    assert link(FIRST_PREVIOUS, body) == hashlib.sha256(b"\x02" + bytes(32) + body).digest()
    assert link(bytes([1]) * 32, body) != link(FIRST_PREVIOUS, body)


def test_a_commitment_binds_without_showing():
    salt, words = b"s" * 32, b"Jeg hoster."
    assert commitment(salt, words) == hmac.new(salt, words, "sha256").hexdigest()
    assert len({commitment(salt, words), commitment(b"t" * 32, words), commitment(salt, words + b" ")}) == 3
