"""What the portal keeps for the clinic to look after, asked for when the desk shows it: lists, and numbers."""

from typing import Any
from urllib.parse import urlencode

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.portal_client import Portal, PortalUnreachableError, Reply
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical

UNREACHABLE = "unreachable"
OK, CONFLICT = 200, 409


class Tasks:
    """Calls the portal for one clinic's lists and numbers."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal

    def listed(self, slug: str, name: str, cursor: str | None) -> dict[str, Any]:
        """Return one page of a list of the portal's.

        Raises:
            RefusedError: 502 ``unreachable`` when the portal does not say.
        """
        query = urlencode({"limit": 50, **({"cursor": cursor} if cursor else {})})
        return _said(self._call("GET", slug, f"lists/{name}?{query}"))

    def numbers(self, slug: str, first: str, last: str) -> dict[str, Any]:
        """Return the numbers of a period; ``refused`` says what is wrong with it.

        Raises:
            RefusedError: see ``listed``.
        """
        reply = self._call("GET", slug, f"statistics?{urlencode({'first_day': first, 'last_day': last})}")
        if reply is not None and reply.status == 400:  # noqa: PLR2004 - HTTP's own
            faults = reply.json().get("errors") or [{}]
            return {"refused": str(faults[0].get("detail", "")) or "Perioden kan ikke bruges."}
        return _said(reply)

    def handled(self, slug: str, request: str, how: str, staff: Staff) -> str:
        """Tell the portal how the patient was reached; return how it went."""
        said = {"acting_staff": staff.model_dump(), "at": self._books.now(), "content": {"how": how}}
        reply = self._call("POST", slug, f"requests/{request}/handled", canonical(said).encode())
        if reply is None:
            return UNREACHABLE
        return {OK: "handled", CONFLICT: "handled_before"}.get(reply.status, "refused")

    def _call(self, method: str, slug: str, path: str, body: bytes = b"") -> Reply | None:
        with self._books.store.read() as db:
            clinic = clinic_named(db, slug)
        try:
            return self._portal.call(clinic, method, f"/v1/clinic/{path}", self._books.new_id(), body)
        except PortalUnreachableError:
            return None


def _said(reply: Reply | None) -> dict[str, Any]:
    if reply is None or reply.status != OK:
        raise RefusedError(502, UNREACHABLE)
    return reply.json()
