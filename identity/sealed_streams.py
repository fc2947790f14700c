"""Sealing what is too large to be held whole: piece by piece, so that no piece can be moved, dropped or added.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) over AES-256-GCM: a key of its own for each place,
and nonces of a random prefix, the piece's number and whether it is the last.
"""

import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from identity.keys import SealingKey, UnreadableError

PIECE_BYTES = 64 * 1024
_FORMAT = b"\x02"
_PREFIX_BYTES, _TAG_BYTES = 7, 16
_HEADER_BYTES = len(_FORMAT) + _PREFIX_BYTES


def sealed_stream(key: SealingKey, pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    """Give the pieces sealed for one place: "table.column:row"."""
    cipher, prefix, words = AESGCM(key.stream_key(place)), os.urandom(_PREFIX_BYTES), place.encode()
    yield _FORMAT + prefix
    for number, (piece, last) in enumerate(_with_last(_even(pieces, PIECE_BYTES))):
        yield cipher.encrypt(_nonce(prefix, number, last=last), piece, words)


def opened_stream(key: SealingKey, pieces: Iterable[bytes], place: str) -> Iterator[bytes]:
    """Give what was sealed again, each piece once it has been found whole.

    Raises:
        UnreadableError: it was sealed with another key or for another place, or has been changed or cut off.
    """
    cipher, words = AESGCM(key.stream_key(place)), place.encode()
    header, rest = _begun(iter(pieces))
    for number, (piece, last) in enumerate(_with_last(_even(rest, PIECE_BYTES + _TAG_BYTES))):
        try:
            yield cipher.decrypt(_nonce(header, number, last=last), piece, words)
        except InvalidTag:
            raise UnreadableError("a sealed stream does not open") from None


def _begun(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the prefix, and what follows it."""
    start = b""
    while len(start) < _HEADER_BYTES and (piece := next(pieces, b"")):
        start += piece
    if len(start) < _HEADER_BYTES or not start.startswith(_FORMAT):
        raise UnreadableError("a sealed stream has an unknown form")

    def following() -> Iterator[bytes]:
        yield start[_HEADER_BYTES:]
        yield from pieces

    return start[len(_FORMAT) : _HEADER_BYTES], following()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4) + (b"\x01" if last else b"\x00")


def _even(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Give the same bytes in pieces of one size; the last may be shorter, and empty where there is nothing at all."""
    held = bytearray()
    given = False
    for piece in pieces:
        held += piece
        while len(held) > size:
            yield bytes(held[:size])
            given = True
            del held[:size]
    if held or not given:
        yield bytes(held)


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    before = next(pieces)
    for piece in pieces:
        yield before, False
        before = piece
    yield before, True
