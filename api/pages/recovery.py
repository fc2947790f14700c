"""The page behind a recovery link: a plain form. Looking at it uses nothing up; only sending it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs

import falcon
from jinja2 import Environment, StrictUndefined

from api.call import Call, Language
from api.contract import Route, contract
from api.errors import refused_status
from api.given import Services
from api.inputs import InvalidBodyError, WrongMediaTypeError
from api.patient.recovering import Recovering
from api.patient.words import in_language, said
from api.throttle import Throttle
from identity.outcomes import NotFoundError, TooManyRequestsError
from storage.clinics import find_clinic
from workflows.vocabulary import Refusal, Say

FORM = "application/x-www-form-urlencoded"
LARGEST_FORM = 4096
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_FOLDER = Path(__file__).parent / "static"
_MEDIA = {"recovery.js": "text/javascript", "recovery.css": "text/css"}
_WEAK = 422
_DONE = Say(
    "Adgangskoden er skiftet. Du kan nu logge ind med den nye.",
    "The password is changed. You can now log in with the new one.",
)
WORDS: Mapping[str, Say] = MappingProxyType(
    {
        "title": Say("Vælg en ny adgangskode", "Choose a new password"),
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
        "send": Say("Skift adgangskode", "Change password"),
    },
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the page says of an attempt."""

    sentence: str
    done: bool = False


class RecoveryPage:
    """Shows the form and takes it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recovering = Recovering(services)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)
        self._page = Environment(autoescape=True, undefined=StrictUndefined).from_string(
            (_FOLDER / "recovery.html").read_text(encoding="utf-8"),
        )
        self._files = {name: (_FOLDER / name).read_bytes() for name in _MEDIA}

    @contract(summary="See the recovery form", audience="public", produces="text/html", errors=(NotFoundError,))
    def show(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the empty form."""
        self._write(call, resp, slug, None)

    @contract(
        summary="Send the recovery form",
        audience="public",
        produces="text/html",
        also={409: "The link does not hold", 422: "The link does not hold, or the password is too weak"},
        errors=(NotFoundError, WrongMediaTypeError, TooManyRequestsError),
        largest_body=LARGEST_FORM,
        description=f"A form ({FORM}) with `token` and `password`, as the page sends it.",
    )
    def take(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Use the link and say how it went."""
        self._throttle.knock(call)
        typed = _typed(call)
        try:
            refusal = self._recovering.use(call, slug, typed["token"], typed["password"])
        except InvalidBodyError as error:
            resp.status = _WEAK
            told = _Told(error.faults[0].words[call.language])
        else:
            resp.status = 200 if refusal is None else refused_status(refusal.rule)
            told = _Told(said(_DONE, call.language), done=True) if refusal is None else _refusal(refusal, call.language)
        self._write(call, resp, slug, told)

    @contract(
        summary="Read a file of the recovery page", audience="public", produces="text/plain", errors=(NotFoundError,)
    )
    def file(self, _call: Call, resp: falcon.Response, *, name: str) -> None:
        """Answer one of the page's own files; no other can be named."""
        if name not in self._files:
            raise NotFoundError
        resp.data = self._files[name]
        resp.content_type = f"{_MEDIA[name]}; charset=utf-8"

    def _write(self, call: Call, resp: falcon.Response, slug: str, told: _Told | None) -> None:
        with self._services.database.reading() as connection:
            clinic = find_clinic(connection, slug)
        language = in_language(call, resp)
        resp.text = self._page.render(
            language=language,
            clinic=clinic.settings.name,
            slug=clinic.slug,
            words={name: said(say, language) for name, say in WORDS.items()},
            told=told.sentence if told else None,
            done=told is not None and told.done,
        )
        resp.content_type = "text/html; charset=utf-8"
        resp.set_header("Content-Security-Policy", PAGE_POLICY)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("GET", "/{slug}/recovery", self.show, "public", clinic),
            Route("POST", "/{slug}/recovery", self.take, "public", clinic),
            Route("GET", "/pages/{name}", self.file, "public", {"name": "The file's name"}),
        ]


def _typed(call: Call) -> dict[str, str]:
    """Return what the form holds; a field that is missing or comes twice is empty.

    Raises:
        WrongMediaTypeError: it is no form.
        InputError: the body cannot be read.
    """
    if (call.content_type or "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaTypeError
    sent = parse_qs(call.body_bytes().decode("utf-8", "replace"))
    return {name: sent[name][0] if len(sent.get(name, ())) == 1 else "" for name in ("token", "password")}


def _refusal(refusal: Refusal, language: Language) -> _Told:
    rule = refusal.rule
    return _Told(f"{said(rule.sentence, language)} {said(rule.next_step, language)}")
