"""The ways a mail can leave the house, and the one way to say that it did not."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from notifications.envelope import Mail

# Asked once, when the recipient has been accepted and before the first byte of the mail is sent: the caller
# writes down that it is about to send, or answers False to stop.
BeforeBody = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has taken the mail and owns it now.

    Attributes:
        code: The reply that said so, such as "250".
    """

    code: str


class SendFailed(Exception):  # noqa: N818 - a thing that happens daily and is told in the past tense, like a reply
    """The mail was not taken, or we cannot know whether it was.

    Attributes:
        code: Where it ended and with which reply, such as "recipient_550"; never an address or a server's text.
        permanent: No later try can succeed.
        ambiguous: The whole mail was sent but no reply was heard: the recipient may have it. When False, it
            is certain that the mail was not delivered.
    """

    def __init__(self, code: str, *, permanent: bool = False, ambiguous: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.ambiguous = ambiguous


def withheld() -> SendFailed:
    """Return the failure that says that the caller held the mail back before its body."""
    return SendFailed("withheld")


class Transport(Protocol):
    """A way out of the house; safe to share between threads."""

    def send(self, mail: Mail, *, before_body: BeforeBody) -> Sent:
        """Hand one mail over.

        Raises:
            SendFailed: It was not taken, was held back, or nobody can know.
        """


class MemoryTransport:
    """Keeps what was sent in a list: for tests that want to see the mails."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._lock = threading.Lock()

    def send(self, mail: Mail, *, before_body: BeforeBody) -> Sent:
        """Keep the mail.

        Raises:
            SendFailed: It was held back.
        """
        if not before_body():
            raise withheld()
        with self._lock:
            self.mails.append(mail)
        return Sent("250")


class FolderTransport:
    """Writes each mail as an `.eml` file named by its Message-ID, so a repeat replaces its first copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def send(self, mail: Mail, *, before_body: BeforeBody) -> Sent:
        """Write the mail; a reader sees the whole file or none.

        Raises:
            SendFailed: It was held back, or the folder could not take it.
        """
        if not before_body():
            raise withheld()
        name = mail.message_id.strip("<>").replace("/", "%2F")
        unfinished = self._folder / f".{name}.{threading.get_ident()}"
        try:
            unfinished.write_bytes(f"Return-Path: <{mail.envelope_from}>\r\n".encode("ascii") + mail.content)
            unfinished.replace(self._folder / f"{name}.eml")
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise SendFailed("folder") from None
        return Sent("250")
