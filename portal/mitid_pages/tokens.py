"""The mock broker's tokens: true ones, and each false one that a portal must refuse."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from portal.mitid_pages.books import Identity, Promise

Claims = dict[str, Any]

LIVES = 300  # seconds
_KEY_BITS = 2048
_LATER = 3600
ALGORITHM = "RS256"
HIGH = "https://mock.example/acr/high"
"""What this broker says as `acr` of everybody, however they logged in: a trap, as real brokers have one."""


@dataclass(frozen=True, slots=True)
class Client:
    """The one portal that the mock knows."""

    client_id: str
    redirect_uri: str


class Mint:
    """Makes tokens in the name of one issuer, for one client."""

    def __init__(self, issuer: str, client: Client) -> None:
        self.issuer, self.client = issuer, client
        self._key = _new_key()
        self._foreign_key = _new_key()

    def public_keys(self) -> Mapping[str, Any]:
        """Return the keys that a portal may believe, as a JWK set."""
        return {"keys": [self._key.as_dict(private=False, use="sig", alg=ALGORITHM)]}

    def token(self, promise: Promise, other: Identity, now: int) -> str:
        """Return the token that was promised; `other` lends their number to one of the false ones."""
        claims = self._claims(promise, now)
        for change in (_CLAIM_EVILS.get(promise.evil), _number_of(other) if promise.evil == "other_cpr" else None):
            if change is not None:
                change(claims)
        if promise.evil == "alg_none":
            return _unsigned(claims)
        if promise.evil == "hs256":
            return self._signed_with_the_public_key(claims)
        return self._signed(claims, self._foreign_key if promise.evil == "other_key" else self._key)

    def _claims(self, promise: Promise, now: int) -> Claims:
        return {
            "iss": self.issuer,
            "sub": promise.identity.subject,
            "aud": self.client.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + LIVES,
            "auth_time": now,
            "nonce": promise.question.nonce,
            "acr": HIGH,
            "loa": "substantial",
            "cpr": promise.identity.cpr,
        }

    def _signed(self, claims: Claims, key: RSAKey) -> str:
        return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])

    def _signed_with_the_public_key(self, claims: Claims) -> str:
        head = _part({"alg": "HS256", "typ": "JWT", "kid": self._key.kid})
        body = f"{head}.{_part(claims)}"
        mark = hmac.digest(self._key.as_pem(private=False), body.encode(), hashlib.sha256)
        return f"{body}.{_encoded(mark)}"


def _new_key() -> RSAKey:
    return RSAKey.generate_key(_KEY_BITS, auto_kid=True)


def _unsigned(claims: Claims) -> str:
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."


def _part(value: Any) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(words: bytes) -> str:
    return base64.urlsafe_b64encode(words).decode().rstrip("=")


def _with(**changes: Any) -> Callable[[Claims], None]:
    return lambda claims: claims.update(changes)


def _without(*names: str) -> Callable[[Claims], None]:
    def remove(claims: Claims) -> None:
        for name in names:
            del claims[name]

    return remove


def _expire(claims: Claims) -> None:
    claims.update({name: claims[name] - _LATER for name in ("iat", "nbf", "exp")})


def _postpone(claims: Claims) -> None:
    claims.update({name: claims[name] + _LATER for name in ("nbf", "exp")})


def _number_of(other: Identity) -> Callable[[Claims], None]:
    return _with(cpr=other.cpr)


_CLAIM_EVILS: Mapping[str, Callable[[Claims], None]] = {
    "other_issuer": _with(iss="https://evil.example"),
    "other_audience": _with(aud="another-client"),
    "expired": _expire,
    "not_yet": _postpone,
    "other_nonce": _with(nonce="n" * 43),
    "no_nonce": _without("nonce"),
    "low": _with(loa="low"),
    "no_level": _without("loa"),
    "no_cpr": _without("cpr"),
}

EVILS: Mapping[str, str] = MappingProxyType(
    {
        "none": "none: a true token",
        "alg_none": "the token is not signed (alg none)",
        "hs256": "the token is signed with the public key as a shared secret (HS256)",
        "other_key": "the token is signed with a key that is not published",
        "other_issuer": "the token is another issuer's",
        "other_audience": "the token is for another portal",
        "expired": "the token has expired",
        "not_yet": "the token holds only later",
        "other_nonce": "the token answers another question (nonce)",
        "no_nonce": "the token answers no question",
        "low": "the level of assurance is Low, whatever acr says",
        "no_level": "the level of assurance is missing, whatever acr says",
        "other_cpr": "the CPR number is another person's",
        "no_cpr": "the CPR number is missing",
        "answer_of_another": "the browser's answer names another issuer",
        "answer_of_nobody": "the browser's answer names no issuer",
    },
)
"""What can be wrong with an answer, by the word for it."""
