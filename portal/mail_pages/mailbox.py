"""The mailbox of the mail catcher: one `.eml` file per mail, in the order they came."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from itertools import islice
from pathlib import Path
from typing import Final

Clock = Callable[[], datetime]

_RECIPIENT: Final = "Delivered-To"
_SENDER: Final = "Return-Path"
_TIME: Final = "X-Caught-At"


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail as it arrived.

    Attributes:
        key: Grows with each mail; names the file and the page.
        at: When it arrived, RFC 3339.
        sender: The envelope's sender, where a bounce would go.
        to: The envelope's recipients.
    """

    key: str
    at: str
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What is in a mail: its headers in order, and both of its bodies where it has them."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str

    def header(self, name: str) -> str:
        """Return the first header of that name, or nothing."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


class Mailbox:
    """Keeps mails in a folder, which it owns, and finds them again after a restart; safe between threads."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._caught = {path.stem: _envelope(path) for path in sorted(folder.glob("*.eml"))}
        self._last = max((int(key) for key in self._caught), default=0)

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Store one mail and return its key; the file is whole before anybody can find it."""
        at = self._clock().isoformat()
        envelope = [(_SENDER, f"<{sender}>"), *((_RECIPIENT, one) for one in recipients), (_TIME, at)]
        traces = "".join(f"{name}: {value}\r\n" for name, value in envelope).encode()
        with self._lock:
            self._last += 1
            key = f"{self._last:08}"
            unfinished = self._folder / f".{key}"
            unfinished.write_bytes(traces + content)
            unfinished.replace(self._path(key))
            self._caught[key] = Caught(key, at, sender, tuple(recipients))
        return key

    def since(self, *, to: str | None = None, after: str = "", limit: int = 100) -> list[Caught]:
        """Return mails in the order they came: to one recipient, or after a key, or all."""
        with self._lock:
            found = (mail for mail in self._caught.values() if mail.key > after and to in {None, *mail.to})
            return list(islice(found, limit))

    def newest(self, *, to: str | None = None, limit: int = 100) -> list[Caught]:
        """Return the latest mails, newest first."""
        with self._lock:
            found = (mail for mail in reversed(self._caught.values()) if to in {None, *mail.to})
            return list(islice(found, limit))

    def find(self, key: str) -> Caught | None:
        """Return the mail of that key, if it is there."""
        with self._lock:
            return self._caught.get(key)

    def source(self, mail: Caught) -> bytes:
        """Return the file of a mail, envelope lines first.

        Raises:
            FileNotFoundError: The mailbox was cleared meanwhile.
        """
        return self._path(mail.key).read_bytes()

    def open(self, mail: Caught) -> Opened:
        """Return what is in a mail.

        Raises:
            FileNotFoundError: The mailbox was cleared meanwhile.
        """
        message = message_from_bytes(self.source(mail), policy=policy.default)
        headers = tuple((name, str(value)) for name, value in message.items())
        return Opened(headers, _body(message, "plain"), _body(message, "html"))

    def clear(self) -> None:
        """Throw every mail away; keys go on where they were, so that a reader's place stays right."""
        with self._lock:
            for key in self._caught:
                self._path(key).unlink(missing_ok=True)
            self._caught.clear()

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.eml"


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    return str(part.get_content()) if part is not None else ""


def _envelope(path: Path) -> Caught:
    with path.open("rb") as file:
        headers = BytesHeaderParser().parse(file)
    recipients = tuple(str(one) for one in headers.get_all(_RECIPIENT, []))
    return Caught(path.stem, str(headers[_TIME]), str(headers[_SENDER]).strip("<>"), recipients)
