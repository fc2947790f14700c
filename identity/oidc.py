"""OpenID Connect, the asking side: authorization code with PKCE (RFC 7636, RFC 9700), one attempt at a time."""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from identity.mitid import Dialect
from identity.outcomes import MitIdRefusedError
from identity.tokens import new_token


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one attempt is known by: `state` in the browser's answer, `nonce` in the token, `verifier` to the broker."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """Who the portal is to its broker. `issuer` names the broker, `redirect_uri` is where browsers come back to."""

    issuer: str
    client_id: str
    redirect_uri: str
    dialect: Dialect
    secret: str | None = field(default=None, repr=False)


def new_secrets() -> Secrets:
    """Return the secrets of a new attempt, 256 bits each."""
    return Secrets(state=new_token(), nonce=new_token(), verifier=new_token())


def challenge(verifier: str) -> str:
    """Return the PKCE challenge of a verifier, method S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def question(endpoint: str, client: Client, secrets: Secrets) -> str:
    """Return the address to which the browser is sent, with what the broker is asked."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": client.dialect.scope,
        "state": secrets.state,
        "nonce": secrets.nonce,
        "code_challenge": challenge(secrets.verifier),
        "code_challenge_method": "S256",
        **client.dialect.asks,
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"


def check_answering(issuer: str, named: str | None, *, announced: bool) -> None:
    """Refuse an answer of another broker (RFC 9207): `named` is the answer's `iss`, if it has one.

    Raises:
        MitIdRefusedError: it names another issuer, or none although the broker announces that it always does.
    """
    if named is None and announced:
        raise MitIdRefusedError("answer_without_issuer")
    if named is not None and named != issuer:
        raise MitIdRefusedError("answer_of_another_issuer")
