"""The stamkort: a clinic's patients, their rights, and their way into the portal."""

from collections.abc import Iterable
from typing import Any

import falcon
from jinja2 import Environment

from winplc_mock.accounts import Accounts
from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.accounts import AccountsPage
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.desk.rights import RightsPage
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import make_user
from winplc_mock.tabs import Tabs


class PatientsPage(Page):
    """/desk/{clinic}/patients."""

    def __init__(self, books: Books, environment: Environment, portal: Portal) -> None:
        super().__init__(books, environment)
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """All stamkort."""
        with self._books.store.read() as db:
            rows = views.patients(db, clinic)
        self._show_desk(req, resp, clinic, "patients.html", rows=rows)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """One stamkort."""
        with self._books.store.read() as db:
            shown = views.patient(db, clinic, number)
        told = {"made": req.get_param("user"), "told": req.get_param("told")}
        self._show_desk(req, resp, clinic, "patient.html", **told, **shown)

    def on_post_user(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Make the patient a user of the portal, or link one; the card keeps the mark and the rights."""
        form = filled(req)
        wish: dict[str, Any] = {"email": form.get("email", [""])[0], "language": form.get("language", ["da"])[0]}
        wish |= {"services": form.get("services", []), "no_mitid": "no_mitid" in form}
        made = make_user(self._books, self._portal, clinic, number, wish, self._acting(req, clinic))
        go(resp, f"/desk/{clinic}/patients/{number}?user={made}")


def _ways(desk: Desk) -> Iterable[Way]:
    patients = PatientsPage(desk.books, desk.environment, desk.portal)
    accounts = AccountsPage(desk.books, desk.environment, Accounts(desk.books, desk.portal))
    yield Way("/patients", patients)
    yield Way("/patients/{number:int}", patients, "one")
    yield Way("/patients/{number:int}/user", patients, "user")
    rights = RightsPage(desk.books, desk.environment, Tabs(desk.books, desk.portal))
    yield Way("/patients/{number:int}/rights", rights)
    yield Way("/patients/{number:int}/rights/departure", rights, "departure")
    for form in ("address", "confirmation", "password", "detachment"):
        yield Way(f"/patients/{{number:int}}/{form}", accounts, form)


AREA = Area("Patienter", (Link("Stamkort", "/patients"),), _ways)
