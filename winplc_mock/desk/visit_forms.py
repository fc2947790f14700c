"""The forms before a visit: staff write the questions to a kind of appointment, one a line."""

from collections.abc import Iterable
from typing import Any

import falcon
from jinja2 import Environment

from winplc_mock import visit_forms
from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.desk.area import Area, Desk, Link, Way
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.portal_client import Portal, PortalUnreachableError
from winplc_mock.shapes import canonical

KINDS = {"tekst": "text", "valg": "choice", "tal": "number", "ja/nej": "yes_no", "dato": "date"}
TOLD = {"200": "Skemaet er sendt til portalen.", "422": "Portalen tog ikke imod skemaet. Se linjerne efter."}


class FormsPage(Page):
    """/desk/{clinic}/visit-forms."""

    def __init__(self, books: Books, environment: Environment, portal: Portal) -> None:
        super().__init__(books, environment)
        self._portal = portal

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Each kind of appointment with its questions."""
        with self._books.store.read() as db:
            known = visit_forms.forms(db, clinic)
            reasons = [
                row["reason"] for row in db.execute("SELECT DISTINCT reason FROM slots WHERE clinic = ?", (clinic,))
            ]
        lines = {reason: lines_of(known.get(reason, {"questions": []})) for reason in sorted({*reasons, *known})}
        told = TOLD.get(req.get_param("told") or "", "Portalen svarede ikke." if req.get_param("told") else "")
        self._show_desk(req, resp, clinic, "visit_forms.html", lines=lines, told=told)

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Keep the form and send it to the portal."""
        form = filled(req)
        reason, details = form["reason"][0], {"questions": questions_of(form.get("lines", [""])[0])}
        with self._books.store.write() as db:
            visit_forms.keep_form(db, clinic, reason, details)
            owner = clinic_named(db, clinic)
        acting = self._acting(req, clinic).model_dump()
        body = canonical({"acting_staff": acting, "at": self._books.now(), "content": details}).encode()
        try:
            path = f"/v1/clinic/visit-forms/{reason}"
            told = self._portal.call(owner, "PUT", path, self._books.new_id(), body).status
        except PortalUnreachableError:
            told = 0
        go(resp, f"/desk/{clinic}/visit-forms?told={told}")


def questions_of(text: str) -> list[dict[str, Any]]:
    """The questions that lines stand for: ``Dansk | English | kind | skal | first; second``."""
    lines = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    return [_question(number, [*parts, "", "", "", ""]) for number, parts in enumerate(lines, start=1)]


def _question(number: int, parts: list[str]) -> dict[str, Any]:
    names = [name.strip() for name in parts[4].split(";") if name.strip()]
    return {
        "key": f"q{number}",
        "da": parts[0],
        "en": parts[1] or parts[0],
        "kind": KINDS.get(parts[2], "text"),
        "required": parts[3] == "skal",
        "options": [{"key": f"o{place}", "da": name, "en": name} for place, name in enumerate(names, start=1)],
    }


def lines_of(form: dict[str, Any]) -> str:
    """The lines that staff would write for a form."""
    names = {kind: name for name, kind in KINDS.items()}
    rows = [
        (
            question["da"],
            question["en"],
            names[question["kind"]],
            "skal" if question["required"] else "",
            "; ".join(each["da"] for each in question["options"]),
        )
        for question in form["questions"]
    ]
    return "\n".join(" | ".join(row).rstrip(" |") for row in rows)


def _ways(desk: Desk) -> Iterable[Way]:
    yield Way("/visit-forms", FormsPage(desk.books, desk.environment, desk.portal))


AREA = Area("Kalender", (Link("Skemaer før besøg", "/visit-forms"),), _ways)
