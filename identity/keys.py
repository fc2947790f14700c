"""Keys: one master key, one sealing key per person and per (person, clinic); everything else is derived by label.

AES-256-GCM with a random 96-bit nonce; the associated data names table, column and row, so that a sealed value cannot
be moved to another place. Destroying a sealing key erases all that it seals; the history stays whole.
"""

import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_FORMAT = b"\x01"
_NONCE_BYTES = 12
KEY_BYTES = 32


class UnreadableError(Exception):
    """A sealed value does not open: wrong key, wrong place, or changed bytes."""


@lru_cache(maxsize=4096)
def _derived(key: bytes, label: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=label.encode()).derive(key)


def _seal(key: bytes, words: bytes, place: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, words, place.encode())


def _open(key: bytes, sealed: bytes, place: str) -> bytes:
    if len(sealed) < len(_FORMAT) + _NONCE_BYTES or not sealed.startswith(_FORMAT):
        raise UnreadableError("a sealed value has an unknown form")
    nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, place.encode())
    except InvalidTag:
        raise UnreadableError("a sealed value does not open") from None


class SealingKey:
    """The key of one person, or of one person at one clinic. Never shows itself."""

    __slots__ = ("_key", "id")

    def __init__(self, identifier: UUID, key: bytes) -> None:
        self.id = identifier
        self._key = key

    def __repr__(self) -> str:
        return f"SealingKey({self.id})"

    def seal(self, words: bytes, place: str) -> bytes:
        """Return the words sealed for one place: "table.column:row"."""
        return _seal(_derived(self._key, "seal"), words, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """Return the words again.

        Raises:
            UnreadableError: it was sealed with another key or for another place, or has been changed.
        """
        return _open(_derived(self._key, "seal"), sealed, place)

    def stream_key(self, place: str) -> bytes:
        """Return the key under which one large thing is sealed, such as a file; see `sealed_streams.py`."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"stream:{place}".encode()).derive(self._key)

    def fingerprint(self, words: bytes) -> bytes:
        """Return 32 bytes that are the same for the same words, and mean nothing once the key is destroyed."""
        return hmac.digest(_derived(self._key, "fingerprint"), words, "sha256")

    def pseudonym(self, log: str) -> str:
        """Return the 32 hexadecimal characters that stand for the person in the history named `log`."""
        return hmac.digest(_derived(self._key, "pseudonym"), log.encode(), "sha256")[:16].hex()

    def salt(self, history_id: UUID) -> bytes:
        """Return the salt of one history row's commitment; gone when the key is destroyed."""
        return hmac.digest(_derived(self._key, "salt"), history_id.bytes, "sha256")


class Keyring:
    """What derives from the installation's master key (32 bytes, from the key file)."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError("the master key is 32 bytes")
        self._master = master

    def __repr__(self) -> str:
        return "Keyring()"

    def new_wrapped(self, identifier: UUID) -> bytes:
        """Return a new random sealing key, wrapped for storage."""
        return self.seal(os.urandom(KEY_BYTES), f"sealing_key.wrapped:{identifier}")

    def unwrap(self, identifier: UUID, wrapped: bytes) -> SealingKey:
        """Return the sealing key.

        Raises:
            UnreadableError: it was wrapped under another master key.
        """
        return SealingKey(identifier, self.open(wrapped, f"sealing_key.wrapped:{identifier}"))

    def seal(self, words: bytes, place: str) -> bytes:
        """Seal something of the installation's own, such as a clinic's webhook secret."""
        return _seal(_derived(self._master, "wrap"), words, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """Open such a thing again.

        Raises:
            UnreadableError: see `SealingKey.open`.
        """
        return _open(_derived(self._master, "wrap"), sealed, place)

    def index(self, kind: str, value: str) -> bytes:
        """Return the 32 bytes by which a value (a CPR number, an address) is looked up without being shown."""
        return self.keyed("index", f"{kind}:{value}".encode())

    def keyed(self, label: str, words: bytes) -> bytes:
        """Return the HMAC-SHA-256 of the words under the key of this label."""
        return hmac.digest(_derived(self._master, label), words, "sha256")
