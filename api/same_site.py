"""Whether a call that came with a cookie was meant: sent by a page of ours, not by somebody else's (CSRF).

A browser sends the cookie by itself, so it proves who asks but not that they meant to. A token in the Authorization
header is sent by whoever wrote the call, so it needs none of this.
"""

import hmac
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from api.call import Call
from api.contract import JSON, Route
from api.inputs import InputError
from identity.keys import Keyring
from identity.outcomes import ForbiddenError

HEADER, FIELD = "X-CSRF-Token", "csrf"
FORM = "application/x-www-form-urlencoded"
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
_OUR_OWN = frozenset({"same-origin", "none"})


def csrf_token(keyring: Keyring, log_in: UUID) -> str:
    """Return the word by which a page of ours shows that it knows whose log-in the cookie is."""
    return keyring.keyed("csrf", log_in.bytes).hex()


def csrf_token_of_grant(keyring: Keyring, token: str) -> str:
    """Return the same word for an auditor's or operator's log-in, which has no id that its holder knows."""
    return keyring.keyed("csrf", token.encode()).hex()


def refuse(*, unless: bool) -> None:
    """Refuse a call that was not meant.

    Raises:
        ForbiddenError: `csrf`.
    """
    if not unless:
        raise ForbiddenError("csrf")


class SameSite:
    """Tells calls of our own pages from forged ones; `public_url` is where our pages are."""

    def __init__(self, keyring: Keyring, public_url: str) -> None:
        parts = urlsplit(public_url)
        self._keyring, self._origin = keyring, f"{parts.scheme}://{parts.netloc}".lower()

    def sent_by_us(self, call: Call) -> bool:
        """Return whether the browser says that a page of ours sent the call; Origin where it does not say from where.

        https://www.w3.org/TR/fetch-metadata/
        """
        site = call.get_header("Sec-Fetch-Site")
        return call.get_header("Origin") == self._origin if site is None else site in _OUR_OWN

    def expect_own(self, call: Call, route: Route) -> None:
        """Let a call with a cookie pass if it comes from us; a page may also be come to by a link from elsewhere.

        Raises:
            ForbiddenError: `csrf`.
        """
        if call.method not in _CHANGES_NOTHING:
            refuse(unless=self.sent_by_us(call))
            return
        site = call.get_header("Sec-Fetch-Site")
        refuse(unless=site is None or site in _OUR_OWN or _is_link_to_page(call, route))

    def expect_word(self, call: Call, wanted: str) -> None:
        """Let a call with a cookie that changes something pass if it holds the log-in's word, in a header or the form.

        Raises:
            ForbiddenError: `csrf`.
        """
        if call.method in _CHANGES_NOTHING:
            return
        word = call.get_header(HEADER) or form_word(call, FIELD)
        refuse(unless=hmac.compare_digest(word.encode(), wanted.encode()))


def _is_link_to_page(call: Call, route: Route) -> bool:
    followed = call.get_header("Sec-Fetch-Mode") == "navigate" and call.get_header("Sec-Fetch-Dest") == "document"
    return followed and route.contract.produces != JSON


def form_word(call: Call, name: str) -> str:
    """Return what a form holds under a name; nothing where it came twice, and where the body is no form."""
    if (call.content_type or "").partition(";")[0].strip().lower() != FORM:
        return ""
    try:
        form = call.body_bytes().decode("utf-8", "replace")
    except InputError:
        return ""
    words = parse_qs(form).get(name, [])
    return words[0] if len(words) == 1 else ""
