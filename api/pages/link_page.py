"""What the pages behind mailed links share: a plain form. Looking at it uses nothing up; only sending it does."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs

import falcon
from jinja2 import Environment, StrictUndefined

from api.call import Call, Language
from api.errors import refused_status
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.patient.words import in_language, said
from storage.clinics import find_clinic
from workflows.vocabulary import Refusal, Say

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 4096
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
FOLDER = Path(__file__).parent / "static"
_WORDS: Mapping[str, Say] = MappingProxyType(
    {
        "token": Say("Koden fra mailens link", "The code of the mail's link"),
        "token_hint": Say(
            "Står feltet tomt, så kopiér det, der kommer efter # i linket.",
            "If the field is empty, copy what follows the # in the link.",
        ),
        "password": Say("Ny adgangskode", "New password"),
        "password_hint": Say(
            "Mindst 8 tegn med stort bogstav, lille bogstav og tal.",
            "At least 8 characters with an upper-case letter, a lower-case letter and a digit.",
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of an attempt, and with which status."""

    sentence: str
    status: int
    done: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One page: the last part of its path, its own words (title, explanation, send), and whether it asks a password."""

    page: str
    words: Mapping[str, Say]
    asks_password: bool


class LinkPage:
    """Writes one form, empty or with what came of sending it."""

    def __init__(self, services: Services, form: Form) -> None:
        self._services = services
        self._form = form
        self._template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
            (FOLDER / "link.html").read_text(encoding="utf-8"),
        )

    def write(self, call: Call, resp: falcon.Response, slug: str, told: Told | None) -> None:
        """Answer the page.

        Raises:
            NotFoundError: there is no such clinic.
        """
        with self._services.database.reading() as connection:
            clinic = find_clinic(connection, slug)
        language = in_language(call, resp)
        resp.text = self._template.render(
            language=language,
            clinic=clinic.settings.name,
            action=f"/{clinic.slug}/{self._form.page}",
            asks_password=self._form.asks_password,
            words={name: said(say, language) for name, say in {**_WORDS, **self._form.words}.items()},
            told=told.sentence if told else None,
            done=told is not None and told.done,
        )
        if told is not None:
            resp.status = told.status
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", PAGE_POLICY)


def typed(call: Call, names: Collection[str]) -> dict[str, str]:
    """Return what the form holds under these names; a field that is missing or comes twice is empty.

    Raises:
        WrongMediaTypeError: it is no form.
        InputError: the body cannot be read.
    """
    if (call.content_type or "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaTypeError
    sent = parse_qs(call.body_bytes().decode("utf-8", "replace"))
    return {name: sent[name][0] if len(sent.get(name, ())) == 1 else "" for name in names}


def told(refusal: Refusal | None, done: Say, language: Language) -> Told:
    """Return what the page says: that it is done, or the rule that refuses."""
    if refusal is None:
        return Told(said(done, language), 200, done=True)
    rule = refusal.rule
    return Told(f"{said(rule.sentence, language)} {said(rule.next_step, language)}", refused_status(rule))
