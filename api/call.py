"""One HTTP request as the doors see it: its id, who asks, in which language, and its body bytes, read once."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar

import falcon

from api.inputs import BodyTooLargeError, HeaderFaultError, UnreadableBodyError
from api.shares import Share
from identity.outcomes import ForbiddenError
from identity.subject import Anyone, ApiClient, Principal

Language = Literal["da", "en"]
Caller = TypeVar("Caller")

LARGEST_BODY = 1024 * 1024
PIECE = 64 * 1024
CONTENT_DIGEST = "Content-Digest"
LANGUAGE_COOKIE = "language"
_ANYONE = Anyone()


class Call(falcon.Request):
    """A request with what the middleware found out about it.

    `request_id` is given by the caller or made here; `principal` is who asks, once the policy has said yes; `client`
    is the API client that calls for somebody who has not logged in yet; `variables` are what the path names; `is_page`
    is whether people read the answer in a browser.
    """

    def __init__(self, env: dict[str, Any], options: falcon.RequestOptions | None = None) -> None:
        super().__init__(env, options)
        self.request_id = ""
        self.principal: Principal = _ANYONE
        self.variables: Mapping[str, Any] = {}
        self.client: ApiClient | None = None
        self.is_page = False
        self.shares: list[Share] = []
        self.largest_body = LARGEST_BODY
        self.takes_file = False
        self.started = 0.0
        self._body: bytes | None = None

    @property
    def language(self) -> Language:
        """The language of sentences to the caller: as chosen on a page, else Danish unless English is preferred."""
        if self.is_page and (chosen := self.get_cookie_values(LANGUAGE_COOKIE)):
            return "en" if chosen[0] == "en" else "da"
        header: str | None = self.env.get("HTTP_ACCEPT_LANGUAGE")
        return "da" if header is None else _preferred(header)

    def caller(self, kind: type[Caller]) -> Caller:
        """Return who asks, as this kind of subject.

        Raises:
            ForbiddenError: the caller is of another kind.
        """
        if not isinstance(self.principal, kind):
            raise ForbiddenError
        return self.principal

    def header(self, name: str) -> str:
        """Return a header that the contract requires.

        Raises:
            HeaderFaultError: it is missing, so the contract does not declare it.
        """
        value = self.get_header(name)
        if value is None:
            raise HeaderFaultError(name, "header_missing")
        return value

    def body_bytes(self) -> bytes:
        """Return the exact bytes of the body, also when asked again: signatures and shapes look at the same bytes.

        Raises:
            BodyTooLargeError: it is longer than `largest_body`; nothing was read.
            UnreadableBodyError: its length is not given, or it ended early.
        """
        if self._body is None:
            self._body = self._read()
        return self._body

    def signed_bytes(self) -> bytes:
        """Return what a signature of this call covers: the body, or where that is a file, the header that sums it up.

        A file is not read before it is known who sends it, nor held to be looked at twice.
        """
        return self.header(CONTENT_DIGEST).encode() if self.takes_file else self.body_bytes()

    def pieces(self) -> Iterator[bytes]:
        """Give the body piece by piece, once; for a body that is too large to hold.

        Raises:
            BodyTooLargeError, UnreadableBodyError: see `body_bytes`.
        """
        left = self._length()
        while left:
            piece: bytes = self.stream.read(min(PIECE, left))
            if not piece:
                raise UnreadableBodyError("body_incomplete")
            left -= len(piece)
            yield piece

    def _length(self) -> int:
        if "HTTP_TRANSFER_ENCODING" in self.env:
            raise UnreadableBodyError("length_required")
        length = self.content_length or 0
        if length > self.largest_body:
            raise BodyTooLargeError
        return length

    def _read(self) -> bytes:
        length = self._length()
        body: bytes = self.stream.read(length) if length else b""
        if len(body) < length:
            raise UnreadableBodyError("body_incomplete")
        return body


@lru_cache(maxsize=128)
def _preferred(header: str) -> Language:
    """Return the better liked of the two languages; a tie, or neither, is Danish."""
    liking = {"da": 0.0, "en": 0.0}
    for part in header[:200].lower().split(","):
        name, _, parameters = part.strip().partition(";")
        language = name.split("-")[0]
        if language in liking:
            liking[language] = max(liking[language], _quality(parameters))
    return "en" if liking["en"] > liking["da"] else "da"


def _quality(parameters: str) -> float:
    _, _, number = parameters.strip().partition("q=")
    whole, _, decimals = (number or "1").partition(".")
    digits = whole + decimals
    if not (digits.isascii() and digits.isdigit()):
        return 0.0
    return min(float(f"{whole or 0}.{decimals or 0}"), 1.0)
