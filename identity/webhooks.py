"""Sign and check calls between the portal and the clinic's system, as Standard Webhooks does.

https://github.com/standard-webhooks/standard-webhooks : HMAC-SHA-256 over "id.timestamp.body", several signatures in
one header for rotation, five minutes' tolerance.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

TOLERANCE_SECONDS = 300
_LONGEST_TIMESTAMP = 12
_PREFIX = "whsec_"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of a signed call."""

    id: str
    timestamp: str
    signature: str

    def headers(self) -> dict[str, str]:
        """Return them under their wire names."""
        return {"webhook-id": self.id, "webhook-timestamp": self.timestamp, "webhook-signature": self.signature}


def new_secret() -> str:
    """Return a new secret in its wire form."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(_PREFIX))


def _mac(secret: str, identifier: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(_key(secret), f"{identifier}.{timestamp}.".encode() + body, "sha256")


def sign(secrets_in_force: Iterable[str], identifier: str, timestamp: int, body: bytes) -> Signed:
    """Return the headers for a call, signed with every secret in force."""
    macs = (_mac(secret, identifier, str(timestamp), body) for secret in secrets_in_force)
    signature = " ".join("v1," + base64.b64encode(mac).decode() for mac in macs)
    return Signed(identifier, str(timestamp), signature)


def is_authentic(secrets_in_force: Iterable[str], signed: Signed, body: bytes) -> bool:
    """Return whether one of the signatures was made with one of the secrets; says nothing about the time."""
    offered = [_offered(part) for part in signed.signature.split(" ")[:8]]
    expected = [_mac(secret, signed.id, signed.timestamp, body) for secret in secrets_in_force]
    return any(hmac.compare_digest(mac, other) for mac in expected for other in offered)


def _offered(part: str) -> bytes:
    version, _, encoded = part.partition(",")
    if version != "v1":
        return b""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""


def is_fresh(signed: Signed, now: int) -> bool:
    """Return whether the timestamp (seconds since 1970) is within the tolerance."""
    return (
        len(signed.timestamp) <= _LONGEST_TIMESTAMP
        and signed.timestamp.isascii()
        and signed.timestamp.isdigit()
        and abs(int(signed.timestamp) - now) <= TOLERANCE_SECONDS
    )
