"""The way out for text messages: a port, and one adapter to a gateway that takes JSON over HTTP."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import urllib3
from urllib3.exceptions import HTTPError

from notifications.transport import SendFailed, Sent

_NATIONAL: Final = {"45": r"[2-9]\d{7}", "299": r"\d{6}", "298": r"\d{6}"}
_NUMBER: Final = re.compile("|".join(rf"\+{prefix}{rest}" for prefix, rest in _NATIONAL.items()))
_TRY_AGAIN: Final = frozenset({401, 403, 408, 409, 425, 429})
_SERVER_FAULT: Final = 500
_LONGEST_REPLY: Final = 64 * 1024


class UnusableNumberError(ValueError):
    """No text message can be sent to it; the text never holds the number."""


def usable_number(written: str) -> str:
    """Return a number of Denmark, Greenland or the Faroe Islands in the form of E.164; eight digits are Danish.

    Raises:
        UnusableNumberError: it is none.
    """
    digits = re.sub(r"[ .()\u00a0-]", "", written)
    digits = re.sub(r"^00", "+", digits)
    number = digits if digits.startswith("+") else f"+45{digits}"
    if not (number.isascii() and _NUMBER.fullmatch(number)):
        raise UnusableNumberError("a phone number cannot be used")
    return number


@dataclass(frozen=True, slots=True)
class Text:
    """One text message. `key` is the same each time the same one is tried; number and words stay out of `repr`."""

    key: str
    recipient: str = field(repr=False)
    words: str = field(repr=False)


class SmsGateway(Protocol):
    """A way out for text messages; safe to share between threads."""

    def send(self, text: Text) -> Sent:
        """Hand one text message over; the same key again is the same message.

        Raises:
            SendFailed: it was not taken, or nobody can know.
        """


class NoGateway:
    """Where no gateway is connected: every text message is refused, and goes as a mail instead."""

    def send(self, _text: Text) -> Sent:
        """Refuse.

        Raises:
            SendFailed: always.
        """
        raise SendFailed("no_gateway", permanent=True)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where a gateway is and what it takes.

    Attributes:
        url: Where a message is posted.
        sender: Who it says it is from.
        body: The JSON it takes, with `{to}`, `{from}`, `{text}` and `{key}` in the place of what they stand for.
        key: The bearer key; never shown by `repr`.
        timeout: Seconds for the whole call.

    Raises:
        ValueError: The body is no JSON, or has no place for number and words.
    """

    url: str
    sender: str
    body: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 10.0

    def __post_init__(self) -> None:
        if not all(place in json.dumps(json.loads(self.body)) for place in ("{to}", "{text}")):
            raise ValueError("sms gateway: the body needs {to} and {text}")

    def filled(self, text: Text) -> bytes:
        """Return the body of one message."""
        places = {"{to}": text.recipient, "{from}": self.sender, "{text}": text.words, "{key}": text.key}
        return json.dumps(_filled(json.loads(self.body), places), ensure_ascii=False).encode()


def _filled(shape: Any, places: dict[str, str]) -> Any:
    if isinstance(shape, dict):
        return {name: _filled(value, places) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, places) for value in shape]
    # What stands for something is the whole value: words that hold "{to}" themselves stay as they are.
    return places.get(shape, shape) if isinstance(shape, str) else shape


class HttpSmsGateway:
    """A gateway over HTTP; its key of idempotence is the outbox row's id, so that a repeat is no second message."""

    def __init__(self, gateway: Gateway, *, threads: int = 16) -> None:
        self._gateway = gateway
        limits = urllib3.Timeout(connect=3.0, read=gateway.timeout, total=gateway.timeout)
        self._pool = urllib3.PoolManager(maxsize=threads, retries=False, timeout=limits)

    def close(self) -> None:
        """Hang up every idle connection."""
        self._pool.clear()

    def send(self, text: Text) -> Sent:
        """See `SmsGateway.send`.

        Raises:
            SendFailed: see there.
        """
        headers = {"content-type": "application/json", "idempotency-key": text.key}
        if self._gateway.key is not None:
            headers["authorization"] = f"Bearer {self._gateway.key}"
        try:
            reply = self._pool.request(
                "POST",
                self._gateway.url,
                body=self._gateway.filled(text),
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            try:
                reply.read(_LONGEST_REPLY)
            finally:
                reply.release_conn()
        except HTTPError as error:
            raise SendFailed(f"sms_{type(error).__name__}", ambiguous=True) from None
        return _taken(reply.status)


def _taken(status: int) -> Sent:
    """Return that it was taken; a wrong key is our fault and may be mended, a wrong message never.

    Raises:
        SendFailed: it was not.
    """
    if status // 100 == 2:  # noqa: PLR2004 - HTTP's own
        return Sent(str(status))
    permanent = status // 100 == 4 and status not in _TRY_AGAIN  # noqa: PLR2004 - HTTP's own
    raise SendFailed(f"sms_{status}", permanent=permanent, ambiguous=status >= _SERVER_FAULT)
