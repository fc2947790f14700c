"""What every page of the desk shares: read from the books, written by acts, redirected after each form."""

from typing import Any
from urllib.parse import parse_qs

import falcon
from jinja2 import Environment, PackageLoader, StrictUndefined

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named, staff_of
from winplc_mock.desk import labels
from winplc_mock.refusals import RefusedError
from winplc_mock.reports import folder_counts
from winplc_mock.shapes import Staff
from winplc_mock.wire import body_bytes

PERSON = "person"
"""The cookie that says who sits at the desk, at whichever clinic."""

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

    def _show(self, resp: falcon.Response, template: str | list[str], **shown: Any) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.set_header("Content-Security-Policy", POLICY)
        resp.set_header("Cache-Control", "no-store")
        names = [template] if isinstance(template, str) else template
        resp.text = self._environment.select_template(names).render(**shown)

    def _show_desk(
        self, req: falcon.Request, resp: falcon.Response, clinic: str, template: str | list[str], **shown: Any
    ) -> None:
        with self._books.store.read() as db:
            desk = {
                "clinic": clinic_named(db, clinic),
                "staff": staff_of(db, clinic),
                "counts": folder_counts(db, clinic),
                "here": req.path,
            }
        self._show(resp, template, acting=self._acting(req, clinic), **desk, **shown)

    def _acting(self, req: falcon.Request, clinic: str) -> Staff:
        chosen = req.cookies.get(f"staff_{clinic}") or req.cookies.get(PERSON)
        try:
            return self._books.staff(clinic, chosen)
        except RefusedError as refused:
            if refused.code != "unknown_staff":
                raise
            return self._books.staff(clinic, None)


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
