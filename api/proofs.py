"""What a call shows of itself: a token, the cookie of a log-in, the key of an API client."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from api.call import Call
from identity.outcomes import UnauthenticatedError
from identity.policy import Who
from workflows.channels import API

COOKIE = "__Host-log-in"
GRANT_COOKIES: Mapping[Who, str] = MappingProxyType({Who.AUDITOR: "__Host-auditor", Who.OPERATOR: "__Host-operator"})
"""The cookies of those who hold a grant: names of their own, so that one browser may be several people at once."""

CLIENT_KEY = "Client-Key"
APPS = frozenset({"patient", "public"})
"""Audiences of the doors at which an API client shows its key; at others it says nothing."""

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9_\-.~+/]{1,200}=*)")
_OURS = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclass(frozen=True, slots=True)
class Shown:
    """The one token by which a call is known, and whether the browser sent it by itself."""

    token: str = field(repr=False)
    by_cookie: bool


def bearer(call: Call) -> str | None:
    """Return the token of the Authorization header, if there is one."""
    found = _BEARER.fullmatch(call.env.get("HTTP_AUTHORIZATION", ""))
    return found[1] if found else None


def cookie(call: Call, name: str = COOKIE) -> str | None:
    """Return the token that a cookie of ours holds; none where it comes twice, since only one can be ours."""
    if "HTTP_COOKIE" not in call.env:
        return None
    values = call.get_cookie_values(name) or ()
    return values[0] if len(values) == 1 and _OURS.fullmatch(values[0]) else None


def client_key(call: Call) -> str | None:
    """Return the key of the API client that says it calls, if one does.

    Raises:
        UnauthenticatedError: `client_key` when no key looks like that.
    """
    key = call.get_header(CLIENT_KEY)
    if key is not None and not _OURS.fullmatch(key):
        raise UnauthenticatedError("client_key")
    return key


def channel_of(call: Call) -> str:
    """Return the channel of a caller who has not logged in: that of the API client whose key was shown, else `api`."""
    return call.client.channel if call.client else API


def shown(call: Call, name: str = COOKIE) -> Shown:
    """Return the token that a call shows, in the header or in the cookie of this name.

    Raises:
        UnauthenticatedError: there is none; `two_proofs` when there is one in the header and one in the cookie.
    """
    by_header, by_cookie = bearer(call), cookie(call, name)
    if by_header is not None and by_cookie is not None:
        raise UnauthenticatedError("two_proofs")
    if by_header is not None:
        return Shown(by_header, by_cookie=False)
    if by_cookie is not None:
        return Shown(by_cookie, by_cookie=True)
    raise UnauthenticatedError


def shown_tokens(call: Call) -> tuple[str, ...]:
    """Return every token that the call shows: the log-ins that a new one takes the place of."""
    return tuple(token for token in (bearer(call), cookie(call)) if token is not None)
