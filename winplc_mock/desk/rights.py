"""The stamkort's tab Kommunikation: what one patient may do, and that a patient has moved or died (PAT-1)."""

import falcon
from jinja2 import Environment

from winplc_mock.books import Books
from winplc_mock.desk import views
from winplc_mock.desk.communication import CONFLICT, in_utc
from winplc_mock.desk.pages import Page, filled, go
from winplc_mock.desk.tab_fields import SERVICES
from winplc_mock.portal_client import Reply
from winplc_mock.tabs import NOTHING_YET, OK, Tabs


class RightsPage(Page):
    """/desk/{clinic}/patients/{number}/rights."""

    def __init__(self, books: Books, environment: Environment, tabs: Tabs) -> None:
        super().__init__(books, environment)
        self._tabs = tabs

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """The rights in force; ``?as_of=`` shows those that were."""
        self._show_rights(req, resp, clinic, number, told=req.get_param("told"))

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Send the switches with the tag of those that were read."""
        form, row = filled(req), self._row(clinic, number)
        services = {kind: kind in form.get("services", []) for kind, _ in SERVICES}
        card = {"cpr": row["cpr"], "email": row["email"], "no_mitid": bool(row["no_mitid"]), "services": services}
        tag = form.get("tag", [NOTHING_YET])[0]
        reply = self._tabs.send(clinic, "PUT", "rights", self._acting(req, clinic), card, tag)
        if reply.status == OK:
            self._tabs.keep_rights(clinic, row["cpr"], services)
            go(resp, f"/desk/{clinic}/patients/{number}/rights?told=sent")
            return
        self._show_rights(req, resp, clinic, number, reply=reply)

    def on_post_departure(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, number: int) -> None:
        """Report that the patient has moved or died, or take it back."""
        reason, cpr = filled(req).get("reason", [""])[0], self._row(clinic, number)["cpr"]
        door, said = ("departure", {"cpr": cpr, "reason": reason}) if reason else ("return", {"cpr": cpr})
        reply = self._tabs.send(clinic, "POST", f"patients/{door}", self._acting(req, clinic), said)
        if reply.status == OK:
            go(resp, f"/desk/{clinic}/patients/{number}/rights?told=sent")
            return
        self._show_rights(req, resp, clinic, number, reply=reply)

    def _show_rights(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        clinic: str,
        number: int,
        *,
        reply: Reply | None = None,
        told: str | None = None,
    ) -> None:
        row, moment = self._row(clinic, number), req.get_param("as_of") or ""
        asked = {"cpr": row["cpr"], "as_of": in_utc(moment) or None}
        found = self._tabs.ask(clinic, "rights/lookup", self._acting(req, clinic), asked)
        if reply is not None:
            resp.status = str(reply.status)
        shown = {"row": row, "card": found.found, "tag": found.tag, "services": SERVICES, "as_of": moment, "told": told}
        conflict = reply is not None and reply.status == CONFLICT
        self._show_desk(
            req,
            resp,
            clinic,
            "rights.html",
            conflict=conflict,
            problem=reply.json() if reply else {},
            address=f"/desk/{clinic}/patients/{number}/rights",
            **shown,
        )

    def _row(self, clinic: str, number: int) -> dict[str, str]:
        with self._books.store.read() as db:
            return dict(views.patient(db, clinic, number)["row"])
