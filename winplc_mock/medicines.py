"""The medicine lists: what the portal is sent of them, what staff should look at, a doctor's standing exceptions."""

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Any

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.portal_client import Portal, PortalUnreachableError
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical

PATH = "/v1/clinic/medicines"
SENT, REFUSED, UNREACHABLE = "medicines", "refused", "unreachable"
_OK = 200
_FLAGS = ("dependency_forming", "open_prescription")
_OF_A_PATIENT = """
SELECT key, name, dose, dependency_forming, dependency_group, exception_until, exception_by, renewable_from, ordination,
ordination_ended, last_dispensed, expected_used_up, open_prescription FROM medicines
WHERE clinic = ? AND cpr = ? ORDER BY key
"""


def listed(db: sqlite3.Connection, slug: str, cpr: str) -> list[dict[str, Any]]:
    """Give one patient's list as the portal is sent it; the plan behind an exception stays here."""
    rows = db.execute(_OF_A_PATIENT, (slug, cpr))
    return [dict(row) | {flag: bool(row[flag]) for flag in _FLAGS} for row in rows]


def warnings(item: Mapping[str, Any], today: str) -> list[str]:
    """Give what staff should look at before they renew a medicine, as words of the desk; days are compared as text."""
    ended, until = item["ordination_ended"], item["exception_until"]
    told = {
        "ordination_ended": bool(ended and ended <= today and item["open_prescription"]),
        "open_prescription": bool(item["open_prescription"]),
        "dependency_forming": bool(item["dependency_forming"]),
        "exception_ended": bool(until and until < today),
        "not_used_up": bool(item["expected_used_up"] and item["expected_used_up"] > today),
    }
    return [word for word, is_so in told.items() if is_so]


class Exceptions:
    """Sets and ends a doctor's leave to renew what forms dependency, and tells the portal at once."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal

    def grant(self, slug: str, cpr: str, medicine: str, until: str, plan: str, staff: Staff) -> str:
        """Let a medicine be renewed until a day, that day included; tells how sending it went.

        Raises:
            RefusedError: 403 ``not_a_doctor``; 422 ``day`` unless the day is today or later; 404 ``unknown_medicine``.
        """
        if _day(until) < self._today():
            raise RefusedError(422, "day")
        return self._set(slug, cpr, medicine, staff, (until, staff.id, plan))

    def end(self, slug: str, cpr: str, medicine: str, staff: Staff) -> str:
        """Take the leave away. Raises as `grant` does, the day aside."""
        return self._set(slug, cpr, medicine, staff, (None, None, None))

    def _set(self, slug: str, cpr: str, medicine: str, staff: Staff, leave: tuple[str | None, ...]) -> str:
        if staff.role != "doctor":
            raise RefusedError(403, "not_a_doctor")
        with self._books.store.write() as db:
            changed = db.execute(
                "UPDATE medicines SET exception_until = ?, exception_by = ?, exception_plan = ?"
                " WHERE clinic = ? AND cpr = ? AND key = ? AND dependency_forming",
                (*leave, slug, cpr, medicine),
            )
            if changed.rowcount == 0:
                raise RefusedError(404, "unknown_medicine")
        return self.send(slug, cpr, staff)

    def send(self, slug: str, cpr: str, staff: Staff) -> str:
        """Send one patient's whole list to the portal; tells how it went."""
        with self._books.store.read() as db:
            clinic, medicines = clinic_named(db, slug), listed(db, slug, cpr)
        content = {"cpr": cpr, "medicines": medicines}
        said = {"acting_staff": staff.model_dump(), "at": self._books.now(), "content": content}
        try:
            reply = self._portal.call(clinic, "PUT", PATH, self._books.new_id(), canonical(said).encode())
        except PortalUnreachableError:
            return UNREACHABLE
        return SENT if reply.status == _OK else REFUSED

    def _today(self) -> date:
        return date.fromisoformat(self._books.now()[:10])


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(422, "day") from None
