"""The inbox: which clinic, who sits at the desk, the folders, and a request with every act that fits it."""

from collections.abc import Iterable

import falcon

from winplc_mock.clinics import all_clinics, clinic_named, clinics_of, everybody
from winplc_mock.desk import forms, labels, views
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import PERSON, Page, filled, go
from winplc_mock.medicines import warnings
from winplc_mock.refusals import RefusedError


class ClinicsPage(Page):
    """/: who is it, and at which of their clinics? Staff of several clinics are one person who chooses (SHR-2)."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The clinics where whoever logged in works; all of them before that."""
        with self._books.store.read() as db:
            people = everybody(db)
            person = next((each for each in people if each.id == req.cookies.get(PERSON)), None)
            clinics = clinics_of(db, person.id) if person else all_clinics(db)
        self._show(resp, "clinics.html", clinics=clinics, people=people, person=person)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Remember who it is, in a cookie as for `StaffChoice`."""
        chosen = filled(req).get("person", [""])[0]
        with self._books.store.read() as db:
            if chosen not in {each.id for each in everybody(db)}:
                raise RefusedError(422, "unknown_staff")
        resp.set_cookie(PERSON, chosen, path="/", secure=False, http_only=True, same_site="Strict")
        go(resp, "/")


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
    """/desk/{clinic}/requests/{request}; a kind may have a template of its own, ``request_<kind>.html``."""

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
        kind = shown["row"]["kind"]
        today = self._books.now()[:10]
        warned = {key: warnings(item, today) for key, item in shown["medicines"].items()}
        fitting = forms.forms_for(kind, shown["row"]["state"])
        templates = [f"request_{kind}.html", "request.html"]
        self._show_desk(req, resp, clinic, templates, forms=fitting, refusal=refusal, warned=warned, **shown)


def _ways(desk: Desk) -> Iterable[Way]:
    folders, requests = FolderPage(desk.books, desk.environment), RequestPage(desk.books, desk.environment)
    yield Way("", folders)
    yield Way("/staff", StaffChoice(desk.books, desk.environment))
    yield Way("/folders/{folder}", folders)
    yield Way("/requests/{request}", requests)
    yield Way("/requests/{request}/{trigger}", requests, "act")


AREA = Area(
    "Indbakke",
    (
        Link("E-mailtilmeldinger", "/folders/signups", "signups"),
        Link("Identitet", "/folders/identity", "identity"),
        Link("Andet", "/folders/other", "other"),
    ),
    _ways,
)
