"""Renewals: the folder in which they wait, and each patient's medicine list with a doctor's standing exceptions."""

from collections.abc import Iterable

import falcon
from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.medicines import Exceptions, warnings
from winplc_mock.refusals import RefusedError


class MedicinesPage(Page):
    """/desk/{clinic}/patients/{number}/medicines."""

    def __init__(self, books: Books, environment: Environment, exceptions: Exceptions) -> None:
        super().__init__(books, environment)
        self._exceptions = exceptions

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """The list, all that is known of each medicine, and what to look at."""
        self._show_list(req, resp, clinic, number, told=req.get_param("told"))

    def on_post_exception(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Let a medicine be renewed until a day, or end that; what is wrong with the form is said on the page."""
        given = {name: values[0].strip() for name, values in filled(req).items()}
        acting, medicine = self._acting(req, clinic), given.get("medicine", "")
        with self._books.store.read() as db:
            cpr = views.patient(db, clinic, number)["row"]["cpr"]
        try:
            if "end" in given:
                word = self._exceptions.end(clinic, cpr, medicine, acting)
            else:
                until, plan = given.get("until", ""), given.get("plan", "")
                word = self._exceptions.grant(clinic, cpr, medicine, until, plan, acting)
        except RefusedError as refused:
            resp.status = refused.status
            self._show_list(req, resp, clinic, number, refusal=refused.code)
        else:
            go(resp, f"/desk/{clinic}/patients/{number}/medicines?told={word}")

    def _show_list(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        clinic: str,
        number: int,
        *,
        told: str | None = None,
        refusal: str | None = None,
    ) -> None:
        with self._books.store.read() as db:
            shown = views.patient(db, clinic, number)
        today = self._books.now()[:10]
        warned = {item["key"]: warnings(item, today) for item in shown["medicines"]}
        self._show_desk(
            req, resp, clinic, "medicines.html", told=told, refusal=refusal, warned=warned, today=today, **shown
        )


def _ways(desk: Desk) -> Iterable[Way]:
    page = MedicinesPage(desk.books, desk.environment, Exceptions(desk.books, desk.portal))
    yield Way("/patients/{number:int}/medicines", page)
    yield Way("/patients/{number:int}/exception", page, "exception")


AREA = Area("Fornyelser", (Link("Receptfornyelser", "/folders/renewals", "renewals"),), _ways)
