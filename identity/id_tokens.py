"""ID tokens: their signature and their claims (OpenID Connect Core 1.0, 3.1.3.7; RFC 8725)."""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import ECKey, RSAKey

from identity.mitid import LONGEST_SUBJECT, Claims
from identity.outcomes import MitIdRefusedError

ALGORITHMS = ("RS256", "PS256", "ES256")
"""What a broker may sign with: never `none`, and never a shared secret."""

SKEW = 60  # seconds that the clocks may differ
OLDEST = 10 * 60  # seconds since a token was issued
LONGEST_TOKEN, LONGEST_HEADER = 32 * 1024, 700  # characters

_KINDS: Mapping[str, type[RSAKey | ECKey]] = {"RSA": RSAKey, "EC": ECKey}
Keys = Mapping[str | None, RSAKey | ECKey]
"""A broker's signing keys by their ids."""


class UnknownKeyError(MitIdRefusedError):
    """The token names a key that the broker has not shown; it may have new ones."""

    def __init__(self) -> None:
        super().__init__("token_key_unknown")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say; `now` is in seconds since 1970."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    now: int


def signing_keys(shown: Sequence[Any]) -> Keys:
    """Return the keys of a JWK set that can sign; what is for something else, or is no key, is passed over."""
    keys: dict[str | None, RSAKey | ECKey] = {}
    for each in shown:
        kind = _KINDS.get(each.get("kty", "")) if isinstance(each, dict) else None
        if kind is None or each.get("use", "sig") != "sig":
            continue
        try:
            keys[each.get("kid")] = kind.import_key(each)
        except (JoseError, ValueError, TypeError):
            continue
    return keys


def verified(token: str, keys: Keys, expected: Expected) -> Claims:
    """Return the claims of a token that is signed by the broker, for us, now, and for this attempt.

    Raises:
        UnknownKeyError: none of the keys is the one that the token names.
        MitIdRefusedError: anything else is not as it must be; `reason` says what, and holds nothing of the token.
    """
    header = _header(token)
    if header.get("alg") not in ALGORITHMS:
        raise MitIdRefusedError("token_algorithm")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise MitIdRefusedError("token_type")
    claims = _signed(token, _key(header.get("kid"), keys))
    _check_registered(claims, expected)
    _check_audience(claims, expected.client_id)
    _check_nonce(claims.get("nonce"), expected.nonce)
    return claims


def _header(token: str) -> dict[str, Any]:
    """Return the header as it stands, before anything is believed: it says which key to try."""
    first, dot, _rest = token.partition(".")
    if not dot or len(first) > LONGEST_HEADER or len(token) > LONGEST_TOKEN:
        raise MitIdRefusedError("token_unreadable")
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except ValueError:
        raise MitIdRefusedError("token_unreadable") from None
    if not isinstance(header, dict):
        raise MitIdRefusedError("token_unreadable")
    return header


def _key(kid: object, keys: Keys) -> RSAKey | ECKey:
    """Return the key of this id; a token may name none only where there is but one."""
    if kid is None and len(keys) == 1:
        return next(iter(keys.values()))
    found = keys.get(kid) if isinstance(kid, str) else None
    if found is None:
        raise UnknownKeyError
    return found


def _signed(token: str, key: RSAKey | ECKey) -> dict[str, Any]:
    try:
        return jwt.decode(token, key, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError, RecursionError):
        raise MitIdRefusedError("token_signature") from None


def _check_registered(claims: Claims, expected: Expected) -> None:
    registry = jwt.JWTClaimsRegistry(
        now=expected.now,
        leeway=SKEW,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ClaimError as error:
        raise MitIdRefusedError(f"token_{error.claim.partition(',')[0]}") from None
    if claims["iat"] < expected.now - OLDEST - SKEW:
        raise MitIdRefusedError("token_iat")
    if len(claims["sub"]) > LONGEST_SUBJECT or not claims["sub"].isascii():
        raise MitIdRefusedError("token_sub")


def _check_audience(claims: Claims, client_id: str) -> None:
    """Refuse a token for others, also one that is for us as well: no other client is trusted."""
    audience = claims["aud"]
    if ([audience] if isinstance(audience, str) else audience) != [client_id]:
        raise MitIdRefusedError("token_aud")
    if claims.get("azp", client_id) != client_id:
        raise MitIdRefusedError("token_azp")


def _check_nonce(said: object, nonce: str) -> None:
    if said is None:
        raise MitIdRefusedError("token_nonce_missing")
    if not isinstance(said, str) or not said.isascii() or not hmac.compare_digest(said, nonce):
        raise MitIdRefusedError("token_nonce")
