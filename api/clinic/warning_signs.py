"""The warning signs that a clinic asks about before an e-consultation, and whom they have stopped (NEW-12)."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import falcon
from pydantic import BaseModel

from api.call import Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.clinic.versions import expected_version
from api.contract import IF_MATCH, Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.outcomes import KeyReusedError, VersionMismatchError
from identity.subject import Clinic
from storage.access import Seen
from storage.database import Connection
from storage.decided import SIGNS
from storage.inbox import Answer
from storage.stops import Stop, stops_at
from storage.versions import current
from workflows.warning_signs import DEFAULT, WarningSigns

READ, CHANGE, STOPS = "clinic.signs.read", "clinic.signs.change", "clinic.stop.read"
_PATH = "/v1/clinic/warning-signs"


class SignsInForce(BaseModel):
    """The version that was put in force."""

    version: int


class StoppedPatient(BaseModel):
    """A patient whose message a yes has stopped, and to which questions of which version."""

    id: UUID
    cpr: str
    at: Moment
    version: int
    signs: tuple[str, ...]


class ClinicSigns:
    """Reads and changes the questions, and shows whom they stopped."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting, self._decisions = services, Noting(services), Decisions(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"stops"))

    @contract(
        summary="Read the warning signs in force",
        audience="clinic",
        out=WarningSigns,
        headers={"ETag": "The version"},
        description="Before a clinic has put its own in force: the portal's, as version 0.",
    )
    def read(self, call: Call, resp: falcon.Response) -> WarningSigns:
        """Answer both sets and whether they are required."""
        with self._services.database.reading() as connection:
            found = current(connection, call.caller(Clinic).clinic, SIGNS)
        resp.set_header("ETag", f'"{found.version if found else 0}"')
        return WarningSigns.model_validate(found.body) if found else DEFAULT

    @contract(
        summary="Change the warning signs",
        audience="clinic",
        body=ClinicCall[WarningSigns],
        out=SignsInForce,
        needs=(IF_MATCH,),
        headers={"ETag": "The version"},
        errors=(VersionMismatchError, KeyReusedError),
        description="Who has answered the version before is asked to answer again when they send.",
    )
    def put(self, call: Call, resp: falcon.Response, *, body: ClinicCall[WarningSigns]) -> SignsInForce:
        """Put the sets in force, if nobody has changed them since they were read."""
        expected, staff = expected_version(call), body.acting_staff

        def act(connection: Connection, clinic: Clinic) -> Answer:
            decided = {"decided": body.content, "expected": expected}
            return {"version": self._decisions.put(connection, clinic, staff, SIGNS, **decided)}

        answer = self._decisions.take(call, Decision(CHANGE, staff, act))
        resp.set_header("ETag", f'"{answer["version"]}"')
        return SignsInForce.model_validate(answer)

    @contract(
        summary="List the patients whom a warning sign stopped",
        audience="clinic",
        query=Paging,
        out=Page[StoppedPatient],
        description="The newest first, while the clinic has chosen to be told; for 90 days.",
    )
    def stops(self, call: Call, _resp: falcon.Response, *, query: Paging) -> Page[StoppedPatient]:
        """Answer one page, and note the look at each patient that it shows."""
        clinic, services = call.caller(Clinic), self._services
        scope = f"stops:{clinic.clinic}"
        seen = Seen("clinic", STOPS, "ok", actor=clinic.slug, clinic=clinic.clinic, purpose=SIGNS, corr=call.request_id)
        with services.database.writing() as connection:
            after = self._after(query.cursor, scope)
            found = stops_at(connection, services.keyring, clinic.clinic, after, query.limit + 1)
            page = found[: query.limit]
            for look in [replace(seen, person=each.person) for each in page] or [seen]:
                self._noting.within(connection, look)
        return Page(
            items=tuple(_shown(each) for each in page),
            next_cursor=self._seal(page[-1], scope) if len(found) > query.limit else None,
        )

    def _after(self, cursor: str | None, scope: str) -> tuple[datetime, UUID] | None:
        if cursor is None:
            return None
        at, identifier = self._cursors.read(cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def _seal(self, last: Stop, scope: str) -> str:
        return self._cursors.seal((last.at.isoformat(), str(last.id)), scope)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", _PATH, self.read, READ),
            Route("PUT", _PATH, self.put, CHANGE),
            Route("GET", "/v1/clinic/stops", self.stops, STOPS),
        ]


def _shown(stop: Stop) -> StoppedPatient:
    return StoppedPatient(id=stop.id, cpr=stop.cpr.digits, at=stop.at, version=stop.version, signs=stop.signs)
