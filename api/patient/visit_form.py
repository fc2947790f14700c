"""The form that belongs to an appointment, and what the patient has answered (BOO-10)."""

from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.words import in_language
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.requests import Requests
from storage.standing import look
from storage.visit_forms import answered, form_for
from workflows.visit_forms import Answer, Answers, InBoth, Question, VisitForm


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class ShownOption(_Shown):
    """One of the answers to choose among."""

    key: str
    text: str


class ShownQuestion(_Shown):
    """A question in the caller's language."""

    key: str
    kind: str
    text: str
    required: bool
    options: tuple[ShownOption, ...]


class OwnForm(_Shown):
    """The form as it is now, and the last answers, which may have been to an earlier version."""

    version: int = Field(description="0 where there is no form")
    due: Moment | None = Field(description="When the appointment begins: answers are taken until then")
    questions: tuple[ShownQuestion, ...]
    answered_at: Moment | None
    answers: dict[str, Answer] = Field(repr=False)


class VisitFormDoor:
    """Shows the form, whether booking is on or off (PAT-3)."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Read the form of an appointment",
        audience="patient",
        out=OwnForm,
        errors=(NotFoundError,),
        description="It is answered by the act `fill_form`, and may be changed so until the appointment begins.",
    )
    def read(self, call: Call, resp: falcon.Response, *, request: UUID) -> OwnForm:
        """Answer the form with the patient's own answers, and note the look."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, patient).one(request)
            form, version = form_for(connection, found.clinic_id, found.slot) or (VisitForm(questions=()), 0)
            given = answered(connection, services.catalogue[found.kind], look(connection, services.keyring, request))
            self._noting.within(connection, seen(services, call, "patient.request.read", found.clinic_id, request))
        language = in_language(call, resp)
        return OwnForm(
            version=version,
            due=found.slot_start,
            questions=tuple(_question(each, language) for each in form.questions),
            answered_at=given and given.at,
            answers=given.content.answers if given and isinstance(given.content, Answers) else {},
        )

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        one = {"request": "The request's id"}
        return [Route("GET", "/v1/requests/{request:uuid}/form", self.read, "patient.request.read", one)]


def _question(asked: Question, language: Language) -> ShownQuestion:
    options = tuple(ShownOption(key=each.key, text=_said(each, language)) for each in asked.options)
    return ShownQuestion(
        key=asked.key, kind=asked.kind, text=_said(asked, language), required=asked.required, options=options
    )


def _said(words: InBoth, language: Language) -> str:
    return words.da if language == "da" else words.en
