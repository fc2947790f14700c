"""What a patient may do with a request that stands, and doing it."""

from typing import Any
from uuid import UUID

import falcon
from pydantic import BaseModel, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.errors import RefusedError
from api.given import Services
from api.patient.acting import acting, cause
from api.patient.fresh_times import fresh_for
from api.patient.words import Possibility, possible
from api.shapes import Unread, triggers
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.database import Connection
from storage.ledger import Ledger
from storage.requests import Requests
from storage.standing import Standing
from storage.wishes import Wishes
from workflows.acts import Acts
from workflows.vocabulary import NotApplicableError, Refusal, Role, State, Workflow


class Done(BaseModel):
    """Where the request stands now; after a move, the new request that took its place."""

    id: UUID
    state: State
    replaces: UUID | None = Field(
        None, description="The request that this one took the place of", exclude_if=lambda value: value is None
    )


def possibilities(
    connection: Connection, ledger: Ledger, acts: Acts, standing: Standing, language: Language
) -> dict[str, Possibility]:
    """Return everything that patients can ever do with such a request, each with what refuses it now, if anything."""
    names, state = acts.names(standing.state), standing.state
    rules = [rule for name in names for rule in acts.rules(name, state) or ()]
    facts = ledger.facts_for(connection, standing, rules)
    return {name: possible(acts.refusal(name, facts, state), language) for name in names}


class Acting:
    """Carries out what a patient asks; a door and a page both hand over what they have read."""

    def __init__(self, services: Services) -> None:
        self._services, self._wishes = services, Wishes(services.database, services.ledger)
        self.bodies = triggers(services.catalogue, Role.PATIENT)

    def act(self, call: Call, request: UUID, trigger: str, body: Unread) -> Done:
        """Do it, or say which rule refuses.

        Raises:
            RefusedError, NotApplicableError, NotFoundError: see the door.
        """
        services, patient = self._services, call.caller(Patient)
        workflow, clinic = self._found(patient, request)
        content: Any = body.read(workflow.kind)
        pulled = cause(services, call, "api", call.request_id)
        outcome = self._wishes.pull(patient, request, trigger, content, acting(patient), pulled)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome, fresh=fresh_for(services, call, clinic, outcome, content))
        replaced = request if outcome.request != request else None
        return Done(id=outcome.request, state=outcome.state, replaces=replaced)

    def _found(self, patient: Patient, request: UUID) -> tuple[Workflow, str]:
        services = self._services
        with services.database.reading() as connection:
            found = Requests(connection, services.keyring, patient).one(request)
        workflow = services.catalogue[found.kind]
        if not workflow.public_timeline:
            raise NotFoundError
        return workflow, found.clinic


def routes(services: Services) -> list[Route]:
    """Return the rows of the route table; the bodies are those of the services' own request types."""
    doing = Acting(services)

    @contract(
        summary="Act on a request",
        audience="patient",
        body=doing.bodies,
        out=Done,
        errors=(RefusedError, NotApplicableError, NotFoundError),
        description="Reading the request says what can be done now. A move gives up the old time only for the new one.",
    )
    def act(call: Call, _resp: falcon.Response, *, request: UUID, trigger: str, body: Unread) -> Done:
        return doing.act(call, request, trigger, body)

    variables = {"request": "The request's id", "trigger": "What is done"}
    return [Route("POST", "/v1/requests/{request:uuid}/{trigger}", act, "patient.request.change", variables)]
