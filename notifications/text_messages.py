"""What a text message says: which clinic, and where to log in. As little as a letter, in one line.

A letter's arguments cannot hold content, by their types; a text message is written from the same, and read once more.
"""

import re
from collections.abc import Mapping
from typing import Final

from notifications.letters import ClinicCard, UnknownLetterError
from notifications.rendering import Language

_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "message_waiting": {
        "da": "{name}: Der er en besked til dig. Log på {url}",
        "en": "{name}: There is a message for you. Log in at {url}",
    },
    "appointment_news": {
        "da": "{name}: Der er nyt om en tid. Log på {url}",
        "en": "{name}: There is news of an appointment. Log in at {url}",
    },
    "appointment_reminder": {
        "da": "{name}: Du har snart en tid. Log på og se hvornår: {url}",
        "en": "{name}: You have an appointment soon. Log in to see when: {url}",
    },
    "slot_offered": {
        "da": "{name}: Der er en ledig tid til dig. Den holdes kort. Log på og svar: {url}",
        "en": "{name}: There is a free time for you, held for a short while. Log in to answer: {url}",
    },
    "request_closed": {
        "da": "{name}: Klinikken har afsluttet en henvendelse. Log på {url}",
        "en": "{name}: The clinic has closed a request. Log in at {url}",
    },
    "request_delayed": {
        "da": "{name}: Din henvendelse er endnu ikke nået frem. Kan det ikke vente, så ring {phone}",
        "en": "{name}: Your request has not arrived yet. If it cannot wait, phone {phone}",
    },
    "request_late": {
        "da": "{name}: Din henvendelse er endnu ikke besvaret. Kan det ikke vente, så ring {phone}",
        "en": "{name}: Your request is not answered yet. If it cannot wait, phone {phone}",
    },
    "request_undelivered": {
        "da": "{name}: Din henvendelse nåede ikke frem. Ring {phone}",
        "en": "{name}: Your request did not arrive. Phone {phone}",
    },
}
# A day and a month that there are, as in a CPR number or its replacement; a phone number is no such thing.
_LIKE_CPR: Final = re.compile(r"(?<!\d)(?:[06][1-9]|[1278]\d|[39][01])(?:0[1-9]|1[0-2])\d{2}[ -]?[0-9A-Z]{4}(?!\w)")


class RevealsError(ValueError):
    """The words hold something like a CPR number: they do not leave the house."""


def text_message(letter: str, clinic: ClinicCard, language: Language) -> str:
    """Return what the text message in place of a letter says.

    Raises:
        UnknownLetterError: no text message stands for a letter of that name.
        RevealsError: what the clinic wrote of itself holds something like a CPR number.
    """
    words = _WORDS.get(letter)
    if words is None:
        raise UnknownLetterError(f"no text message stands for {letter!r}")
    return checked(words[language].format(name=clinic.name, phone=clinic.phone, url=clinic.front_page_url))


def checked(words: str) -> str:
    """Return words that hold nothing like a CPR number.

    Raises:
        RevealsError: they do.
    """
    if _LIKE_CPR.search(words):
        raise RevealsError("words that look like a CPR number do not leave the house")
    return words
