"""The connection to the portal: what it has not taken, and the button that sends everything again."""

from collections.abc import Iterable

import falcon
from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.desk import views
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import push

TAKEN = (200, 201, 204)


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


def _ways(desk: Desk) -> Iterable[Way]:
    sending = CallbacksPage(desk.books, desk.environment, desk.callbacks, desk.portal)
    yield Way("/callbacks", sending)
    yield Way("/callbacks/retry", sending, "retry")
    yield Way("/push", sending, "push")


AREA = Area("Patientkommunikation", (Link("Forbindelse til portalen", "/callbacks"),), _ways)
