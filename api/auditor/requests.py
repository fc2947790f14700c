"""What an auditor reads: which requests there were, and each one's history with its proof."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import falcon
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from api.auditor.purpose import Purpose, Search, purpose_of
from api.call import Call
from api.contract import Route, contract
from api.cursor import Cursors, Page
from api.given import Services
from api.inputs import InvalidQueryError
from api.noting import Noting
from api.strict_json import Moment
from evidence.chain import Row, first_flaw
from identity.outcomes import NotFoundError
from identity.subject import Auditor
from storage.access import Seen
from storage.deliveries import deliveries_of
from storage.requests import Found, HistoryRow, Requests
from storage.requests import Page as Wanted
from workflows.vocabulary import State

READ, HISTORY = "auditor.request.read", "auditor.history.read"


class AuditedRequest(BaseModel):
    """A request without its words and without who the patient is."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    clinic: str
    kind: str
    state: State
    channel: str
    initiator: str
    practitioner: str | None
    outcome: str | None
    steps: Annotated[int, Field(validation_alias="version", description="How many rows the history has")]
    created_at: Moment
    changed_at: Moment


class HistoryStep(BaseModel):
    """One row of the history. `body` is what was hashed: canonical JSON gives its exact bytes again."""

    model_config = ConfigDict(populate_by_name=True)

    n: int
    at: Moment
    trigger: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    actor: str
    body: Annotated[dict[str, Any] | None, Field(description="Null where what is stored is no JSON any more")]
    prev: Annotated[str, Field(description="Hexadecimal SHA-256 of the row before; zeros for the first")]
    hash: Annotated[str, Field(description="Hexadecimal SHA-256 over a byte 2, `prev` and the body's bytes")]


class Verified(BaseModel):
    """Whether the chain of the rows holds; if not, the first row that is wrong and what is wrong with it."""

    whole: bool
    n: int | None = None
    fault: str | None = None


class GivenToWinPlc(BaseModel):
    """One delivery to the clinic's system: its reference, when, and the keyed fingerprint of what it was given."""

    model_config = ConfigDict(from_attributes=True)

    reference: str | None
    journal_copy: str | None
    at: Moment
    fingerprint: Annotated[str, BeforeValidator(lambda given: given.hex() if isinstance(given, bytes) else given)]


class RequestHistory(BaseModel):
    """All that happened to one request, and whether it is proven whole."""

    id: UUID
    clinic: str
    kind: str
    state: State
    rows: tuple[HistoryStep, ...]
    verified: Verified
    deliveries: tuple[GivenToWinPlc, ...]


class AuditedRequests:
    """Shows requests and histories within the auditor's grant; every look-up is itself recorded, with its purpose."""

    def __init__(self, services: Services, cursors: Cursors) -> None:
        self._services = services
        self._cursors = cursors
        self._noting = Noting(services)

    @contract(
        summary="Find requests",
        audience="auditor",
        query=Search,
        out=Page[AuditedRequest],
        errors=(InvalidQueryError,),
        description="Newest first, and only what the grant covers: its clinics, and the days the requests were made.",
    )
    def find(self, call: Call, _resp: falcon.Response, *, query: Search) -> Page[AuditedRequest]:
        """Answer one page, and record that it was looked at."""
        auditor, why = call.caller(Auditor), purpose_of(call, query)
        scope = f"audit:{auditor.id}:{query.clinic}:{query.kind}:{query.state}"
        wanted = Wanted(query.kind, query.state, query.clinic, self._after(query.cursor, scope), query.limit + 1)
        with self._services.database.writing() as connection:
            self._noting.within(connection, _seen(auditor, READ, "ok", why, call))
            found = Requests(connection, self._services.keyring, auditor).page(wanted)
        shown = found[: query.limit]
        more = self._cursor(shown[-1], scope) if len(found) > query.limit else None
        return Page(items=tuple(AuditedRequest.model_validate(each) for each in shown), next_cursor=more)

    @contract(
        summary="Read a request's history",
        audience="auditor",
        query=Purpose,
        out=RequestHistory,
        errors=(InvalidQueryError, NotFoundError),
    )
    def history(self, call: Call, _resp: falcon.Response, *, request: UUID, query: Purpose) -> RequestHistory:
        """Answer the rows with their proof, and record that they were looked at."""
        auditor, why = call.caller(Auditor), purpose_of(call, query)
        try:
            with self._services.database.writing() as connection:
                reader = Requests(connection, self._services.keyring, auditor)
                found, rows = reader.one(request), reader.history(request)
                given = deliveries_of(connection, request)
                self._noting.within(connection, _seen(auditor, HISTORY, "ok", why, call, found))
        except NotFoundError:
            self._noting.alone(replace(_seen(auditor, HISTORY, "refused", why, call), request=request))
            raise
        return RequestHistory(
            id=found.id,
            clinic=found.clinic,
            kind=found.kind,
            state=found.state,
            rows=tuple(_step(row) for row in rows),
            verified=_verified(found, rows),
            deliveries=tuple(GivenToWinPlc.model_validate(each) for each in given),
        )

    def _after(self, cursor: str | None, scope: str) -> tuple[datetime, UUID] | None:
        if cursor is None:
            return None
        at, identifier = self._cursors.read(cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def _cursor(self, last: Found, scope: str) -> str:
        return self._cursors.seal([last.created_at.isoformat(), str(last.id)], scope)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/audit/requests", self.find, READ),
            Route(
                "GET",
                "/v1/audit/requests/{request:uuid}/history",
                self.history,
                HISTORY,
                {"request": "The request's id"},
            ),
        ]


def _seen(
    auditor: Auditor,
    act: str,
    outcome: str,
    why: str,
    call: Call,
    found: Found | None = None,
) -> Seen:
    return Seen(
        "auditor",
        act,
        outcome,
        actor=str(auditor.id),
        clinic=found.clinic_id if found else None,
        request=found.id if found else None,
        person=found.person if found else None,
        purpose=why,
        corr=call.request_id,
    )


def _step(row: HistoryRow) -> HistoryStep:
    return HistoryStep(
        n=row.n,
        at=row.at,
        trigger=row.trigger,
        from_=row.from_state,
        to=row.to_state,
        actor=row.actor,
        body=_parsed(row.body),
        prev=row.prev.hex(),
        hash=row.hash.hex(),
    )


def _parsed(body: bytes) -> dict[str, Any] | None:
    try:
        parsed: dict[str, Any] = json.loads(body)
    except ValueError:
        return None
    return parsed


def _verified(found: Found, rows: Sequence[HistoryRow]) -> Verified:
    """Check the chain, that what is shown beside a body is what the body says, and that nothing is cut off the end."""
    flaw = first_flaw(Row(row.n, row.body, row.prev, row.hash) for row in rows)
    if flaw is not None:
        return Verified(whole=False, n=flaw.n, fault=flaw.fault)
    for row in rows:
        if not _says_what_is_shown(row):
            return Verified(whole=False, n=row.n, fault="row_differs")
    if len(rows) != found.version or rows[-1].to_state != found.state.value:
        return Verified(whole=False, n=len(rows), fault="end_missing")
    return Verified(whole=True)


def _says_what_is_shown(row: HistoryRow) -> bool:
    body = json.loads(row.body)
    said = (body["type"], body["from"], body["to"], body["actor"]["kind"], datetime.fromisoformat(body["at"]))
    return said == (f"request.{row.trigger}", row.from_state, row.to_state, row.actor, row.at)
