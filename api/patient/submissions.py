"""A new request: the page's shape in, 202 and a place to follow it out."""

from dataclasses import replace
from uuid import UUID

import falcon
from pydantic import BaseModel

from api.call import Call
from api.contract import IDEMPOTENCY_KEY, Route, contract
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.onward import Onwards
from api.patient.acting import acting, cause, idempotency_key, seen
from api.shapes import SUBMIT, submissions
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Patient
from storage.clinics import find_clinic
from storage.service_facts import Caller
from storage.submissions import Asked, Submitted
from workflows.content import Content
from workflows.vocabulary import Refusal, Role, State, Workflow

REPLAY = {"Idempotent-Replay": "`true` where the same key had made the request before"}


class Accepted(BaseModel):
    """The request that is made: its id, its type, and the state it began in."""

    id: UUID
    clinic: str
    kind: str
    state: State


def routes(services: Services) -> list[Route]:
    """Return the rows of the route table; the bodies are those of the services' own request types."""
    turned_away = TurnedAway(services)

    @contract(
        summary="Submit a request",
        audience="patient",
        body=submissions(services.catalogue, Role.PATIENT),
        out=Accepted,
        status=202,
        headers={"Location": "Where the request can be followed", **REPLAY},
        needs=(IDEMPOTENCY_KEY,),
        errors=(RefusedError, KeyReusedError, NotFoundError),
    )
    def submit(call: Call, resp: falcon.Response, *, slug: str, kind: str, body: Content) -> Accepted:
        asked = _asked(services, call, slug, kind, body)
        outcome = services.submissions.submit(
            asked, acting(call.caller(Patient)), cause(services, call, "key", asked.key)
        )
        if isinstance(outcome, Refusal):
            raise turned_away(call, asked, outcome)
        return _accepted(resp, services.catalogue[kind], slug, outcome)

    variables = {"slug": "The clinic's short name", "kind": "The request type"}
    return [Route("POST", "/v1/clinics/{slug}/requests/{kind}", submit, "patient.request.submit", variables)]


class TurnedAway:
    """What a refused submission leaves: a row in the access log, and the way on where there is one."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting, self._onwards = services, Noting(services), Onwards(services)

    def __call__(self, call: Call, asked: Asked, refusal: Refusal) -> RefusedError:
        """Note the try with the code of the rule, and return the error that says what to do instead."""
        services, patient = self._services, call.caller(Patient)
        kind, practitioner = refusal.rule.leads_to, asked.content.addressed_to
        with services.database.writing() as connection:
            clinic = find_clinic(connection, asked.clinic)
            caller = Caller(patient.person, patient.channel)
            onward = self._onwards.to(connection, clinic, caller, kind, practitioner)
            tried = seen(services, call, "patient.request.submit", clinic.id)
            self._noting.within(connection, replace(tried, outcome=f"refused:{refusal.rule.code}"))
        return RefusedError(refusal, onward=onward)


def _asked(services: Services, call: Call, slug: str, kind: str, content: Content) -> Asked:
    patient = call.caller(Patient)
    return Asked(
        clinic=slug,
        kind=kind,
        person=patient.person,
        content=content,
        thread=getattr(content, "thread", None),
        channel=patient.channel,
        principal=f"person:{patient.person}",
        key=idempotency_key(services, call),
        fingerprint=services.keyring.keyed("fingerprint", content.model_dump_json().encode()),
    )


def _accepted(resp: falcon.Response, workflow: Workflow, slug: str, made: Submitted) -> Accepted:
    """A repeat is answered as the first was, whatever has happened since."""
    first = workflow.step(SUBMIT, State.DRAFT)
    if first is None:
        raise LookupError("a request was made by a step that its page does not have")
    resp.set_header("Location", f"/v1/requests/{made.request}")
    if made.replayed:
        resp.set_header("Idempotent-Replay", "true")
    return Accepted(id=made.request, clinic=slug, kind=workflow.kind, state=first.target)
