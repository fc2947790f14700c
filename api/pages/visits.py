"""Who reads a page, of which clinic: what the frame around every page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import falcon

from api.call import Call, Language
from api.given import Services
from api.pages.rendering import LANGUAGES, Rendering
from api.patient.words import said
from api.problem_document import ProblemDocument
from api.proofs import cookie
from api.same_site import csrf_token, form_word
from identity.outcomes import UnauthenticatedError
from identity.subject import Patient
from storage.clinics import find_clinic
from storage.database import Connection
from storage.scope import enter, scope_of
from storage.standing import ClinicStanding
from workflows.catalogue import Catalogue

_ELSEWHERE = {"password_must_change": "/profile/password", "not_enrolled": "/enrol"}
_PROOF, _PROOF_LIVES = "__Host-verified", timedelta(minutes=30)
_UNAUTHENTICATED = 401
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: the clinic, and who has logged in, if anyone; `csrf` is the word that every form of theirs sends."""

    clinic: ClinicStanding
    patient: Patient | None
    csrf: str
    shelves: Sequence[tuple[str, str]]

    @property
    def shown(self) -> Mapping[str, object]:
        """What the frame shows."""
        settings = self.clinic.settings
        return {
            "slug": self.clinic.slug,
            "clinic": settings.name,
            "phone": settings.phone,
            "opening_hours": settings.opening_hours,
            "emergency_text": settings.emergency_text,
            "logged_in": self.patient is not None,
            "csrf": self.csrf,
            "shelves": self.shelves,
        }


class Visits:
    """Receives visitors, and shows them out with an answer in words when something is not to be had."""

    def __init__(self, services: Services, rendering: Rendering) -> None:
        self._services, self._rendering = services, rendering
        self._shelves = {language: _shelves(services.catalogue, language) for language in LANGUAGES}

    def at(self, call: Call, connection: Connection, slug: str) -> Visit:
        """Return the visit; on a page that is open to anyone, a log-in that the browser shows counts too.

        Raises:
            NotFoundError: there is no such clinic.
        """
        return self.of(call, find_clinic(connection, slug))

    def of(self, call: Call, clinic: ClinicStanding) -> Visit:
        """Return the visit to a clinic that has been read already."""
        patient = call.principal if isinstance(call.principal, Patient) else None
        csrf = "" if patient is None else csrf_token(self._services.keyring, patient.log_in)
        return Visit(clinic, patient, csrf, self._shelves[call.language])

    def recognise(self, call: Call) -> None:
        """Let a page that is open to anyone know who has logged in; a log-in that has ended is nobody's."""
        token = cookie(call)
        if token is None or isinstance(call.principal, Patient):
            return
        try:
            call.principal = self._services.log_ins.who(token, None, by_cookie=True)
        except UnauthenticatedError:
            return
        enter(scope_of(call.principal))

    def tell(self, call: Call, resp: falcon.Response, problem: ProblemDocument) -> None:
        """Answer a problem in words; who must log in first is led there, as is who must do something else first."""
        slug = str(call.variables.get("slug", ""))
        if call.is_page and problem.status == _UNAUTHENTICATED and slug:
            if self._show_what_was_written(call, resp, slug):
                return
            resp.status = _SEE_OTHER
            resp.data, resp.text = None, ""
            resp.set_header("Location", log_in_address(slug, call.relative_uri if call.method == "GET" else ""))
            return
        if slug and (elsewhere := _ELSEWHERE.get(problem.code)) is not None:
            resp.data, resp.text = None, ""
            _keep_proof(resp, problem.verified)
            go(resp, f"/{slug}{elsewhere}")
            return
        resp.data = None
        self._rendering.write(call, resp, "problem.html", problem=problem, slug=slug)

    def _show_what_was_written(self, call: Call, resp: falcon.Response, slug: str) -> bool:
        """Show what was typed before the log-in ended, with the way back; return whether anything was."""
        written = _written(call)
        if written:
            resp.data, address = None, log_in_address(slug, call.path)
            self._rendering.write(call, resp, "logged_out.html", slug=slug, written=written, address=address)
        return bool(written)


def _written(call: Call) -> str:
    """Return what somebody wrote in a form of ours before the log-in ended, so that it is not lost."""
    from_us = call.get_header("Sec-Fetch-Site") in {None, "same-origin"}
    return form_word(call, "text") if call.method == "POST" and from_us else ""


def _shelves(catalogue: Catalogue, language: Language) -> Sequence[tuple[str, str]]:
    """Return each kind whose requests patients keep, with what they are called together."""
    return [(kind, said(each.shelf, language)) for kind, each in catalogue.items() if each.shelf is not None]


def log_in_address(slug: str, afterwards: str) -> str:
    """Return where one logs in at a clinic, to come back to a page of the same clinic."""
    back = f"?next={quote(afterwards, safe='')}" if is_own(slug, afterwards) else ""
    return f"/{slug}/log-in{back}"


def is_own(slug: str, address: str) -> bool:
    """Return whether an address is a page of this clinic: no other is ever sent to."""
    return address.isprintable() and address.startswith((f"/{slug}/", f"/{slug}?")) and "\\" not in address


def shown_proof(call: Call) -> str | None:
    """Return what shows to the sign-up form that MitID has vouched for somebody who is no user yet."""
    return next(iter(call.get_cookie_values(_PROOF) or ()), None)


def _keep_proof(resp: falcon.Response, proof: str | None) -> None:
    """Keep it in this browser, out of reach of scripts, for as long as it holds."""
    if proof is not None:
        seconds = int(_PROOF_LIVES.total_seconds())
        resp.set_cookie(_PROOF, proof, max_age=seconds, path="/", secure=True, http_only=True, same_site="Lax")


def go(resp: falcon.Response, address: str) -> None:
    """Answer that the next page is to be read elsewhere, so that a reload sends nothing again."""
    resp.status = _SEE_OTHER
    resp.set_header("Location", address)
