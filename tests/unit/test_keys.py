"""Keys and sealed values: random, bound to their place, silent, and gone for ever when destroyed."""

import pickle
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.keys import KEY_BYTES, Keyring, SealingKey, UnreadableError

MASTER = bytes(range(KEY_BYTES))
KEYRING = Keyring(MASTER)
PERSON, ROW = UUID(int=1), UUID(int=2)
PLACE = f"message.sealed:{ROW}"


def a_key(number=1):
    return SealingKey(UUID(int=number), bytes([number]) * KEY_BYTES)


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_is_sealed_opens_again_at_its_own_place(words, place):
    assert a_key().open(a_key().seal(words, place), place) == words
    assert KEYRING.open(KEYRING.seal(words, place), place) == words


@pytest.mark.rule("V37")
def test_the_same_words_are_never_sealed_alike():
    sealed = [a_key().seal(b"Jeg hoster.", PLACE) for _ in range(2000)]
    assert len({each[1:13] for each in sealed}) == len(sealed), "a nonce was used twice"
    assert all(b"hoster" not in each for each in sealed)


@pytest.mark.rule("V37")
@pytest.mark.parametrize("place", ["message.sealed:other", f"person_cpr.sealed:{ROW}", "", PLACE + " "])
def test_a_sealed_value_does_not_open_in_another_place(place):
    with pytest.raises(UnreadableError):
        a_key().open(a_key().seal(b"words", PLACE), place)


@pytest.mark.rule("I6")
def test_another_persons_key_opens_nothing():
    sealed = a_key(1).seal(b"words", PLACE)
    for opener in (a_key(2), KEYRING, Keyring(bytes(KEY_BYTES))):
        with pytest.raises(UnreadableError):
            opener.open(sealed, PLACE)


@pytest.mark.rule("V37")
def test_every_changed_byte_is_noticed():
    sealed = a_key().seal(b"words", PLACE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(UnreadableError):
            a_key().open(changed, PLACE)


def test_every_cut_is_noticed():
    sealed = a_key().seal(b"words", PLACE)
    for length in range(len(sealed)):
        with pytest.raises(UnreadableError):
            a_key().open(sealed[:length], PLACE)


def test_a_wrapped_key_comes_back_under_its_own_name_only():
    wrapped = KEYRING.new_wrapped(PERSON)
    sealed = KEYRING.unwrap(PERSON, wrapped).seal(b"words", PLACE)
    assert Keyring(MASTER).unwrap(PERSON, wrapped).open(sealed, PLACE) == b"words"
    with pytest.raises(UnreadableError):
        KEYRING.unwrap(ROW, wrapped)
    with pytest.raises(UnreadableError):
        Keyring(bytes(KEY_BYTES)).unwrap(PERSON, wrapped)
    assert KEYRING.new_wrapped(PERSON) != wrapped


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_master_key_is_32_bytes(length):
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(length))


@pytest.mark.rule("I7")
def test_no_key_shows_itself():
    key = SealingKey(PERSON, b"\xabsecret-key-material-of-32-bytes!"[:KEY_BYTES])
    assert repr(key) == str(key) == f"SealingKey({PERSON})"
    assert repr(KEYRING) == str(KEYRING) == "Keyring()"
    with pytest.raises(UnreadableError) as error:
        key.open(b"", PLACE)
    assert "secret" not in str(error.value)


def test_a_look_up_is_keyed_and_knows_its_kind():
    assert KEYRING.index("cpr", "1111111118") == Keyring(MASTER).index("cpr", "1111111118")
    found = {
        KEYRING.index("cpr", "1111111118"),
        KEYRING.index("email", "1111111118"),
        KEYRING.index("cpr", "1403837853"),
        Keyring(bytes(KEY_BYTES)).index("cpr", "1111111118"),
        KEYRING.keyed("other", b"cpr:1111111118"),
    }
    assert len(found) == 5
    assert all(len(each) == 32 for each in found)


def test_a_pseudonym_is_of_one_key_in_one_history():
    assert a_key().pseudonym("main") == a_key().pseudonym("main")
    assert len({a_key(1).pseudonym("main"), a_key(2).pseudonym("main"), a_key(1).pseudonym("other")}) == 3
    assert int(a_key().pseudonym("main"), 16) < 16**32
    assert len({a_key(1).salt(ROW), a_key(2).salt(ROW), a_key(1).salt(PERSON)}) == 3


def test_a_destroyed_key_cannot_be_made_again():
    """The key is random: the same name gives another key, which opens nothing of the old one."""
    sealed = KEYRING.unwrap(PERSON, KEYRING.new_wrapped(PERSON)).seal(b"words", PLACE)
    with pytest.raises(UnreadableError):
        KEYRING.unwrap(PERSON, KEYRING.new_wrapped(PERSON)).open(sealed, PLACE)


def test_a_sealed_value_is_plain_bytes():
    assert pickle.loads(pickle.dumps(a_key().seal(b"", PLACE)))[:1] == b"\x01"
