"""The areas of the desk, in the order of its menu: a new area is one file and one name here."""

from importlib import resources

import falcon

from winplc_mock.books import Books
from winplc_mock.callbacks import Callbacks
from winplc_mock.desk import (
    calendar,
    communication,
    connection,
    e_kons,
    files,
    inbox,
    patients,
    renewals,
    tasks,
    threads,
    visit_forms,
)
from winplc_mock.desk.area import Desk, menu
from winplc_mock.desk.inbox import ClinicsPage, SignUpsPage
from winplc_mock.desk.pages import pages_environment
from winplc_mock.portal_client import Portal

AREAS = (
    e_kons.AREA,
    threads.AREA,
    inbox.AREA,
    files.AREA,
    renewals.AREA,
    calendar.AREA,
    visit_forms.AREA,
    patients.AREA,
    tasks.AREA,
    communication.AREA,
    connection.AREA,
)


class Style:
    """/desk.css."""

    def __init__(self) -> None:
        self._text = (resources.files("winplc_mock.desk") / "static" / "desk.css").read_text(encoding="utf-8")

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """The one style sheet."""
        resp.content_type = "text/css; charset=utf-8"
        resp.text = self._text


def add_desk(
    app: "falcon.App[falcon.Request, falcon.Response]", books: Books, callbacks: Callbacks, portal: Portal
) -> None:
    """Add the desk's routes."""
    environment = pages_environment()
    environment.globals["menu"] = tuple(menu(AREAS))
    desk = Desk(books, environment, portal, callbacks)
    app.add_route("/", ClinicsPage(books, environment))
    app.add_route("/signups", SignUpsPage(books, environment))
    app.add_route("/desk.css", Style())
    for area in AREAS:
        for way in area.ways(desk):
            app.add_route(f"/desk/{{clinic}}{way.path}", way.page, suffix=way.suffix)
