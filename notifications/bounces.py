"""Reading a delivery report (RFC 3464): whether a letter came back for good, and which one it was.

What is read comes from anywhere: it may be anything, and nothing of it but a key and a machine word leaves this file.
"""

import email
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

LARGEST_REPORT: Final = 2 * 1024 * 1024  # bytes; a report carries at most the letter it is about
_MOST_PARTS = 50
_KEY: Final = re.compile(r"\bbounce\+([0-9a-f-]{36}-[0-9a-f]{16})@", re.IGNORECASE)
_NAMES_THE_ADDRESS: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "To")


class NoReportError(Exception):
    """It is no report of a letter that came back; `code` says what it is instead."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Report:
    """A letter came back for good: the key in the address it came back to, and the status, such as `5.1.1`."""

    key: str
    status: str


def read_report(words: bytes, recipient: str | None = None) -> Report:
    """Return what a report says; `recipient` is the address it came to, where the mail server tells it.

    Raises:
        NoReportError: `too_large`, `no_report` (an out-of-office reply, a forwarded mail, anything), `no_address` (it
            came to no address of a letter), `delayed` (the server still tries), `delivered`.
    """
    if len(words) > LARGEST_REPORT:
        raise NoReportError("too_large")
    message = email.message_from_bytes(words)
    fields = list(_recipients(message))
    if not fields:
        raise NoReportError("no_report")
    key = _key(message, recipient)
    if key is None:
        raise NoReportError("no_address")
    for each in fields:
        if _word(each, "Action") == "failed":
            return Report(key, _status(each))
    raise NoReportError("delayed" if any(_word(each, "Action") == "delayed" for each in fields) else "delivered")


def _recipients(message: Message) -> Iterator[Message]:
    """Give the fields of each recipient that a report is about."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return
    for part in _first(message.walk()):
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks[:_MOST_PARTS] if isinstance(block, Message) and block["Action"])


def _first(parts: Iterable[Message]) -> Iterator[Message]:
    return (part for _, part in zip(range(_MOST_PARTS), parts, strict=False))


def _key(message: Message, recipient: str | None) -> str | None:
    named = (str(value) for name in _NAMES_THE_ADDRESS for value in message.get_all(name, ()))
    told = [recipient] if recipient else list(named)
    found = (_KEY.search(f"{address}@" if "@" not in address else address) for address in told)
    return next((match[1].lower() for match in found if match), None)


def _word(fields: Message, name: str) -> str:
    return str(fields.get(name, "")).partition(";")[0].strip().lower()


def _status(fields: Message) -> str:
    said = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})\b", str(fields.get("Status", "")))
    return said[1] if said else "unknown"
