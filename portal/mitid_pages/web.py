"""The mock broker's web side: what OpenID Connect asks of a provider, and a page to choose a person on."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlencode, urlsplit

import falcon
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.mitid_pages.books import Books, Identity, Promise, Question
from portal.mitid_pages.tokens import ALGORITHM, EVILS, LIVES, Mint

_LEAST_CHARACTERS: Final = 43  # of a challenge by SHA-256; RFC 7636
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default_for_string=True),
    auto_reload=False,
)


def web_app(books: Books, mint: Mint, clock: Callable[[], datetime]) -> "falcon.App[falcon.Request, falcon.Response]":
    """Return the WSGI application of a broker."""
    app = falcon.App()
    app.add_route("/.well-known/openid-configuration", _Description(mint))
    app.add_route("/jwks", _Keys(mint))
    app.add_route("/authorize", _Authorize(books, mint))
    app.add_route("/token", _Token(books, mint, clock))
    return app


class _Description:
    """What the broker says of itself."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        issuer = self._mint.issuer
        resp.media = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "scopes_supported": ["openid", "cpr"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
        }


class _Keys:
    """The keys by which tokens are checked."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._mint.public_keys()


class _Authorize:
    """The page on which a person is chosen, and the way back to the portal."""

    def __init__(self, books: Books, mint: Mint) -> None:
        self._books, self._mint = books, mint

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        question = self._read(req.params)
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", self._policy())
        resp.text = _TEMPLATES.get_template("authorize.html.j2").render(
            people=self._books.people,
            evils=EVILS,
            asked=self._asked(question),
        )

    def on_post(self, req: falcon.Request, _resp: falcon.Response) -> None:
        sent = req.get_media()
        question, evil = self._read(sent), sent.get("evil", "none")
        identity = next((each for each in self._books.people if each.subject == sent.get("person")), None)
        if evil not in EVILS:
            raise falcon.HTTPBadRequest(title="there is no such evil")
        answer = {"error": "access_denied"} if identity is None else self._promised(identity, question, evil)
        named = {"answer_of_another": "https://evil.example", "answer_of_nobody": ""}.get(evil, self._mint.issuer)
        told = {"state": question.state, **answer, **({"iss": named} if named else {})}
        raise falcon.HTTPSeeOther(f"{self._mint.client.redirect_uri}?{urlencode(told)}")

    def _promised(self, identity: Identity, question: Question, evil: str) -> dict[str, str]:
        return {"code": self._books.promise(identity, question, evil)}

    def _read(self, sent: Mapping[str, Any]) -> Question:
        """Return the question, once it is one that a careful broker answers.

        Raises:
            HTTPBadRequest: it is of another client, leads elsewhere, or lacks what keeps it safe.
        """
        client = self._mint.client
        wanted = {
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in wanted.items() if sent.get(name) != value]
        wrong += [name for name in ("state", "nonce", "scope") if not sent.get(name)]
        wrong += ["code_challenge"] if len(sent.get("code_challenge", "")) < _LEAST_CHARACTERS else []
        if wrong:
            raise falcon.HTTPBadRequest(title="not as agreed", description=", ".join(wrong))
        return Question(sent["state"], sent["nonce"], sent["code_challenge"])

    def _asked(self, question: Question) -> dict[str, str]:
        client = self._mint.client
        return {
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "response_type": "code",
            "scope": "openid cpr",
            "state": question.state,
            "nonce": question.nonce,
            "code_challenge": question.challenge,
            "code_challenge_method": "S256",
        }

    def _policy(self) -> str:
        """Return the page's policy; browsers hold a form to it also where the answer leads them."""
        parts = urlsplit(self._mint.client.redirect_uri)
        home = f"{parts.scheme}://{parts.netloc}"
        return f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self' {home}"


class _Token:
    """Exchanges a code for a token: once, and only for whoever holds the verifier of its question."""

    def __init__(self, books: Books, mint: Mint, clock: Callable[[], datetime]) -> None:
        self._books, self._mint, self._clock = books, mint, clock

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        sent, client = req.get_media(), self._mint.client
        resp.set_header("Cache-Control", "no-store")
        if _client_of(req, sent) != client.client_id:
            _refuse(resp, "invalid_client")
            return
        promise = self._books.redeem(sent.get("code", ""))
        rightful = promise is not None and _is_proven(promise, sent.get("code_verifier", ""))
        if promise is None or not rightful or sent.get("redirect_uri") != client.redirect_uri:
            _refuse(resp, "invalid_grant")
            return
        other = self._books.another(promise.identity)
        token = self._mint.token(promise, other, int(self._clock().timestamp()))
        resp.media = {"access_token": "mock", "token_type": "Bearer", "expires_in": LIVES, "id_token": token}


def _client_of(req: falcon.Request, sent: Mapping[str, str]) -> str | None:
    """Return the client's id, from the form or from the header. The mock asks nobody for their secret."""
    scheme, _, pair = (req.auth or "").partition(" ")
    if scheme.lower() != "basic":
        return sent.get("client_id")
    try:
        return unquote(base64.b64decode(pair).decode().partition(":")[0])
    except (binascii.Error, UnicodeDecodeError):
        return None


def _is_proven(promise: Promise, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    shown = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(shown.encode(), promise.question.challenge.encode())


def _refuse(resp: falcon.Response, error: str) -> None:
    resp.status = falcon.HTTP_BAD_REQUEST
    resp.media = {"error": error}
