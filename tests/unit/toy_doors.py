"""A toy portal of two resources: everything that a real resource does with the contract layer, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from falcon import Response
from falcon.testing import TestClient
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict, Field

from api.assembly import Surroundings, build_app
from api.call import Call
from api.contract import IDEMPOTENCY_KEY, IF_MATCH, Route, contract
from api.cursor import Cursors, Page, Paging
from api.docs_page import Documentation
from api.errors import RefusedError
from api.health import Health
from api.metrics import HttpMetrics, Metrics, Reading
from api.openapi import About
from api.shapes import submissions, triggers
from api.strict_json import Moment
from identity.outcomes import (
    ForbiddenError,
    KeyReusedError,
    NotFoundError,
    StorageUnavailableError,
    TooManyRequestsError,
    UnauthenticatedError,
    VersionMismatchError,
)
from identity.subject import Anyone, Patient
from workflows.catalogue import CATALOGUE
from workflows.content import Content
from workflows.rights import PHONE
from workflows.vocabulary import Layer, NotApplicableError, Refusal, Role, Rule, Say, State

KNOWN = UUID("0193587e-2c00-7000-8000-0000000000aa")
PATIENT = Patient(person=KNOWN, log_in=KNOWN, channel="api")
AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC) + timedelta(microseconds=5)
CLOSED = Rule(
    "closed_today",
    Layer.CLINIC,
    Say("Lukket i dag.", "Closed today."),
    PHONE,
    lambda _facts: False,
    field="slot",
    conflict=True,
)
REMOVED = Rule("removed", Layer.PATIENT, Say("Slået fra.", "Switched off."), PHONE, lambda _facts: False, field="text")

Said = TypeVar("Said", bound=Content)


class Accepted(BaseModel):
    """Taken in."""

    id: UUID
    state: State
    at: Moment


class Word(BaseModel, Generic[Said]):
    """The envelope in which the clinic speaks."""

    model_config = ConfigDict(extra="forbid")

    at: Moment
    content: Said


class Search(Paging):
    """A list with one filter."""

    state: State | None = None


class Tab(BaseModel):
    """Toy settings."""

    model_config = ConfigDict(extra="forbid")

    cancel_hours: Annotated[int, Field(ge=0, le=720, examples=[48])]


OUTCOMES = {
    "rule": RefusedError(Refusal(REMOVED)),
    "conflict": RefusedError(Refusal(CLOSED), within="/content"),
    "not_applicable": NotApplicableError("e_kons", State.CLOSED, "answer"),
    "not_found": NotFoundError(),
    "forbidden": ForbiddenError(),
    "unauthenticated": UnauthenticatedError(),
    "signature": UnauthenticatedError("signature_wrong"),
    "key_reused": KeyReusedError(),
    "version_mismatch": VersionMismatchError(),
    "too_many": TooManyRequestsError(17),
    "storage": StorageUnavailableError(),
    "bug": RuntimeError("secret 1111111118"),
}


class Requests:
    """What a patient and the clinic do with requests."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors
        self.stored: list[BaseModel] = []

    @contract(
        summary="Submit a request",
        audience="patient",
        body=submissions(CATALOGUE, Role.PATIENT),
        out=Accepted,
        status=202,
        headers={"Location": "Where the request can be followed"},
        needs=(IDEMPOTENCY_KEY,),
        errors=(RefusedError, KeyReusedError),
    )
    def submit(self, call: Call, resp: Response, *, slug: str, kind: str, body: BaseModel) -> Accepted:
        assert call.caller(Patient) is PATIENT
        assert call.header("Idempotency-Key")
        assert slug
        assert kind in CATALOGUE
        self.stored.append(body)
        resp.set_header("Location", f"/v1/requests/{KNOWN}")
        return Accepted(id=KNOWN, state=State.SUBMITTED, at=AT)

    @contract(summary="List requests", audience="patient", query=Search, out=Page[Accepted])
    def find(self, _call: Call, _resp: Response, *, query: Search) -> Page[Accepted]:
        after = self._cursors.read(query.cursor, "requests")[0] if query.cursor else 0
        rows = tuple(Accepted(id=UUID(int=n), state=State.DELIVERED, at=AT) for n in range(int(after) + 1, 6))
        page = rows[: query.limit]
        more = len(rows) > query.limit
        return Page(items=page, next_cursor=self._cursors.seal([page[-1].id.int], "requests") if more else None)

    @contract(
        summary="Tell the portal what the clinic did",
        audience="clinic",
        body=triggers(CATALOGUE, Role.CLINIC, lambda shape: Word[shape]),
        out=Accepted,
        also={202: "Stored but without effect"},
        errors=(RefusedError, NotApplicableError),
    )
    def tell(self, _call: Call, resp: Response, *, request: UUID, trigger: str, body) -> Accepted:
        word = body.read("e_kons" if request == KNOWN else "renewal")
        self.stored.append(word.content)
        if trigger == "close":
            resp.status = 202
        return Accepted(id=request, state=State.ANSWERED, at=word.at)

    @contract(summary="Fail on purpose", audience="patient", errors=(RefusedError,), status=204)
    def fail(self, _call: Call, _resp: Response, *, how: str) -> None:
        raise OUTCOMES[how]

    @contract(summary="Answer another shape than promised", audience="patient", out=Accepted)
    def stray(self, _call: Call, _resp: Response):
        return {"id": "not a uuid: 1111111118"}


