"""The master key's file: 32 random bytes, readable by its owner alone. Without it nothing sealed can be read."""

import os
import secrets
import stat
from pathlib import Path

from identity.keys import KEY_BYTES


class MasterKeyError(RuntimeError):
    """The key file is missing, has the wrong size, or others can read it."""


def read_master_key(file: Path) -> bytes:
    """Return the master key.

    Raises:
        MasterKeyError: see the class.
    """
    try:
        key = file.read_bytes()
    except OSError as error:
        raise MasterKeyError(f"the key file {file} cannot be read: {error.strerror}") from None
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise MasterKeyError(f"the key file {file} must be readable by its owner alone (chmod 600)")
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise MasterKeyError(f"the key file {file} must hold {KEY_BYTES} random bytes (portal key new)")
    return key


def create_master_key(file: Path) -> None:
    """Write a new random key, unless the file exists: a key is never replaced."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as written:
        written.write(secrets.token_bytes(KEY_BYTES))
        written.flush()
        os.fsync(written.fileno())
