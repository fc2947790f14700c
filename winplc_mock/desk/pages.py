"""The desk's pages: read from the books, written by acts, redirected after each form."""

from typing import Any
from urllib.parse import parse_qs

import falcon
from jinja2 import Environment, PackageLoader, StrictUndefined

from winplc_mock.acts import OWN_MESSAGE
from winplc_mock.books import Books
from winplc_mock.clinics import all_clinics, clinic_named, staff_of
from winplc_mock.desk import forms, labels, views
from winplc_mock.refusals import RefusedError
from winplc_mock.reports import folder_counts
from winplc_mock.shapes import Staff
from winplc_mock.wire import body_bytes

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def pages_environment() -> Environment:
    """The templates, strict about names and with every value escaped."""
    environment = Environment(
        loader=PackageLoader("winplc_mock.desk"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["local_time"] = labels.local_time
    environment.globals["word"] = labels.word
    environment.globals["labels"] = labels
    return environment


class Page:
    """What every page shares: the books, the templates, the member of staff at the desk."""

    def __init__(self, books: Books, environment: Environment) -> None:
        self._books = books
        self._environment = environment

    def _show(self, resp: falcon.Response, template: str, **shown: Any) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", POLICY)
        resp.set_header("Cache-Control", "no-store")
        resp.text = self._environment.get_template(template).render(**shown)

    def _show_desk(self, req: falcon.Request, resp: falcon.Response, clinic: str, template: str, **shown: Any) -> None:
        with self._books.store.read() as db:
            desk = {
                "clinic": clinic_named(db, clinic),
                "staff": staff_of(db, clinic),
                "counts": folder_counts(db, clinic),
            }
        self._show(resp, template, acting=self._acting(req, clinic), **desk, **shown)

    def _acting(self, req: falcon.Request, clinic: str) -> Staff:
        chosen = req.cookies.get(f"staff_{clinic}")
        try:
            return self._books.staff(clinic, chosen)
        except RefusedError as refused:
            if refused.code != "unknown_staff":
                raise
            return self._books.staff(clinic, None)


class ClinicsPage(Page):
    """/: which clinic?"""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The clinics of this system."""
        with self._books.store.read() as db:
            clinics = all_clinics(db)
        self._show(resp, "clinics.html", clinics=clinics)


class StaffChoice(Page):
    """/desk/{clinic}/staff: who sits at the desk?"""

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Remember the choice in a cookie; unknown staff are refused."""
        chosen = self._books.staff(clinic, filled(req).get("staff", [""])[0])
        # No TLS on localhost, so the cookie cannot be marked secure; it holds a staff id and vouches for nothing.
        resp.set_cookie(f"staff_{clinic}", chosen.id, path="/desk", secure=False, http_only=True, same_site="Strict")
        go(resp, f"/desk/{clinic}")


class FolderPage(Page):
    """/desk/{clinic} and its folders."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, folder: str = "econsults") -> None:
        """The folder's requests, or the watched answers nobody has read."""
        if folder not in labels.FOLDERS:
            raise RefusedError(404, "unknown_folder")
        with self._books.store.read() as db:
            rows = views.unread(db, clinic) if folder == "unread_answers" else views.folder(db, clinic, folder)
        template = "unread.html" if folder == "unread_answers" else "folder.html"
        self._show_desk(req, resp, clinic, template, folder=folder, rows=rows)


class SignUpsPage(Page):
    """/signups: those of every clinic in one list, with the clinic on each row; ``?clinic=`` narrows it (ACC-6)."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The list."""
        chosen = req.get_param("clinic") or None
        with self._books.store.read() as db:
            clinics = all_clinics(db)
            if chosen is not None:
                clinic_named(db, chosen)
            rows = views.signups(db, chosen)
        self._show(resp, "signups.html", clinics=clinics, chosen=chosen, rows=rows)


class RequestPage(Page):
    """/desk/{clinic}/requests/{request}."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:
        """The request with every form that fits it now."""
        self._show_request(req, resp, clinic, request)

    def on_post_act(
        self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str, trigger: str
    ) -> None:
        """Do the act; what is wrong with the form is said on the page."""
        with self._books.store.read() as db:
            kind = views.request(db, clinic, request)["row"]["kind"]
        form = forms.form_of(kind, trigger)
        if form is None:
            raise RefusedError(404, "unknown_act")
        content = forms.content_of(form, filled(req))
        try:
            self._books.act(clinic, request, [(trigger, content)], self._acting(req, clinic))
        except RefusedError as refused:
            resp.status = refused.status
            self._show_request(req, resp, clinic, request, refused.code)
        else:
            go(resp, f"/desk/{clinic}/requests/{request}")

    def _show_request(
        self, req: falcon.Request, resp: falcon.Response, clinic: str, request: str, refusal: str | None = None
    ) -> None:
        with self._books.store.read() as db:
            shown = views.request(db, clinic, request)
        fitting = forms.forms_for(shown["row"]["kind"], shown["row"]["state"])
        self._show_desk(req, resp, clinic, "request.html", forms=fitting, refusal=refusal, **shown)


class MessagePage(Page):
    """/desk/{clinic}/message: Opret E-svar."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """The empty form."""
        self._show_form(req, resp, clinic)

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Send the message."""
        content = forms.content_of(forms.OWN_MESSAGE, filled(req))
        try:
            self._books.act(clinic, None, [(OWN_MESSAGE, content)], self._acting(req, clinic))
        except RefusedError as refused:
            resp.status = refused.status
            self._show_form(req, resp, clinic, refused.code)
        else:
            go(resp, f"/desk/{clinic}/folders/unread_answers")

    def _show_form(self, req: falcon.Request, resp: falcon.Response, clinic: str, refusal: str | None = None) -> None:
        with self._books.store.read() as db:
            patients = views.patients(db, clinic)
        shown = {"form": forms.OWN_MESSAGE, "patients": patients, "refusal": refusal}
        self._show_desk(req, resp, clinic, "message.html", **shown)


def filled(req: falcon.Request) -> dict[str, list[str]]:
    """A posted form.

    Raises:
        RefusedError: 400 ``malformed`` if it is not UTF-8.
    """
    try:
        return parse_qs(body_bytes(req).decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise RefusedError(400, "malformed") from None


def go(resp: falcon.Response, address: str) -> None:
    """Redirect after a form, so that reloading does not repeat it."""
    resp.status = falcon.HTTP_303
    resp.set_header("Location", address)
