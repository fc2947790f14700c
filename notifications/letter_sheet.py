"""What every letter is written on: the clinic's card, and a sheet that holds nothing confidential of itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from notifications.rendering import HOUSE_STATIONERY, Language


def is_web_address(url: str) -> bool:
    """Return whether this is a plain address of a page, with nobody's name in it."""
    if not (url.isascii() and url.isprintable()) or " " in url:
        return False
    parts = urlsplit(url)
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.username is None


@dataclass(frozen=True, slots=True)
class ClinicCard:
    """What a letter may say of the clinic: all of it is public.

    Attributes:
        name: The clinic's public name, one line.
        phone: The number to call, one line, as it should be read.
        hours: When the phone is answered, in the letter's language; may have several lines.
        emergency_text: Where to turn when it is urgent, in the letter's language; may have several lines.
        front_page_url: The clinic's front page at the portal, without query or fragment, so without a token.

    Raises:
        ValueError: A field is empty, holds control characters, or is not a plain web address.
    """

    name: str
    phone: str
    hours: str
    emergency_text: str
    front_page_url: str

    def __post_init__(self) -> None:
        for label, line in (("name", self.name), ("phone", self.phone)):
            if not (line.strip() and line.isprintable()):
                raise ValueError(f"clinic card: {label} must be one line of printable text")
        for label, lines in (("hours", self.hours), ("emergency_text", self.emergency_text)):
            if not (lines.strip() and lines.replace("\n", "").isprintable()):
                raise ValueError(f"clinic card: {label} must be printable text")
        if not is_web_address(self.front_page_url) or set(self.front_page_url) & {"?", "#"}:
            raise ValueError("clinic card: front_page_url must be a plain web address")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready for its envelope: one line of subject, plain text, an HTML page, and their language.

    The words stay out of `repr`, because some letters carry a secret of the reader's.

    Raises:
        ValueError: The subject is empty or more than one line.
    """

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        if not (self.subject and self.subject.isprintable()):
            raise ValueError("letter: the subject must be one line of printable text")


# Called as maker(clinic, language, **extras); which extras a letter takes is in its own signature.
LetterMaker = Callable[..., Letter]


def sheet(name: str, clinic: ClinicCard, language: Language, **values: object) -> Letter:
    """Return the letter of that name, filled in."""
    return Letter(*HOUSE_STATIONERY.render(name, language, {"clinic": clinic, **values}), language)
