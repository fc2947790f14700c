"""A clinic's front page: what is open and why not, and the ways in; for who has logged in, what can be done."""

from typing import Literal

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import LANGUAGE_COOKIE, Call, Language
from api.contract import HTML, Route, contract
from api.given import Services
from api.noting import Noting
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go, is_own
from api.patient.acting import seen
from api.patient.me import Myself
from api.patient.words import said
from api.public import Front
from identity.outcomes import NotFoundError
from identity.subject import Patient

CLINIC = {"slug": "The clinic's short name"}
YEAR = 365 * 24 * 3600


class Chosen(BaseModel):
    """Which language, and the page to go back to."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    to: Literal["da", "en"] = "da"
    back: str = ""


class FrontPages:
    """Shows a clinic to anyone, and its tiles to who has logged in there."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._front, self._myself, self._noting = Front(services), Myself(services), Noting(services)

    @contract(summary="See a clinic's front page", audience="pages", produces=HTML, errors=(NotFoundError,))
    def show(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the tiles to who has logged in, else what the clinic offers and the ways in."""
        self._visits.recognise(call)
        if isinstance(call.principal, Patient):
            self._show_tiles(call, resp, slug, call.principal)
            return
        front = self._front.read(call, resp, slug=slug)
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        shown = {**visit.shown, "invitations": self._invitations(call.language)}
        self._rendering.write(call, resp, "front.html", **shown, front=front)

    def _show_tiles(self, call: Call, resp: falcon.Response, slug: str, patient: Patient) -> None:
        with self._services.database.writing() as connection:
            visit = self._visits.at(call, connection, slug)
            try:
                own = self._myself.at(connection, visit.clinic, patient, call.language)
            except NotFoundError:
                own = None  # logged in, and at other clinics only: the page says so
            self._noting.within(connection, seen(self._services, call, "patient.me.read", visit.clinic.id))
        shown = {**visit.shown, "invitations": self._invitations(call.language)}
        self._rendering.write(call, resp, "home.html", **shown, own=own)

    def _invitations(self, language: Language) -> dict[str, str]:
        """Return what leads to a new request of each kind that patients keep."""
        kinds = self._services.catalogue.items()
        return {kind: said(each.invitation, language) for kind, each in kinds if each.invitation is not None}

    @contract(
        summary="Choose the language of the pages",
        audience="pages",
        produces=HTML,
        query=Chosen,
        status=303,
        headers={"Location": "The page one came from", "Set-Cookie": "The language"},
    )
    def choose(self, _call: Call, resp: falcon.Response, *, slug: str, query: Chosen) -> None:
        """Remember the language in this browser, and go back."""
        resp.set_cookie(LANGUAGE_COOKIE, query.to, max_age=YEAR, path="/", secure=True, http_only=True, same_site="Lax")
        go(resp, query.back if is_own(slug, query.back) else f"/{slug}")

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}", self.show, "public", CLINIC),
            Route("GET", "/{slug}/language", self.choose, "public", CLINIC),
        ]
