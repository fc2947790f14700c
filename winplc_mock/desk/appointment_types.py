"""Appointment types: their names, code and length, and whether patients may book them (BOO-11)."""

import falcon
from jinja2 import Environment
from pydantic import ValidationError

from winplc_mock import calendar_book
from winplc_mock.books import Books
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.portal_client import Portal
from winplc_mock.pushes import push_type


class TypesPage(Page):
    """/desk/{clinic}/appointment-types."""

    def __init__(self, books: Books, environment: Environment, portal: Portal) -> None:
        super().__init__(books, environment)
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Every type with its form, and an empty one."""
        self._show_types(req, resp, clinic)

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Keep a type and tell the portal of it."""
        form = {name: values[0].strip() for name, values in filled(req).items()}
        minutes = form.pop("minutes", "")
        try:
            kind = calendar_book.AppointmentType.model_validate(
                form | {"minutes": int(minutes) if minutes.isdecimal() else 0}
            )
        except ValidationError:
            resp.status = 422
            self._show_types(req, resp, clinic, "week")
            return
        with self._books.store.write() as db:
            calendar_book.put_type(db, clinic, kind)
        taken = push_type(self._books, self._portal, clinic, self._acting(req, clinic), kind.key)
        go(resp, f"/desk/{clinic}/appointment-types?told={'sent' if taken else 'failed'}")

    def _show_types(self, req: falcon.Request, resp: falcon.Response, clinic: str, refusal: str | None = None) -> None:
        with self._books.store.read() as db:
            types = calendar_book.types(db, clinic)
        told = req.get_param("told")
        self._show_desk(req, resp, clinic, "appointment_types.html", types=types, told=told, refusal=refusal)
