"""What the desk does for a patient's way into the portal, sent at once: a new address, a confirmation, who waits."""

from typing import Any

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.portal_client import Portal, PortalUnreachableError, Reply
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical

UNKNOWN, REFUSED, UNREACHABLE = "no_user", "refused", "unreachable"


class Accounts:
    """Calls the portal for one clinic's patients, with the member of staff who asked for it."""

    def __init__(self, books: Books, portal: Portal) -> None:
        self._books = books
        self._portal = portal

    def change_address(self, slug: str, cpr: str, email: str, staff: Staff) -> str:
        """Change the address in the portal, then on the stamkort; return how it went.

        A patient who is no user of the portal has the stamkort changed alone.
        """
        reply = self._call("PUT", slug, "address", staff, {"cpr": cpr, "email": email})
        word = _word(reply, "address")
        if word in {"address", UNKNOWN}:
            with self._books.store.write() as db:
                db.execute("UPDATE patients SET email = ? WHERE clinic = ? AND cpr = ?", (email, slug, cpr))
        return word

    def confirm(self, slug: str, cpr: str, staff: Staff) -> str:
        """Tell the portal that staff have confirmed who the patient is; return how it went."""
        return _word(self._call("POST", slug, "confirmation", staff, {"cpr": cpr}), "confirmed")

    def give_password(self, slug: str, cpr: str, staff: Staff) -> tuple[str, str | None]:
        """Have the portal give the patient a one-time password; return how it went, and the password to hand over."""
        reply = self._call("POST", slug, "password", staff, {"cpr": cpr})
        word = _word(reply, "password")
        given = str(reply.json()["password"]) if reply is not None and word == "password" else None
        return word, given

    def detach(self, slug: str, cpr: str, staff: Staff) -> str:
        """Tell the portal that the patient is a user of the clinic no longer; return how it went."""
        return _word(self._call("POST", slug, "detachment", staff, {"cpr": cpr}, of="users"), "detached")

    def held(self, slug: str) -> list[dict[str, Any]]:
        """Return who waits to be confirmed, as the portal lists them.

        Raises:
            RefusedError: 502 ``unreachable`` when the portal does not say.
        """
        reply = self._call("GET", slug, "held", None, None)
        if reply is None or reply.status != 200:  # noqa: PLR2004 - HTTP's own
            raise RefusedError(502, UNREACHABLE)
        items: list[dict[str, Any]] = reply.json().get("items", [])
        return items

    def _call(
        self,
        method: str,
        slug: str,
        door: str,
        staff: Staff | None,
        content: dict[str, str] | None,
        of: str = "accounts",
    ) -> Reply | None:
        with self._books.store.read() as db:
            clinic = clinic_named(db, slug)
        body = b""
        if staff is not None:
            said = {"acting_staff": staff.model_dump(), "at": self._books.now(), "content": content}
            body = canonical(said).encode()
        try:
            return self._portal.call(clinic, method, f"/v1/clinic/{of}/{door}", self._books.new_id(), body)
        except PortalUnreachableError:
            return None


def _word(reply: Reply | None, done: str) -> str:
    if reply is None:
        return UNREACHABLE
    if reply.status in {200, 204}:
        return done
    return UNKNOWN if reply.status == 404 else REFUSED  # noqa: PLR2004 - HTTP's own
