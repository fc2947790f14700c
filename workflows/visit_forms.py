"""The form that an appointment type may carry: what the clinic asks before a visit, what the patient answers (BOO-10)."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from workflows.content import Content, Key, PlainText, WrittenText
from workflows.facts import Facts
from workflows.vocabulary import Layer, Need, Rule, Say

MOST_QUESTIONS = 40
LONGEST_ANSWER = 1000


class InBoth(BaseModel):
    """The same words in Danish and English."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    da: Annotated[WrittenText, Field(max_length=300)]
    en: Annotated[WrittenText, Field(max_length=300)]


class Option(InBoth):
    """One of the answers to choose among."""

    key: Key


class Question(InBoth):
    """One question. Only a choice has options, and it has two at least."""

    key: Key
    kind: Literal["text", "choice", "number", "yes_no", "date"]
    required: bool = False
    options: Annotated[tuple[Option, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if (self.kind == "choice") != (len(self.options) > 1):
            raise PydanticCustomError("options_differ", "A choice has options, and nothing else has")
        return self

    def takes(self, answer: JsonValue) -> bool:
        """Return whether an answer is of this question's kind."""
        if self.kind == "number":
            return isinstance(answer, int | float) and not isinstance(answer, bool)
        if self.kind == "yes_no":
            return isinstance(answer, bool)
        if not isinstance(answer, str):
            return False
        if self.kind == "choice":
            return answer in {option.key for option in self.options}
        return self.kind == "text" or _is_day(answer)


class VisitForm(BaseModel):
    """The questions to a kind of appointment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    questions: Annotated[tuple[Question, ...], Field(max_length=MOST_QUESTIONS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({question.key for question in self.questions}) < len(self.questions):
            raise PydanticCustomError("question_twice", "The same question is asked twice")
        return self


Answer = bool | int | float | Annotated[PlainText, Field(max_length=LONGEST_ANSWER)]


class Answers(Content):
    """What the patient answers, by question, to the version of the form that they were shown."""

    version: Annotated[int, Field(ge=1)]
    answers: dict[Key, Answer]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _given(facts: Facts) -> dict[str, Answer]:
    return facts.content.answers if isinstance(facts.content, Answers) else {}


def _questions(facts: Facts) -> dict[str, Question]:
    return {question.key: question for question in facts.form.questions} if isinstance(facts.form, VisitForm) else {}


def _of_its_kind(facts: Facts) -> bool:
    asked = _questions(facts)
    return all(asked[key].takes(answer) for key, answer in _given(facts).items() if key in asked)


def _complete(facts: Facts) -> bool:
    given = _given(facts)
    wanted = (question.key for question in _questions(facts).values() if question.required)
    return not isinstance(facts.content, Answers) or all(given.get(key, "") != "" for key in wanted)


# fmt: off
FORM_THERE = Rule("no_form", Layer.CALENDAR,
    Say("Der er intet skema til denne tid.", "There is no form for this appointment."),
    Say("Du behøver ikke gøre noget.", "You need not do anything."),
    lambda f: bool(_questions(f)), conflict=True, needs=Need.FORM)
BEFORE_START = Rule("form_closed", Layer.CALENDAR,
    Say("Skemaet kan ikke ændres, når tiden er begyndt.", "The form cannot be changed once the time has begun."),
    Say("Sig det til klinikken i stedet.", "Tell the clinic instead."),
    lambda f: f.slot is not None and f.now < f.slot.starts_at, conflict=True, needs=Need.SLOT)
SAME_FORM = Rule("form_changed", Layer.CALENDAR,
    Say("Klinikken har ændret skemaet.", "The clinic has changed the form."),
    Say("Hent skemaet igen.", "Read the form again."),
    lambda f: getattr(f.content, "version", f.form_version) == f.form_version, field="version", conflict=True, needs=Need.FORM)
KNOWN_QUESTIONS = Rule("question_unknown", Layer.CONTENT,
    Say("Et svar hører ikke til noget spørgsmål i skemaet.", "An answer belongs to no question of the form."),
    Say("Hent skemaet igen.", "Read the form again."),
    lambda f: set(_given(f)) <= set(_questions(f)), field="answers", needs=Need.FORM)
RIGHT_KINDS = Rule("answer_of_another_kind", Layer.CONTENT,
    Say("Et svar passer ikke til sit spørgsmål.", "An answer does not fit its question."),
    Say("Ret svaret.", "Correct the answer."),
    _of_its_kind, field="answers", needs=Need.FORM)
ALL_ANSWERED = Rule("answer_missing", Layer.CONTENT,
    Say("Et spørgsmål, der skal besvares, er ikke besvaret.", "A question that must be answered is not answered."),
    Say("Besvar de sidste spørgsmål.", "Answer the last questions."),
    _complete, field="answers", needs=Need.FORM)
# fmt: on
MAY_ANSWER = (FORM_THERE, BEFORE_START, SAME_FORM, KNOWN_QUESTIONS, RIGHT_KINDS, ALL_ANSWERED)
"""Whether booking is on is not asked: the form of a time that stands stays reachable (PAT-3)."""
