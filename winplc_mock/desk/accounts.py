"""The desk's pages for patients who cannot get into the portal: forms on the stamkort, and the list of who waits."""

import falcon
from jinja2 import Environment

from winplc_mock.accounts import Accounts
from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.pages import Page, filled, go


class AccountsPage(Page):
    """/desk/{clinic}/held, and the forms of /desk/{clinic}/patients/{number}."""

    def __init__(self, books: Books, environment: Environment, accounts: Accounts) -> None:
        super().__init__(books, environment)
        self._accounts = accounts

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """Who waits to be confirmed, with their stamkort."""
        held = {each["cpr"]: each for each in self._accounts.held(clinic)}
        with self._books.store.read() as db:
            rows = [row for row in views.patients(db, clinic) if row["cpr"] in held]
        self._show_desk(req, resp, clinic, "held.html", rows=rows, held=held)

    def on_post_address(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Change the address of a patient whose identity has been confirmed."""
        email = filled(req).get("email", [""])[0].strip()
        word = self._accounts.change_address(clinic, self._cpr(clinic, number), email, self._acting(req, clinic))
        go(resp, f"/desk/{clinic}/patients/{number}?told={word}")

    def on_post_confirmation(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Confirm who the patient is."""
        word = self._accounts.confirm(clinic, self._cpr(clinic, number), self._acting(req, clinic))
        go(resp, f"/desk/{clinic}/patients/{number}?told={word}")

    def on_post_detachment(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Let the patient be a user of the clinic no longer."""
        word = self._accounts.detach(clinic, self._cpr(clinic, number), self._acting(req, clinic))
        go(resp, f"/desk/{clinic}/patients/{number}?told={word}")

    def on_post_password(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Have a one-time password made and show it, this once: neither the books nor an address keep it."""
        word, given = self._accounts.give_password(clinic, self._cpr(clinic, number), self._acting(req, clinic))
        if given is None:
            go(resp, f"/desk/{clinic}/patients/{number}?told={word}")
            return
        with self._books.store.read() as db:
            row = views.patient(db, clinic, number)["row"]
        resp.set_header("Cache-Control", "no-store")
        self._show_desk(req, resp, clinic, "given_password.html", row=row, password=given)

    def _cpr(self, clinic: str, number: int) -> str:
        with self._books.store.read() as db:
            cpr: str = views.patient(db, clinic, number)["row"]["cpr"]
        return cpr
