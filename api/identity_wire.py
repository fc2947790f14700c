"""Calls to a broker: over TLS in production, bounded in time and size, and never led elsewhere."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from identity.outcomes import BrokerUnavailableError

LARGEST_REPLY = 256 * 1024  # bytes
_PIECE = 16 * 1024
_FORM = "application/x-www-form-urlencoded"
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: the status, and the JSON object of the body."""

    status: int
    body: Mapping[str, Any]


class Wire:
    """Speaks HTTP with a broker. `seconds` bounds one call from its first byte to its last."""

    def __init__(self, *, only_tls: bool, connect: float = 3.0, seconds: float = 10.0) -> None:
        self._only_tls, self._seconds = only_tls, seconds
        limits = urllib3.Timeout(connect=connect, read=seconds, total=seconds)
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=limits)

    def close(self) -> None:
        """Hang up every idle connection."""
        self._pool.clear()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Read an address.

        Raises:
            BrokerUnavailableError: nobody answers there in time, or not in a form that can be read.
        """
        return self._call("GET", url, None, headers or {})

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
        """Send a form.

        Raises:
            BrokerUnavailableError: see `get`.
        """
        return self._call("POST", url, urlencode(form).encode(), {"content-type": _FORM, **headers})

    def _call(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        self._check(url)
        sent = {"accept": "application/json", **headers}
        ends_at = time.monotonic() + self._seconds
        try:
            reply = self._pool.request(
                method, url, body=body, headers=sent, redirect=False, preload_content=False, decode_content=False
            )
            try:
                received = _bounded(reply, ends_at)
            finally:
                # What is left unread is not read for the sake of the connection.
                reply.close()
        except HTTPError as error:
            raise BrokerUnavailableError(f"unreachable_{type(error).__name__}") from None
        return Reply(reply.status, _object(received))

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        plain_is_fine = not self._only_tls and parts.scheme == "http" and parts.hostname in _HERE
        if parts.scheme != "https" and not plain_is_fine:
            raise BrokerUnavailableError("address_without_tls")


def _bounded(reply: urllib3.BaseHTTPResponse, ends_at: float) -> bytes:
    """Return the body, unless it is too long or drips too slowly."""
    received = b""
    while piece := reply.read1(_PIECE):
        received += piece
        if len(received) > LARGEST_REPLY:
            raise BrokerUnavailableError("reply_too_large")
        if time.monotonic() > ends_at:
            raise BrokerUnavailableError("reply_too_slow")
    return received


def _object(received: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(received)
    except (ValueError, RecursionError):
        raise BrokerUnavailableError("reply_unreadable") from None
    if not isinstance(read, dict):
        raise BrokerUnavailableError("reply_unreadable")
    return read