class Settings:
    """One tab with versions."""

    def __init__(self) -> None:
        self.version = 7

    @contract(summary="Read the tab", audience="clinic", out=Tab, headers={"ETag": "The version"})
    def read(self, call: Call, resp: Response) -> Tab | None:
        resp.set_header("ETag", f'"{self.version}"')
        if call.get_header("If-None-Match") == f'"{self.version}"':
            resp.status = 304
            return None
        return Tab(cancel_hours=48)

    @contract(
        summary="Change the tab",
        audience="clinic",
        body=Tab,
        out=Tab,
        needs=(IF_MATCH,),
        errors=(VersionMismatchError,),
        largest_body=200,
    )
    def put(self, call: Call, _resp: Response, *, body: Tab) -> Tab:
        if call.header("If-Match") != f'"{self.version}"':
            raise VersionMismatchError
        return body


class Toy:
    """The toy portal, its client, and what its surroundings were told."""

    def __init__(self) -> None:
        self.asked, self.failures, self.served = [], [], []
        self.registry = CollectorRegistry()
        self.database_is_there = True
        self.requests, settings = Requests(Cursors(b"k" * 32)), Settings()
        clinic = {"slug": "The clinic's short name"}
        routes = [
            Route(
                "POST",
                "/v1/clinics/{slug}/requests/{kind}",
                self.requests.submit,
                "patient.request.submit",
                clinic | {"kind": "The request type"},
            ),
            Route("GET", "/v1/requests", self.requests.find, "patient.request.read"),
            Route(
                "POST",
                "/v1/clinic/requests/{request:uuid}/{trigger}",
                self.requests.tell,
                "clinic.request.tell",
                {"request": "The request", "trigger": "What was done"},
            ),
            Route("DELETE", "/v1/failures/{how}", self.requests.fail, "patient.fail", {"how": "Which way"}),
            Route("GET", "/v1/stray", self.requests.stray, "public"),
            Route("GET", "/v1/settings", settings.read, "clinic.settings.read"),
            Route("PUT", "/v1/settings", settings.put, "clinic.settings.change"),
            *Health({"database": lambda: self.database_is_there, "migrations": lambda: True}).routes(),
            *Metrics(self.registry, lambda: [Reading("outbox_waiting", "Effects owed", 3.0)]).routes(),
        ]
        self.routes = Documentation(routes, About("Toy", "1.0.0", "A toy.")).routes()
        self.app = build_app(
            self.routes,
            Surroundings(
                authorise=self.authorise,
                failed=lambda *told: self.failures.append(told),
                observers=(HttpMetrics(self.registry), self.served.append),
                new_request_id=lambda: "made-for-the-test",
            ),
        )
        self.client = TestClient(self.app)

    def authorise(self, call: Call, route: Route):
        self.asked.append(route.policy)
        if call.get_header("Authorization") == "Bearer nobody":
            raise UnauthenticatedError
        return Anyone() if route.policy == "public" else PATIENT

    def post(self, path, body, **headers):
        sent = {"Content-Type": "application/json", "Idempotency-Key": "key-1-of-the-toys"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.simulate_post(path, body=body, headers=sent)
