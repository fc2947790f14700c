"""The tabs of Patientkommunikation as the portal has them: read, and changed by whoever has read what they change."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.portal_client import Portal, PortalUnreachableError, Reply
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical

ROOT = "/v1/clinic"
OK, NOT_FOUND = 200, 404
NOTHING_YET = "*"


_OF_SEVERAL = {
    "practitioner": (
        "DELETE FROM practitioners WHERE clinic = ? AND key = ?",
        "INSERT INTO practitioners (clinic, key, details) VALUES (?, ?, ?)",
    ),
    "closure": (
        "DELETE FROM closures WHERE clinic = ? AND key = ?",
        "INSERT INTO closures (clinic, key, details) VALUES (?, ?, ?)",
    ),
}


@dataclass(frozen=True)
class Shown:
    """What the portal answered to a question: its content, and the tag to send with a change (``*``: none yet)."""

    found: dict[str, Any]
    tag: str

    @property
    def content(self) -> dict[str, Any]:
        """What is in force."""
        content: dict[str, Any] = self.found.get("content", {})
        return content


class Tabs:
    """Calls the portal for one clinic's settings, in the name of the member of staff at the desk."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal

    def read(self, slug: str, path: str, **query: str) -> Shown:
        """Return what the portal has under a path; nothing where there is none.

        Raises:
            RefusedError: 502 ``unreachable`` when the portal does not say.
        """
        words = urlencode({name: value for name, value in query.items() if value})
        reply = self._call(slug, "GET", f"{ROOT}/{path}{f'?{words}' if words else ''}")
        return _shown(reply)

    def ask(self, slug: str, path: str, staff: Staff, content: dict[str, Any]) -> Shown:
        """Return the answer to a question that holds what must not stand in an address.

        Raises:
            RefusedError: as ``read``.
        """
        return _shown(self._call(slug, "POST", f"{ROOT}/{path}", staff, content))

    def send(
        self, slug: str, method: str, path: str, staff: Staff, content: dict[str, Any], tag: str | None = None
    ) -> Reply:
        """Send a change, with the tag of what it replaces; return what the portal said.

        Raises:
            RefusedError: as ``read``.
        """
        headers = {} if tag is None else {"if-none-match": "*"} if tag == NOTHING_YET else {"if-match": tag}
        return self._call(slug, method, f"{ROOT}/{path}", staff, content, headers)

    def keep(self, slug: str, topic: str, key: str | None, content: dict[str, Any] | None) -> None:
        """Write into the clinic's own books what the portal has taken; nothing is no longer there."""
        with self._books.store.write() as db:
            if topic == "settings" and content is not None:
                own = (content["name"], content["auto_create_bookings"], canonical(content), slug)
                db.execute("UPDATE clinics SET name = ?, auto_confirm = ?, settings = ? WHERE slug = ?", own)
                return
            delete, insert = _OF_SEVERAL[topic]
            db.execute(delete, (slug, key))
            if content is not None:
                db.execute(insert, (slug, key, canonical(content)))

    def keep_rights(self, slug: str, cpr: str, services: dict[str, bool]) -> None:
        """Write a patient's rights on the stamkort."""
        with self._books.store.write() as db:
            db.execute("UPDATE patients SET rights = ? WHERE clinic = ? AND cpr = ?", (canonical(services), slug, cpr))

    def _call(
        self,
        slug: str,
        method: str,
        path: str,
        staff: Staff | None = None,
        content: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        with self._books.store.read() as db:
            clinic = clinic_named(db, slug)
        body = b""
        if staff is not None:
            said = {"acting_staff": staff.model_dump(), "at": self._books.now(), "content": content}
            body = canonical(said).encode()
        try:
            return self._portal.call(clinic, method, path, self._books.new_id(), body, headers=headers)
        except PortalUnreachableError:
            raise RefusedError(502, "unreachable") from None


def _shown(reply: Reply) -> Shown:
    if reply.status == NOT_FOUND:
        return Shown({}, NOTHING_YET)
    if reply.status != OK:
        raise RefusedError(502, "unreachable", str(reply.json().get("code", "")))
    return Shown(reply.json(), reply.headers.get("etag", NOTHING_YET))
