"""What comes in and goes out on the wire: the shapes both sides agreed on."""

import json
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator


def _canonical_uuid(text: str) -> str:
    if str(UUID(text)) != text:
        raise ValueError("a UUID is written in lower case with hyphens")
    return text


Cpr = Annotated[str, Field(min_length=10, max_length=10)]
Key = Annotated[str, Field(min_length=1, max_length=100)]
RequestId = Annotated[str, AfterValidator(_canonical_uuid)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Decision = Literal["approved", "approved_changed", "rejected"]
RejectionReason = Literal[
    "needs_checkup",
    "needs_consultation",
    "open_prescription",
    "other_prescriber",
    "not_on_card",
    "dose_unclear",
    "other",
]


class Shape(BaseModel):
    """A strict, closed shape; what was typed never appears in an error, since it may name a person."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class PatientShape(Shape):
    """Whom a request is about."""

    cpr: Cpr


class EKonsContent(Shape):
    """A question by the patient."""

    text: Text
    files: list[dict[str, JsonValue]]


class RenewalContent(Shape):
    """The medicines asked for, by key of the patient's medicine list."""

    medicines: Annotated[list[Key], Field(min_length=1)]
    comment: str | None


class BookingContent(Shape):
    """The time asked for, by key of the calendar; no reason where the patient takes a time that staff have offered."""

    slot: Key
    reason: str | None
    comment: str | None


class WaitingContent(Shape):
    """Somebody waits for an earlier time: for what, in which days; ``instead_of`` is the booking it would replace."""

    reason: str
    first_day: str
    last_day: str
    parts_of_day: Annotated[list[Literal["morning", "afternoon", "evening"]], Field(min_length=1)]
    instead_of: RequestId | None


class SignUpContent(Shape):
    """Somebody asks to become a user: what was typed, and what the portal knows of the number.

    ``proven`` is whether MitID has vouched for it; ``left_before`` marks a user who left; the rights are asked for.
    """

    email: Annotated[str, Field(min_length=1, max_length=320)]
    name: Key
    language: Literal["da", "en"]
    services: list[Key]
    proven: bool
    left_before: bool
    known_as: Literal["nobody", "user", "user_with_another_address"]
    under_15: bool
    notice_under_15: bool


class Submission(Shape):
    """The body of PUT …/requests/{id}."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    channel: Key
    submitted_at: Key
    thread: RequestId
    patient: PatientShape
    practitioner: Key | None
    answer_by: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    content: dict[str, JsonValue]

    @model_validator(mode="after")
    def _content_fits_kind(self) -> Self:
        known: dict[str, type[Shape]] = {"e_kons": EKonsContent, "renewal": RenewalContent, "booking": BookingContent}
        known |= {"enrolment": SignUpContent, "waiting": WaitingContent}
        if shape := known.get(self.kind):
            shape.model_validate(self.content)
        return self


class Withdrawal(Shape):
    """The body of POST …/requests/{id}/withdrawal."""

    trigger: Key
    at: Key


class FormAnswers(Shape):
    """The body of POST …/requests/{id}/form: answers by the key of the question, to a version of the form."""

    at: Key
    version: int
    answers: dict[str, JsonValue]


class IdentityCheck(Shape):
    """The body of POST …/identity-checks."""

    id: RequestId
    cpr: Cpr
    email: Annotated[str, Field(min_length=1, max_length=320)]


class MessageRead(Shape):
    """The body of POST …/messages/{message}/read."""

    at: Key


class Staff(Shape):
    """The member of staff who acts, vouched for by the clinic."""

    id: Key
    name: Key
    role: Key


class Receipt(Shape):
    """The request is in the books; what is left out is filled in from them."""

    reference: str | None = None
    journal_copy: str | None = None


class Nothing(Shape):
    """A step that says all by its name."""


class Told(Shape):
    """A step that reaches the patient as a message; the books number it."""

    message_id: str | None = None


class Answer(Told):
    """The clinic's answer to a question."""

    text: Text
    watch_unread: bool = False
    files: list[Key] = Field(default_factory=list)


class ItemDecision(Shape):
    """What was decided about one medicine."""

    medicine: Key
    decision: Decision
    reason: RejectionReason | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _rejection_has_reason(self) -> Self:
        if self.decision == "rejected" and self.reason is None:
            raise ValueError("a rejection needs a reason code")
        return self


class RenewalAnswer(Told):
    """All medicines are decided."""

    text: str | None = None


class Because(Shape):
    """A step with a reason that is not a message."""

    reason: Text


class ToldBecause(Told):
    """A message that gives a reason."""

    reason: Text


class Offer(ToldBecause):
    """Other times instead of the one asked for."""

    slots: Annotated[list[Key], Field(min_length=1)]


class Move(Told):
    """Another time, set by the clinic."""

    slot: Key


class Approval(Shape):
    """Somebody becomes a user with these rights; ``create_record`` stays in the house, ``own_gp`` is filled in."""

    services: list[Key]
    no_mitid: bool = False
    own_gp: bool = False
    create_record: bool = False


class SignUpRejection(Shape):
    """Somebody does not become a user: a word from a list, so that no health information can be in it."""

    reason: Literal["not_own_gp", "identity_unclear", "use_mitid", "not_taking_patients", "other"]


class OwnMessage(Told):
    """A message that the clinic sends without being asked; with ``thread`` in a conversation that is there already."""

    cpr: Cpr
    practitioner: Key | None = None
    thread: RequestId | None = None
    text: Text
    watch_unread: bool = False


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values: keys sorted, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
