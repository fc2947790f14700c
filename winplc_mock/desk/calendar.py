"""The calendar: every time and who has it, and the bookings that wait for a yes."""

from collections.abc import Iterable

import falcon

from winplc_mock.desk import views
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page


class CalendarPage(Page):
    """/desk/{clinic}/calendar."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Every time and who has it."""
        with self._books.store.read() as db:
            rows = views.calendar(db, clinic)
        self._show_desk(req, resp, clinic, "calendar.html", rows=rows)


def _ways(desk: Desk) -> Iterable[Way]:
    yield Way("/calendar", CalendarPage(desk.books, desk.environment))


AREA = Area(
    "Kalender",
    (
        Link("Tidsbestillinger", "/folders/calendar", "calendar"),
        Link("Venteliste", "/folders/waiting", "waiting"),
        Link("Kalender", "/calendar"),
    ),
    _ways,
)
