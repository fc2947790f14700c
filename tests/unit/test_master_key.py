"""The key file: made once, never replaced, refused when others can read it or it is no key."""

import pytest

from portal.master_key import MasterKeyError, create_master_key, read_master_key


def test_a_new_key_is_random_private_and_kept(tmp_path):
    first, second = tmp_path / "a" / "master.key", tmp_path / "b" / "master.key"
    create_master_key(first)
    create_master_key(second)
    key = read_master_key(first)
    create_master_key(first)
    assert read_master_key(first) == key
    assert read_master_key(second) != key
    assert first.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_read_is_refused(tmp_path):
    file = tmp_path / "master.key"
    create_master_key(file)
    file.chmod(0o640)
    with pytest.raises(MasterKeyError, match="owner alone"):
        read_master_key(file)


@pytest.mark.parametrize("words", [b"", b"short", b"0" * 32, b"changeme" * 4, bytes(33)])
def test_what_is_no_key_is_refused(tmp_path, words):
    file = tmp_path / "master.key"
    file.write_bytes(words)
    file.chmod(0o600)
    with pytest.raises(MasterKeyError, match="random bytes"):
        read_master_key(file)


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(MasterKeyError, match="cannot be read"):
        read_master_key(tmp_path / "master.key")
