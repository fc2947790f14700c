"""The calendar: a day or a week, who has each time, the bookings that wait for a yes, and what staff do to times."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import falcon
from jinja2 import Environment

from winplc_mock import calendar_book
from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.appointment_types import TypesPage
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.desk.week_definitions import WeeksPage
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import push_times
from winplc_mock.refusals import RefusedError
from winplc_mock.store import written
from winplc_mock.weeks import COPENHAGEN

_DAYS = {"day": 1, "week": 7}
Do = Callable[[Any, str, str], None]
DEEDS: Mapping[str, Do] = {
    "block": lambda db, clinic, key: calendar_book.offer(db, clinic, key, offered=False),
    "open": lambda db, clinic, key: calendar_book.offer(db, clinic, key, offered=True),
    "phone": calendar_book.book_by_phone,
    "free": calendar_book.end_by_phone,
    "remove": calendar_book.remove,
}
"""What staff do to one time."""


class CalendarPage(Page):
    """/desk/{clinic}/calendar."""

    def __init__(self, books: Books, environment: Environment, portal: Portal) -> None:
        super().__init__(books, environment)
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """The times of a day or a week, with who has each."""
        self._show_times(req, resp, clinic)

    def on_post_deed(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, deed: str) -> None:
        """Do something to one time, and tell the portal of it and of those that lie across it."""
        do, key = DEEDS.get(deed), filled(req).get("slot", [""])[0]
        if do is None:
            raise RefusedError(404, "unknown_act")
        try:
            with self._books.store.write() as db:
                keys = calendar_book.beside(db, clinic, key)
                do(db, clinic, key)
        except RefusedError as refused:
            resp.status = refused.status
            self._show_times(req, resp, clinic, refused.code)
            return
        removed = [key] if deed == "remove" else []
        self._told(req, resp, clinic, [each for each in keys if each not in removed], removed)

    def on_post_time(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Add one time."""
        form = {name: values[0] for name, values in filled(req).items()}
        try:
            slot = _slot(form)
            with self._books.store.write() as db:
                calendar_book.require_type(db, clinic, form.get("reason", ""))
                calendar_book.add_slot(db, clinic, slot)
        except RefusedError as refused:
            resp.status = refused.status
            self._show_times(req, resp, clinic, refused.code)
            return
        self._told(req, resp, clinic, [str(slot["key"])], [])

    def _told(
        self, req: falcon.Request, resp: falcon.Response, clinic: str, keys: list[str], removed: list[str]
    ) -> None:
        taken = push_times(self._books, self._portal, clinic, self._acting(req, clinic), keys, removed)
        where = f"view={_view(req)}&day={self._day(req)}"
        go(resp, f"/desk/{clinic}/calendar?{where}&told={'sent' if taken else 'failed'}")

    def _show_times(self, req: falcon.Request, resp: falcon.Response, clinic: str, refusal: str | None = None) -> None:
        view, day = _view(req), self._day(req)
        first = day - timedelta(days=day.weekday()) if view == "week" else day
        after = first + timedelta(days=_DAYS[view])
        with self._books.store.read() as db:
            rows = views.calendar(db, clinic, written(_midnight(first)), written(_midnight(after)))
            choices = {"types": calendar_book.types(db, clinic), "practitioners": views.practitioners(db, clinic)}
        step = timedelta(days=_DAYS[view])
        shown: dict[str, Any] = {"view": view, "day": first, "before": first - step, "after": first + step}
        shown |= {"refusal": refusal, **choices}
        days = [(each, [row for row in rows if _local_day(row["starts_at"]) == each]) for each in _from(first, after)]
        self._show_desk(req, resp, clinic, "calendar.html", days=days, told=req.get_param("told"), **shown)

    def _day(self, req: falcon.Request) -> date:
        """The day that is looked at, today by default."""
        try:
            return date.fromisoformat(req.get_param("day") or "")
        except ValueError:
            return self._books.clock().astimezone(COPENHAGEN).date()


def _view(req: falcon.Request) -> str:
    view = req.get_param("view") or "week"
    return view if view in _DAYS else "week"


def _slot(form: dict[str, str]) -> dict[str, str | None]:
    """A time from its form: RefusedError 422 ``week`` if day, hour or length are none."""
    try:
        start = datetime.combine(date.fromisoformat(form["on"]), time.fromisoformat(form["at"]), COPENHAGEN).astimezone(
            UTC
        )
        minutes = int(form["minutes"])
    except (KeyError, ValueError):
        raise RefusedError(422, "week") from None
    if not 0 < minutes <= 24 * 60:
        raise RefusedError(422, "week")
    local = start.astimezone(COPENHAGEN)
    return {
        "key": f"{form.get('practitioner', '')}-{local:%Y%m%d-%H%M}-{minutes}",
        "practitioner": form.get("practitioner", ""),
        "starts_at": written(start),
        "ends_at": written(start + timedelta(minutes=minutes)),
        "reason": form.get("reason", ""),
        "released_at": None,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), COPENHAGEN)


def _local_day(moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(COPENHAGEN).date()


def _from(first: date, after: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((after - first).days))


def _ways(desk: Desk) -> Iterable[Way]:
    page = CalendarPage(desk.books, desk.environment, desk.portal)
    yield Way("/calendar", page)
    yield Way("/calendar/times", page, "time")
    yield Way("/calendar/{deed}", page, "deed")
    yield Way("/appointment-types", TypesPage(desk.books, desk.environment, desk.portal))
    yield Way("/weeks", WeeksPage(desk.books, desk.environment, desk.portal))


AREA = Area(
    "Kalender",
    (
        Link("Tidsbestillinger", "/folders/calendar", "calendar"),
        Link("Kalender", "/calendar"),
        Link("Ugedefinitioner", "/weeks"),
        Link("Aftaletyper", "/appointment-types"),
    ),
    _ways,
)
