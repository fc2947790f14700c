"""A new request: the page's shape in, 202 and a place to follow it out."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import IDEMPOTENCY_KEY, Route, contract
from api.errors import RefusedError
from api.given import Services
from api.patient.acting import acting, cause, idempotency_key
from api.patient.turned_away import TurnedAway
from api.patient.words import in_language, said
from api.shapes import SUBMIT, submissions
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Patient
from storage.submissions import Asked, Submitted
from workflows.content import Content
from workflows.vocabulary import Refusal, Role, Say, State, Workflow

REPLAY = {"Idempotent-Replay": "`true` where the same key had made the request before"}


SAME_WORDS = Say(
    "Du har sendt det samme før, og klinikken har ikke svaret endnu. Beskeden er ikke sendt igen.",
    "You have sent the same before, and the clinic has not answered yet. The message has not been sent again.",
)


class FromDraft(BaseModel):
    """Which draft has become this."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    draft: Annotated[
        int | None, Field(ge=1, le=10**9, description="The version of the draft that is sent; it goes with it")
    ] = None


class Accepted(BaseModel):
    """The request that is made: its id, its type, and the state it began in.

    With `hint` no new one was made: the same words wait already, and it is that request.
    """

    id: UUID
    clinic: str
    kind: str
    state: State
    hint: str | None = Field(None, exclude_if=lambda hint: hint is None)


class Submitting:
    """Takes new requests; a door and a page both hand over what they have read."""

    def __init__(self, services: Services) -> None:
        self._services, self._turned_away = services, TurnedAway(services)

    def take(
        self, call: Call, resp: falcon.Response, slug: str, kind: str, content: Content, draft: int | None = None
    ) -> Accepted:
        """Make the request, with the version of the draft that it comes from.

        Raises:
            RefusedError, KeyReusedError, NotFoundError: see the door.
        """
        services = self._services
        asked = replace(_asked(services, call, slug, kind, content), draft=draft)
        outcome = services.submissions.submit(
            asked, acting(call.caller(Patient)), cause(services, call, "key", asked.key)
        )
        if isinstance(outcome, Refusal):
            raise self._turned_away(call, asked, outcome)
        accepted = _accepted(resp, services.catalogue[kind], slug, outcome)
        hint = said(SAME_WORDS, in_language(call, resp)) if outcome.joined else None
        return accepted.model_copy(update={"hint": hint})


def routes(services: Services) -> list[Route]:
    """Return the rows of the route table; the bodies are those of the services' own request types."""
    submitting = Submitting(services)

    @contract(
        summary="Submit a request",
        audience="patient",
        body=submissions(services.catalogue, Role.PATIENT),
        query=FromDraft,
        out=Accepted,
        status=202,
        headers={"Location": "Where the request can be followed", **REPLAY},
        needs=(IDEMPOTENCY_KEY,),
        errors=(RefusedError, KeyReusedError, NotFoundError),
    )
    def submit(call: Call, resp: falcon.Response, *, slug: str, kind: str, body: Content, query: FromDraft) -> Accepted:
        return submitting.take(call, resp, slug, kind, body, query.draft)

    variables = {"slug": "The clinic's short name", "kind": "The request type"}
    return [Route("POST", "/v1/clinics/{slug}/requests/{kind}", submit, "patient.request.submit", variables)]


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
        joins_same=True,
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
