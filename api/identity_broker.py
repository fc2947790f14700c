"""The broker of MitID as the doors see it: where to send a browser, and whom its answer vouches for."""

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.identity_wire import Wire
from identity.id_tokens import Expected, Keys, UnknownKeyError, signing_keys, verified
from identity.mitid import Claims, Federated, vouched
from identity.oidc import Client, Secrets, check_answering, question
from identity.outcomes import BrokerUnavailableError, MitIdRefusedError
from storage.database import Clock

KEPT = 3600.0  # seconds that the broker's description and keys are believed
NOT_SOONER = 10.0  # seconds between two looks for a key that is not there
_OK, _SERVER_FAULT, _TOO_MANY = 200, 500, 429
_NEVER = float("-inf")

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brought back: the code, and who says to have given it (RFC 9207)."""

    code: str = field(repr=False)
    issuer: str | None = None


class IdentityBroker(Protocol):
    """An OpenID provider that knows people by MitID."""

    def address(self, secrets: Secrets) -> str:
        """Return where to send the browser that begins this attempt."""

    def vouch(self, answer: Answer, secrets: Secrets) -> Federated:
        """Return whom the broker vouches for, once every check has passed."""


class _Described(BaseModel):
    """What the broker says of itself (OpenID Connect Discovery 1.0)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    names_itself: bool = Field(False, alias="authorization_response_iss_parameter_supported")
    client_proofs: tuple[str, ...] = Field(("client_secret_basic",), alias="token_endpoint_auth_methods_supported")


class _Tokens(BaseModel):
    """What a code was exchanged for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id_token: str = Field(repr=False)
    access_token: str = Field("", repr=False)


class _Memory(Generic[Kept]):
    """Something of the broker's, fetched when it is first asked for and again when it is old."""

    def __init__(self, fetch: Callable[[], Kept], timer: Callable[[], float]) -> None:
        self._fetch, self._timer = fetch, timer
        self._lock = threading.Lock()
        self._kept: Kept | None = None
        self._at = _NEVER

    def get(self, *, fresh: bool = False) -> Kept:
        """Return it; `fresh` asks for a newer one, which it is not more often than every few seconds."""
        with self._lock:
            if self._kept is None or self._timer() - self._at >= (NOT_SOONER if fresh else KEPT):
                self._kept, self._at = self._fetch(), self._timer()
            return self._kept


class OidcBroker:
    """Any broker that speaks OpenID Connect, in its own dialect."""

    def __init__(self, client: Client, wire: Wire, clock: Clock, timer: Callable[[], float] = time.monotonic) -> None:
        self._client, self._wire, self._clock = client, wire, clock
        self._described = _Memory(self._discover, timer)
        self._keys = _Memory(self._fetch_keys, timer)

    def address(self, secrets: Secrets) -> str:
        """See `IdentityBroker.address`.

        Raises:
            BrokerUnavailableError: the broker does not say where that is.
        """
        return question(self._described.get().authorization_endpoint, self._client, secrets)

    def vouch(self, answer: Answer, secrets: Secrets) -> Federated:
        """See `IdentityBroker.vouch`.

        Raises:
            MitIdRefusedError: a check failed.
            BrokerUnavailableError: the broker does not answer as it must.
        """
        described = self._described.get()
        check_answering(self._client.issuer, answer.issuer, announced=described.names_itself)
        tokens = self._exchange(described, answer.code, secrets.verifier)
        claims = self._verified(tokens.id_token, secrets.nonce)
        return vouched(self._client.dialect, claims, self._told(described, tokens.access_token, claims))

    def _discover(self) -> _Described:
        said = self._object(f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            described = _Described.model_validate(said)
        except ValidationError:
            raise BrokerUnavailableError("description_unusable") from None
        if described.issuer != self._client.issuer:
            raise BrokerUnavailableError("description_of_another_issuer")
        return described

    def _fetch_keys(self) -> Keys:
        shown = self._object(self._described.get().jwks_uri).get("keys")
        keys = signing_keys(shown if isinstance(shown, list) else [])
        if not keys:
            raise BrokerUnavailableError("keys_unusable")
        return keys

    def _object(self, url: str, headers: Mapping[str, str] | None = None) -> Claims:
        reply = self._wire.get(url, headers)
        if reply.status != _OK:
            raise BrokerUnavailableError(f"status_{reply.status}")
        return reply.body

    def _exchange(self, described: _Described, code: str, verifier: str) -> _Tokens:
        """Give the code for tokens; a broker that refuses means a code that is not this attempt's."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": verifier,
        }
        in_form, in_headers = self._proof(described)
        reply = self._wire.post(described.token_endpoint, form | in_form, in_headers)
        if reply.status >= _SERVER_FAULT or reply.status == _TOO_MANY:
            raise BrokerUnavailableError(f"status_{reply.status}")
        if reply.body.get("error") == "invalid_client":
            raise BrokerUnavailableError("client_refused")
        if reply.status != _OK:
            raise MitIdRefusedError("code_refused")
        try:
            return _Tokens.model_validate(reply.body, strict=True)
        except ValidationError:
            raise MitIdRefusedError("token_missing") from None

    def _proof(self, described: _Described) -> tuple[dict[str, str], dict[str, str]]:
        """Return what shows who we are, in the form and in the headers (RFC 6749, 2.3.1)."""
        name, secret = self._client.client_id, self._client.secret
        if secret is None:
            return {"client_id": name}, {}
        if "client_secret_basic" not in described.client_proofs:
            return {"client_id": name, "client_secret": secret}, {}
        pair = base64.b64encode(f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()).decode()
        return {}, {"authorization": f"Basic {pair}"}

    def _verified(self, token: str, nonce: str) -> Claims:
        """Return the token's claims, verified; a key that is not known yet is looked for once."""
        now = int(self._clock().timestamp())
        expected = Expected(issuer=self._client.issuer, client_id=self._client.client_id, nonce=nonce, now=now)
        try:
            return verified(token, self._keys.get(), expected)
        except UnknownKeyError:
            return verified(token, self._keys.get(fresh=True), expected)

    def _told(self, described: _Described, access_token: str, claims: Claims) -> Claims:
        """Return what the broker tells of the person beyond the token, where its dialect puts the number there."""
        if not self._client.dialect.userinfo:
            return {}
        if described.userinfo_endpoint is None or not access_token:
            raise BrokerUnavailableError("userinfo_missing")
        told = self._object(described.userinfo_endpoint, {"authorization": f"Bearer {access_token}"})
        if told.get("sub") != claims["sub"]:
            raise MitIdRefusedError("userinfo_of_another_person")
        return told
