"""The bytes and hashes of one history row: what is chained, and what anyone can recompute."""

import hashlib
import hmac
import json
from collections.abc import Mapping

FIRST_PREVIOUS = bytes(32)
"""The `prev` of a request's first row."""

_CHAIN_PREFIX = b"\x02"

Value = str | int | None | Mapping[str, "Value"]
"""What a body may hold: strings, integers, null and objects of them. No floats, no lists, no booleans."""

BODY_KEYS = (
    "v",
    "log",
    "clinic",
    "req",
    "n",
    "at",
    "type",
    "from",
    "to",
    "actor",
    "purpose",
    "cause",
    "corr",
    "outcome",
    "cfg",
    "commit",
    "net",
    "files",
    "wf",
)
"""Every key of body version 1; each is always present, null when unknown."""


def canonical(body: Mapping[str, Value]) -> bytes:
    """Return the body's canonical bytes: JSON, keys sorted, no spaces, UTF-8.

    For strings, integers and null this equals RFC 8785.

    Raises:
        ValueError: a key of body version 1 is missing or unknown.
    """
    if set(body) != set(BODY_KEYS):
        raise ValueError("a history body has exactly the keys of version 1")
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(prev: bytes, body: bytes) -> bytes:
    """Return the 32-byte hash of a row: SHA-256 over a prefix, the previous row's hash and this row's bytes."""
    return hashlib.sha256(_CHAIN_PREFIX + prev + body).digest()


def commitment(salt: bytes, payload: bytes) -> str:
    """Return the hexadecimal HMAC-SHA-256 that binds a row to words kept elsewhere, without showing them."""
    return hmac.digest(salt, payload, "sha256").hex()
