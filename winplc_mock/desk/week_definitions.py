"""Week definitions: open hours, periods and release, from which the calendar's times are laid out (BOO-13)."""

from typing import Any

import falcon
from jinja2 import Environment
from pydantic import ValidationError

from winplc_mock import calendar_book
from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import push_times
from winplc_mock.refusals import RefusedError
from winplc_mock.weeks import COPENHAGEN, WeekDefinition


class WeeksPage(Page):
    """/desk/{clinic}/weeks."""

    def __init__(self, books: Books, environment: Environment, portal: Portal) -> None:
        super().__init__(books, environment)
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """What is defined, and the form of one more."""
        self._show_weeks(req, resp, clinic)

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Keep a definition, lay out its times, and send the new ones to the portal."""
        today = self._books.clock().astimezone(COPENHAGEN).date()
        try:
            week = WeekDefinition.model_validate(_defined(filled(req)))
            with self._books.store.write() as db:
                keys = calendar_book.put_week(db, clinic, week, today)
        except (ValidationError, ValueError):
            self._refuse(req, resp, clinic, "week")
            return
        except RefusedError as refused:
            self._refuse(req, resp, clinic, refused.code)
            return
        taken = push_times(self._books, self._portal, clinic, self._acting(req, clinic), keys)
        go(resp, f"/desk/{clinic}/weeks?told={'sent' if taken else 'failed'}&laid={len(keys)}")

    def _refuse(self, req: falcon.Request, resp: falcon.Response, clinic: str, code: str) -> None:
        resp.status = 422
        self._show_weeks(req, resp, clinic, code)

    def _show_weeks(self, req: falcon.Request, resp: falcon.Response, clinic: str, refusal: str | None = None) -> None:
        with self._books.store.read() as db:
            shown = {
                "weeks": calendar_book.weeks(db, clinic),
                "types": calendar_book.types(db, clinic),
                "practitioners": views.practitioners(db, clinic),
            }
        told = {"told": req.get_param("told"), "laid": req.get_param("laid"), "refusal": refusal}
        self._show_desk(req, resp, clinic, "weeks.html", **shown, **told)


def _defined(form: dict[str, list[str]]) -> dict[str, Any]:
    """The definition that a filled-in form stands for; ValueError where a number is none."""
    one = {name: values[0].strip() for name, values in form.items()}
    hours = {"opens": one.get("opens", ""), "closes": one.get("closes", "")}
    period = {"reason": one.get("reason", ""), "minutes": int(one.get("minutes", ""))}
    period |= {"release": one.get("release", "at_once"), "opens": one.get("from") or hours["opens"]}
    return {
        "key": one.get("key", ""),
        "practitioner": one.get("practitioner", ""),
        "first_day": one.get("first_day", ""),
        "last_day": one.get("last_day") or None,
        "every_weeks": int(one.get("every_weeks", "1")),
        "openings": [{"weekdays": [int(each) for each in form.get("weekdays", [])], **hours}],
        "periods": [period | {"closes": one.get("to") or hours["closes"]}],
    }
