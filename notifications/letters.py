"""Every letter a patient can get: one pure function each, which cannot be handed anything confidential."""

import re
from collections.abc import Mapping
from typing import Final

from notifications.letter_sheet import ClinicCard, Letter, LetterMaker, is_web_address, sheet
from notifications.rendering import Language
from notifications.visit_letters import VisitTime, appointment_news, appointment_reminder, slot_offered

__all__ = ("LETTERS", "ClinicCard", "Letter", "UnknownLetterError", "write")

# What the letters promise; the rooms that let a code or a link expire keep to the same numbers.
LOGIN_CODE_MINUTES: Final = 10
RECOVERY_LINK_MINUTES: Final = 30
ACTIVATION_LINK_DAYS: Final = 7

_LOGIN_CODE = re.compile(r"[0-9]{6}")


class UnknownLetterError(LookupError):
    """No letter goes by that name."""


def message_waiting(clinic: ClinicCard, language: Language) -> Letter:
    """The clinic has answered an e-consultation or decided on a renewal: log in and read."""
    return sheet("message_waiting", clinic, language)


def request_delayed(clinic: ClinicCard, language: Language) -> Letter:
    """A request has waited an hour for the clinic: we keep trying, phone if it matters."""
    return sheet("request_delayed", clinic, language)


def request_late(clinic: ClinicCard, language: Language) -> Letter:
    """The promised day has passed without an answer: neutral, and phone if it matters."""
    return sheet("request_late", clinic, language)


def request_undelivered(clinic: ClinicCard, language: Language) -> Letter:
    """We have given up: the request did not arrive, phone the clinic."""
    return sheet("request_undelivered", clinic, language)


def request_closed(clinic: ClinicCard, language: Language) -> Letter:
    """The clinic has closed a request; the reason is read after log-in."""
    return sheet("request_closed", clinic, language)


def login_code(clinic: ClinicCard, language: Language, *, code: str) -> Letter:
    """The six digits that finish a log-in; never in the subject, which shows on a locked screen.

    Raises:
        ValueError: The code is not six digits.
    """
    if not _LOGIN_CODE.fullmatch(code):
        raise ValueError("login code: must be six digits")
    return sheet("login_code", clinic, language, code=code, minutes=LOGIN_CODE_MINUTES)


def recovery_link(clinic: ClinicCard, language: Language, *, link: str) -> Letter:
    """The single-use link that leads to a new password.

    Raises:
        ValueError: The link is not a web address.
    """
    if not is_web_address(link):
        raise ValueError("recovery link: must be a web address")
    return sheet("recovery_link", clinic, language, link=link, minutes=RECOVERY_LINK_MINUTES)


def password_changed(clinic: ClinicCard, language: Language, *, link: str | None = None) -> Letter:
    """The password was changed: if that was not you, phone the clinic, or shut the account by the link.

    Raises:
        ValueError: The link is not a web address.
    """
    if link is not None and not is_web_address(link):
        raise ValueError("dispute link: must be a web address")
    return sheet("password_changed", clinic, language, link=link)


def address_changed(clinic: ClinicCard, language: Language) -> Letter:
    """The clinic has changed the address of the account; told to the old one and the new one alike."""
    return sheet("address_changed", clinic, language)


def password_replaced(clinic: ClinicCard, language: Language) -> Letter:
    """The password was given anew by the clinic, or changed by its owner: if that was not you, phone the clinic."""
    return sheet("password_replaced", clinic, language)


def factor_added(clinic: ClinicCard, language: Language) -> Letter:
    """The account has a further second factor: if that was not you, phone the clinic."""
    return sheet("factor_added", clinic, language)


def factor_removed(clinic: ClinicCard, language: Language) -> Letter:
    """A second factor of the account was removed: if that was not you, phone the clinic."""
    return sheet("factor_removed", clinic, language)


def user_changed(clinic: ClinicCard, language: Language) -> Letter:
    """Something about the user was changed by the clinic or the portal: what it is, is not said."""
    return sheet("user_changed", clinic, language)


def activation_link(clinic: ClinicCard, language: Language, *, link: str) -> Letter:
    """The single-use link by which a new user chooses a password.

    Raises:
        ValueError: The link is not a web address.
    """
    if not is_web_address(link):
        raise ValueError("activation link: must be a web address")
    return sheet("activation_link", clinic, language, link=link, days=ACTIVATION_LINK_DAYS)


def clinic_joined(clinic: ClinicCard, language: Language) -> Letter:
    """Somebody who can log in already is now a user of this clinic too: nothing is to be done."""
    return sheet("clinic_joined", clinic, language)


def enrolment_declined(clinic: ClinicCard, language: Language) -> Letter:
    """The clinic has not approved an enrolment; why is not said, for it may tell whose patient somebody is."""
    return sheet("enrolment_declined", clinic, language)


def farewell(clinic: ClinicCard, language: Language) -> Letter:
    """The reader is no longer a user of the clinic's: the last letter to an address."""
    return sheet("farewell", clinic, language)


LETTERS: Final[Mapping[str, LetterMaker]] = {
    maker.__name__: maker
    for maker in (
        message_waiting,
        appointment_news,
        slot_offered,
        appointment_reminder,
        request_delayed,
        request_late,
        request_undelivered,
        request_closed,
        login_code,
        recovery_link,
        password_changed,
        password_replaced,
        factor_added,
        factor_removed,
        address_changed,
        user_changed,
        farewell,
        activation_link,
        clinic_joined,
        enrolment_declined,
    )
}


def write(name: str, clinic: ClinicCard, language: Language, **extras: str | bool | VisitTime) -> Letter:
    """Write the letter of that name.

    Args:
        name: A key of `LETTERS`.
        clinic: Whose patient the letter is for.
        language: The patient's choice.
        extras: `code` for `login_code`, `link` for `recovery_link`, `password_changed` and `activation_link`,
            `visit` for `appointment_news`, both `visit` and `form_due` for `appointment_reminder`, nothing for the
            others.

    Raises:
        UnknownLetterError: No letter goes by that name.
        TypeError: The letter misses an extra, or was handed one that it has no place for.
        ValueError: An extra is not what the letter can carry.
    """
    maker = LETTERS.get(name)
    if maker is None:
        raise UnknownLetterError(f"no letter is called {name!r}; there are: {', '.join(sorted(LETTERS))}")
    return maker(clinic, language, **extras)
