"""What the clinic's own system says about a request."""

from typing import Any
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.clinic.calls import content_as_sent, in_a_call
from api.clinic.signature import MESSAGE_ID
from api.contract import Route, contract
from api.errors import RefusedError
from api.given import Services
from api.noting import Noting
from api.shapes import Unread, triggers
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage import access
from storage.standing import kind_of
from storage.words import Taken, Word
from workflows.vocabulary import Refusal, Role, State

KEPT = {202: "Kept without effect: the request has ended, or is past this"}


class Standing(BaseModel):
    """Where the request stands now; `note` says that the word was kept but had no effect."""

    model_config = ConfigDict(frozen=True)

    request: UUID
    state: State
    note: str | None = Field(None, exclude_if=lambda note: note is None)


def told(resp: falcon.Response, outcome: Taken | Refusal) -> Standing:
    """Return the answer to a word.

    Raises:
        RefusedError: a rule refused it; nothing is stored.
    """
    if isinstance(outcome, Refusal):
        raise RefusedError(outcome, within="/content")
    resp.status = outcome.status
    return Standing.model_validate(outcome.result)


class ClinicRequests:
    """Takes the clinic's words about its requests."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def _take(self, call: Call, resp: falcon.Response, request: UUID, trigger: str, body: Unread) -> Standing:
        clinic = call.caller(Clinic)
        said: Any = body.read(self._kind(call, clinic, request, trigger))
        word = Word(
            message=call.header(MESSAGE_ID),
            request=request,
            trigger=trigger,
            staff=said.acting_staff.as_staff(),
            content=content_as_sent(call),
            corr=call.request_id,
        )
        return told(resp, self._services.words.take(clinic, word))

    def _kind(self, call: Call, clinic: Clinic, request: UUID, trigger: str) -> str:
        """Return the request's kind; one of another clinic's is as if it were not there, but the try is recorded."""
        services = self._services
        try:
            with services.database.reading() as connection:
                return kind_of(connection, clinic.clinic, request)
        except NotFoundError:
            seen = access.Seen(
                "clinic",
                f"clinic.{trigger}",
                "refused",
                actor=clinic.slug,
                clinic=clinic.clinic,
                request=request,
                corr=call.request_id,
            )
            Noting(services).alone(seen)
            raise

    def routes(self) -> list[Route]:
        """Return the row of the route table; its bodies follow the pages of the catalogue in force."""

        @contract(
            summary="Tell what the clinic did",
            audience="clinic",
            body=triggers(self._services.catalogue, Role.CLINIC, in_a_call),
            out=Standing,
            also=KEPT,
            errors=(RefusedError, KeyReusedError, NotFoundError),
            description="A repeat of a `webhook-id` with the same body is answered as the first was, however old.",
        )
        def tell_of_request(
            call: Call, resp: falcon.Response, *, request: UUID, trigger: str, body: Unread
        ) -> Standing:
            return self._take(call, resp, request, trigger, body)

        return [
            Route(
                "POST",
                "/v1/clinic/requests/{request:uuid}/{trigger}",
                tell_of_request,
                "clinic.request.tell",
                {"request": "The request's id", "trigger": "What the clinic did"},
            ),
        ]
