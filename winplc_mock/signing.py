"""Signatures of both directions, as Standard Webhooks describes them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300
SHORTEST_KEY = 24
LONGEST_KEY = 64


class SignatureRefusedError(Exception):
    """A call whose signature is missing, malformed or wrong; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class SignedCall:
    """What a valid signature vouches for: the message's stable id, and whether its time stamp is recent."""

    identifier: str
    fresh: bool


@lru_cache(maxsize=64)
def read_secret(text: str) -> bytes:
    """The key bytes of a ``whsec_`` secret.

    Raises:
        ValueError: if the prefix is missing, the rest is not base64, or the key is not 24 to 64 bytes long.
    """
    if not text.startswith(PREFIX):
        raise ValueError("a secret starts with whsec_")
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is base64 after its prefix") from None
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError("a secret holds 24 to 64 bytes")
    return key


def sign(secrets: Sequence[str], identifier: str, timestamp: int, body: bytes) -> str:
    """The ``webhook-signature`` header: one ``v1,`` signature per secret, so both ends may rotate."""
    return " ".join(f"v1,{_signature(secret, identifier, timestamp, body)}" for secret in secrets)


def signed_headers(secrets: Sequence[str], identifier: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed call sent at ``timestamp`` (unix seconds)."""
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, identifier, timestamp, body),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: float) -> SignedCall:
    """Check a call against every secret in force.

    ``headers`` has lower-case names. An old time stamp is not refused here: only the books know
    whether the message was accepted before, which makes it a harmless replay.

    Raises:
        SignatureRefusedError: if a header is missing or malformed, or no signature fits.
    """
    identifier = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not identifier or not (timestamp.isascii() and timestamp.isdecimal()):
        raise SignatureRefusedError("signature_missing")
    given = [
        entry.removeprefix("v1,") for entry in headers.get("webhook-signature", "").split() if entry.startswith("v1,")
    ]
    wanted = [_signature(secret, identifier, int(timestamp), body) for secret in secrets]
    # Every pair is compared, so that the time taken tells nothing about which secret nearly fitted.
    matches = [hmac.compare_digest(left.encode(), right.encode()) for left in given for right in wanted]
    if not any(matches):
        raise SignatureRefusedError("signature_wrong")
    return SignedCall(identifier, fresh=abs(now - int(timestamp)) <= TOLERANCE_SECONDS)


def _signature(secret: str, identifier: str, timestamp: int, body: bytes) -> str:
    signed = f"{identifier}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(read_secret(secret), signed, hashlib.sha256).digest()).decode()
