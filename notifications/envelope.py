"""A letter put in its envelope: the mail as bytes, with addresses that cannot smuggle anything in.

The bytes are laid out here rather than by `email.message.EmailMessage`: its folding breaks a long display name
at its commas, so that one sender becomes several, and it needs more time than the rest of the way together.
"""

import binascii
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from notifications.calendars import Visit, calendar
from notifications.letters import ClinicCard, Letter

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<mailbox>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_MESSAGE_ID = re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*>")
# RFC 5321, 4.5.3.1: what every server on the way must be able to take.
_LONGEST_MAILBOX: Final = 64
_LONGEST_ADDRESS: Final = 254
_FOR_MACHINES: Final = {
    "Auto-Submitted": "auto-generated",
    # Exchange heeds this one only; without it a holiday notice would come back to us.
    "X-Auto-Response-Suppress": "All",
    "MIME-Version": "1.0",
}


class UnusableAddressError(ValueError):
    """An address that no mail can be sent to, now or later; the text never holds the address."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail for one recipient, ready for any transport.

    Attributes:
        message_id: `<key@domain>`, the same each time the same mail is tried.
        envelope_from: Where a bounce goes.
        recipient: Never shown by `repr`.
        content: Headers and body in ASCII with CRLF line ends; never shown by `repr`.

    Raises:
        UnusableAddressError: One of the addresses is not usable as it stands.
        ValueError: The message id is not one, or the content is not made of whole CRLF lines.
    """

    message_id: str
    envelope_from: str = field(repr=False)
    recipient: str = field(repr=False)
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("mail: the message id must be <key@domain>")
        for address in (self.envelope_from, self.recipient):
            if usable_address(address) != address:
                raise UnusableAddressError("mail: a domain must be in its ASCII form")
        lines = self.content.count(b"\r\n")
        # A lone CR or LF is read differently by different servers: that is how a second mail gets smuggled in.
        if not self.content.endswith(b"\r\n") or {self.content.count(end) for end in (b"\r", b"\n")} != {lines}:
            raise ValueError("mail: the content must be whole lines that end in CRLF")


def usable_address(address: str) -> str:
    """Return the address as the wire knows it: a domain such as `læge.dk` in its ASCII form.

    Raises:
        UnusableAddressError: It is no address, is too long, or needs a mailbox name outside ASCII.
    """
    mailbox, _, domain = address.rpartition("@")
    wire = f"{mailbox}@{domain if domain.isascii() else _ascii_domain(domain)}"
    if len(wire) > _LONGEST_ADDRESS or len(mailbox) > _LONGEST_MAILBOX or not _ADDRESS.fullmatch(wire):
        raise UnusableAddressError("an address cannot be used for mail")
    return wire


def _ascii_domain(domain: str) -> str:
    meant = normalize("NFC", domain).lower()
    try:
        ascii_form = meant.encode("idna")
        understood = ascii_form.decode("idna") == meant
    except UnicodeError:
        understood = False
    # Python knows the rules of 2003, which turn "ß" into "ss": that is another domain, with another owner.
    if not understood:
        raise UnusableAddressError("the domain of an address cannot be written in ASCII")
    return ascii_form.decode("ascii")


def message_id(key: str, portal_address: str) -> str:
    """Return the Message-ID that belongs to a key, in the portal's domain.

    Raises:
        ValueError: The key is not made of letters, digits, `-` and `_`.
    """
    return f"<{_plain_key(key)}@{_domain(portal_address)}>"


def bounce_address(outbox_id: str, portal_address: str) -> str:
    """Return the envelope sender that tells which outbox row a bounce is about.

    Raises:
        ValueError: The id is not made of letters, digits, `-` and `_`, or is too long for an address.
    """
    return usable_address(f"bounce+{_plain_key(outbox_id)}@{_domain(portal_address)}")


def compose(
    letter: Letter,
    *,
    clinic: ClinicCard,
    portal_address: str,
    recipient: str,
    outbox_id: str,
    stable_id: str,
    written_at: datetime,
    visit: Visit | None = None,
) -> Mail:
    """Put a letter in its envelope; the same arguments give the same bytes.

    The clinic's name stands as sender before the portal's address, which nobody reads. The envelope sender
    names the outbox row, so that a bounce finds its way home. `stable_id` is the Message-ID, equal on every
    try of this mail (see `message_id`). `written_at` becomes the Date header. A visit goes along as a file for a
    calendar, which holds the clinic's name from the card and times, and asks nobody for an answer.

    Raises:
        UnusableAddressError: The recipient or the portal's address cannot be used.
        ValueError: An id holds more than an id may, or the time has no zone.
    """
    if written_at.tzinfo is None:
        raise ValueError("mail: the time of writing needs a zone")
    to = usable_address(recipient)
    headers = {
        "From": f"{_encoded(clinic.name)}\r\n <{usable_address(portal_address)}>",
        "To": to,
        "Subject": _encoded(letter.subject),
        "Date": format_datetime(written_at),
        "Message-ID": stable_id,
        "Content-Language": letter.language,
    }
    body = _alternatives(letter, boundary=_boundary(stable_id))
    if visit is not None:
        body = _with_file(
            body, replace(visit, clinic=clinic.name), letter.language, boundary=_boundary(f"+{stable_id}")
        )
    content = _lines(headers | _FOR_MACHINES) + body
    return Mail(stable_id, bounce_address(outbox_id, portal_address), to, content)


def _plain_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("mail: an id may hold letters, digits, - and _ only")
    return key


def _domain(address: str) -> str:
    return usable_address(address).rpartition("@")[2]


@lru_cache(maxsize=1024)
def _encoded(words: str) -> str:
    # Always as encoded words: no comma, quote or angle bracket of a name can then be read as syntax.
    return Header(words, "utf-8", maxlinelen=66).encode(linesep="\r\n")


def _boundary(stable_id: str) -> str:
    # "=_" cannot occur in quoted-printable, so no boundary can be met in the text.
    return "=_" + sha256(stable_id.encode()).hexdigest()[:24]


def _lines(headers: dict[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("ascii")


def _alternatives(letter: Letter, *, boundary: str) -> bytes:
    opening = _lines({"Content-Type": f'multipart/alternative; boundary="{boundary}"'})
    parts = (_part("plain", letter.text, boundary), _part("html", letter.html, boundary))
    return opening + b"".join(parts) + f"\r\n--{boundary}--\r\n".encode("ascii")


def _with_file(body: bytes, visit: Visit, language: str, *, boundary: str) -> bytes:
    """Return the body with the visit beside it; no METHOD, so that no mail program answers for the reader."""
    opening = _lines({"Content-Type": f'multipart/mixed; boundary="{boundary}"'})
    headers = {
        "Content-Type": 'text/calendar; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
        "Content-Disposition": 'attachment; filename="appointment.ics"',
    }
    file = b64encode(calendar((visit,), language)).decode("ascii")
    lines = "".join(f"{file[at : at + 76]}\r\n" for at in range(0, len(file), 76)).encode("ascii")
    between = f"\r\n--{boundary}\r\n".encode("ascii")
    return (
        opening + between + body + between + _lines(headers) + b"\r\n" + lines + f"--{boundary}--\r\n".encode("ascii")
    )


def _part(subtype: str, words: str, boundary: str) -> bytes:
    headers = {
        "Content-Type": f'text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
    }
    body = "\r\n".join(words.splitlines()) + "\r\n"
    encoded = binascii.b2a_qp(body.encode("utf-8"), istext=True)
    return f"\r\n--{boundary}\r\n".encode("ascii") + _lines(headers) + b"\r\n" + encoded
