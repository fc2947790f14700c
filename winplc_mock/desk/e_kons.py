"""E-consultations: the folder, the watched answers nobody has read, and messages of the clinic's own."""

from collections.abc import Iterable

import falcon

from winplc_mock.acts import OWN_MESSAGE
from winplc_mock.desk import forms, views
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.refusals import RefusedError


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


def _ways(desk: Desk) -> Iterable[Way]:
    yield Way("/message", MessagePage(desk.books, desk.environment))


AREA = Area(
    "Indbakke",
    (
        Link("E-konsultationer", "/folders/econsults", "econsults"),
        Link("Ulæste svar", "/folders/unread_answers", "unread_answers"),
        Link("Opret E-svar", "/message"),
    ),
    _ways,
)
