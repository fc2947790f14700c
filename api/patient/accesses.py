"""Who has looked at what is the patient's: at every clinic, on every request, and at the account (LAW-8)."""

from datetime import datetime
from uuid import UUID

import falcon

from api.call import Call
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.patient import views
from api.patient.acting import seen
from api.patient.words import in_language
from identity.subject import Patient
from storage.access import accesses_about
from storage.people import ids_of


class Accesses:
    """Shows the access log about one patient; the look is itself in the log."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"accesses"))

    @contract(
        summary="Read who has looked at what is mine",
        audience="patient",
        query=Paging,
        out=Page[views.LookAtMine],
        description="Newest first, my own looks included. Staff are shown by their role, auditors by their purpose; "
        "what staff did with a request stands in its timeline.",
    )
    def find(self, call: Call, resp: falcon.Response, *, query: Paging) -> Page[views.LookAtMine]:
        """Answer one page, and note the look."""
        services, person, language = self._services, call.caller(Patient).person, in_language(call, resp)
        scope = f"accesses:{person}"
        after = self._after(query.cursor, scope)
        with services.database.writing() as connection:
            rows = accesses_about(connection, ids_of(connection, person), after, query.limit + 1)
            self._noting.within(connection, seen(services, call, "patient.access.read"))
        page = rows[: query.limit]
        position = (page[-1].at.isoformat(), str(page[-1].id)) if len(rows) > query.limit else None
        return Page(
            items=tuple(views.look_at_mine(row, language) for row in page),
            next_cursor=self._cursors.seal(position, scope) if position else None,
        )

    def _after(self, cursor: str | None, scope: str) -> tuple[datetime, UUID] | None:
        if cursor is None:
            return None
        at, identifier = self._cursors.read(cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/v1/me/accesses", self.find, "patient.access.read")]
