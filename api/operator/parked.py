"""What was given up and waits for a decision: ids and codes only, and another try."""

from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Operator
from storage import operations
from storage.access import Seen
from workflows.vocabulary import NotApplicableError, Refusal, State

READ, RESEND = "operator.parked.read", "operator.parked.resend"
PURPOSE = "operation"
AUTH = "token+totp"


class ParkedWork(BaseModel):
    """A row of the outbox that was given up: what it should have done, the last error, since when."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    request: UUID | None
    clinic: str
    effect: str
    error: str | None
    since: Moment


class ParkedList(BaseModel):
    """What is parked, the oldest first."""

    items: tuple[ParkedWork, ...]


class Most(BaseModel):
    """How many to show."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class SentAgain(BaseModel):
    """Where the request stands now."""

    request: UUID
    state: State


class ParkedRows:
    """Shows parked work, and sends a request again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting = Noting(services)

    @contract(
        summary="List what is parked",
        audience="operator",
        query=Most,
        out=ParkedList,
        description="The oldest first; those that are dealt with make room for the next. No personal data.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, query: Most) -> ParkedList:
        """Answer the list, and record that it was looked at."""
        with self._services.database.writing() as connection:
            self._noting.within(connection, _seen(call, READ))
            rows = operations.parked(connection, query.limit)
        return ParkedList(items=tuple(ParkedWork.model_validate(row) for row in rows))

    @contract(
        summary="Send a parked request again",
        audience="operator",
        out=SentAgain,
        errors=(NotFoundError, NotApplicableError, RefusedError),
        description="Only a request that is undeliverable. A letter that was given up stands on the clinic's list.",
    )
    def resend(self, call: Call, _resp: falcon.Response, *, row: UUID) -> SentAgain:
        """Send it once more, and record who asked."""
        operator, ledger = call.caller(Operator), self._services.ledger
        with self._services.database.writing() as connection:
            request = operations.parked_request(connection, row)
            outcome = operations.resend(connection, ledger, request, str(operator.id), AUTH)
            if not isinstance(outcome, Refusal):
                self._noting.within(connection, _seen(call, RESEND, request))
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        return SentAgain(request=request, state=outcome.state)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/operator/parked", self.read, READ),
            Route("POST", "/v1/operator/parked/{row:uuid}/resend", self.resend, RESEND, {"row": "The parked row's id"}),
        ]


def _seen(call: Call, act: str, request: UUID | None = None) -> Seen:
    actor = str(call.caller(Operator).id)
    return Seen("operator", act, "ok", actor=actor, request=request, purpose=PURPOSE, corr=call.request_id)
