"""The desk's registers: stamkort, calendar, callbacks, and the button that sends them to the portal."""

from importlib.resources import files
from typing import Any

import falcon
from jinja2 import Environment

from winplc_mock.accounts import Accounts
from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.desk import views
from winplc_mock.desk.accounts import AccountsPage
from winplc_mock.desk.pages import (
    ClinicsPage,
    FolderPage,
    MessagePage,
    Page,
    RequestPage,
    SignUpsPage,
    StaffChoice,
    filled,
    go,
    pages_environment,
)
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import make_user, push

TAKEN = (200, 201, 204)


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


class CalendarPage(Page):
    """/desk/{clinic}/calendar."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Every time and who has it."""
        with self._books.store.read() as db:
            rows = views.calendar(db, clinic)
        self._show_desk(req, resp, clinic, "calendar.html", rows=rows)


class CallbacksPage(Page):
    """/desk/{clinic}/callbacks: what the portal has not taken, and what else is sent to it."""

    def __init__(self, books: Books, environment: Environment, callbacks: Callbacks, portal: Portal) -> None:
        super().__init__(books, environment)
        self._callbacks = callbacks
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """The list, and how the last sending went."""
        with self._books.store.read() as db:
            rows = views.callbacks(db, clinic)
        self._show_desk(req, resp, clinic, "callbacks.html", rows=rows, sent=req.get_param("sent"))

    def on_post_retry(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Try one callback again."""
        self._callbacks.retry(filled(req).get("event", [""])[0])
        go(resp, f"/desk/{clinic}/callbacks")

    def on_post_push(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Send settings, people, calendar and medicines to the portal."""
        pushed = push(self._books, self._portal, clinic, self._acting(req, clinic))
        taken = sum(entry["status"] in TAKEN for entry in pushed)
        go(resp, f"/desk/{clinic}/callbacks?sent={taken}-{len(pushed)}")


class Style:
    """/desk.css."""

    def __init__(self) -> None:
        self._text = (files("winplc_mock.desk") / "static" / "desk.css").read_text(encoding="utf-8")

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The one style sheet."""
        resp.content_type = "text/css; charset=utf-8"
        resp.text = self._text


def add_desk(
    app: "falcon.App[falcon.Request, falcon.Response]", books: Books, callbacks: Callbacks, portal: Portal
) -> None:
    """Add the desk's routes."""
    environment = pages_environment()
    desk = "/desk/{clinic}"
    folders, requests = FolderPage(books, environment), RequestPage(books, environment)
    patients = PatientsPage(books, environment, portal)
    sending = CallbacksPage(books, environment, callbacks, portal)
    accounts = AccountsPage(books, environment, Accounts(books, portal))
    app.add_route("/", ClinicsPage(books, environment))
    app.add_route("/signups", SignUpsPage(books, environment))
    app.add_route("/desk.css", Style())
    app.add_route(desk, folders)
    app.add_route(f"{desk}/staff", StaffChoice(books, environment))
    app.add_route(f"{desk}/folders/{{folder}}", folders)
    app.add_route(f"{desk}/requests/{{request}}", requests)
    app.add_route(f"{desk}/requests/{{request}}/{{trigger}}", requests, suffix="act")
    app.add_route(f"{desk}/message", MessagePage(books, environment))
    app.add_route(f"{desk}/patients", patients)
    app.add_route(f"{desk}/patients/{{number:int}}", patients, suffix="one")
    app.add_route(f"{desk}/patients/{{number:int}}/user", patients, suffix="user")
    for form in ("address", "confirmation", "password", "detachment"):
        app.add_route(f"{desk}/patients/{{number:int}}/{form}", accounts, suffix=form)
    app.add_route(f"{desk}/held", accounts)
    app.add_route(f"{desk}/calendar", CalendarPage(books, environment))
    app.add_route(f"{desk}/callbacks", sending)
    app.add_route(f"{desk}/callbacks/retry", sending, suffix="retry")
    app.add_route(f"{desk}/push", sending, suffix="push")
