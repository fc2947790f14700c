"""Conversations that a clinic begins itself (EKO-7)."""

from typing import Any
from uuid import UUID

import falcon
from pydantic import BaseModel, create_model

from api.call import Call
from api.clinic.calls import content_as_sent, in_a_call
from api.clinic.requests import KEPT, Standing, told
from api.clinic.signature import MESSAGE_ID
from api.contract import Route, contract
from api.cpr import CprText
from api.errors import RefusedError
from api.given import Services
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage.first_words import FirstWords, first_step
from workflows.content import Key


class ClinicMessages:
    """Takes messages that no patient has asked for."""

    def __init__(self, services: Services) -> None:
        self._first_words = FirstWords(services.database, services.words, services.ledger)
        _, step = first_step(services.catalogue)
        self._shape: type[BaseModel] = create_model(
            "OwnMessage",
            __base__=step.says,
            __doc__="A message of the clinic's own to one of its patients; with `thread` in a conversation of theirs.",
            cpr=(CprText, ...),
            practitioner=(Key | None, None),
            thread=(UUID | None, None),
        )

    def _take(self, call: Call, resp: falcon.Response, body: Any) -> Standing:
        staff, message = body.acting_staff.as_staff(), call.header(MESSAGE_ID)
        taken = self._first_words.take(call.caller(Clinic), message, staff, content_as_sent(call), call.request_id)
        return told(resp, taken)

    def routes(self) -> list[Route]:
        """Return the row of the route table; its body follows the page that lets a clinic begin."""

        @contract(
            summary="Write to a patient unasked",
            audience="clinic",
            body=in_a_call(self._shape),
            out=Standing,
            also=KEPT,
            errors=(RefusedError, KeyReusedError, NotFoundError),
        )
        def write_to_patient(call: Call, resp: falcon.Response, *, body: BaseModel) -> Standing:
            return self._take(call, resp, body)

        return [Route("POST", "/v1/clinic/messages", write_to_patient, "clinic.message.write")]
