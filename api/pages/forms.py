"""Forms of pages: what was typed, and what is wrong with it, said where it stands and once at the top."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, TypeAdapter

from api.call import Call, Language
from api.errors import RefusedError, problem_of, refused_status
from api.inputs import InvalidBodyError, InvalidQueryError, WrongMediaTypeError
from api.pages.link_page import FORM
from api.sentences import sentence
from api.strict_json import read_body
from workflows.vocabulary import Say

Body = TypeVar("Body", bound=BaseModel)
_WRONG = 422


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: the field it concerns ("" for the form as a whole), what, and what to do instead."""

    field: str
    sentence: str
    next_step: str = ""


@dataclass(slots=True)
class Form:
    """What was typed into a form, and what came of it; an empty one is a form that nobody has filled in yet.

    `values` has every value of each name; `wrong` what is wrong, in the order of the fields; `status` what the page is
    answered with.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    status: int = 200

    def typed(self, name: str) -> str:
        """Return what stands in a field: nothing where it came twice, for no field of ours does."""
        values = self.values.get(name, ())
        return values[0] if len(values) == 1 else ""

    def chosen(self, name: str) -> Sequence[str]:
        """Return what was chosen of several."""
        return tuple(self.values.get(name, ()))

    def wrong_with(self, name: str) -> str:
        """Return what is wrong with a field, if anything."""
        return next((each.sentence for each in self.wrong if each.field == name), "")


def form_of(call: Call) -> Form:
    """Return what the call's form holds.

    Raises:
        WrongMediaTypeError: it is no form.
        InputError: the body cannot be read.
    """
    if (call.content_type or "").partition(";")[0].strip().lower() != FORM:
        raise WrongMediaTypeError
    return Form(parse_qs(call.body_bytes().decode("utf-8", "replace"), keep_blank_values=True))


def shaped(shape: type[Body], members: Mapping[str, Any]) -> Body:
    """Return what was typed as the body that a door takes, read as strictly; empty fields are left out.

    Raises:
        InvalidBodyError: the door would not take it.
    """
    given = {name: value for name, value in members.items() if value not in ("", (), [], None)}
    return read_body(json.dumps(given).encode(), TypeAdapter(shape))


@dataclass(frozen=True, slots=True)
class telling:  # noqa: N801 - read as a word: `with telling(form, language):`
    """Note on the form what refuses it, in place of an error page; what the door has taken is left alone."""

    form: Form
    language: Language

    def __enter__(self) -> None:
        """Begin to listen."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Note what refuses; anything else goes on."""
        if isinstance(error, InvalidBodyError | InvalidQueryError):
            self.form.status = _WRONG
            said = [Wrong(_name(fault.field), sentence(fault, self.language)) for fault in error.faults]
            self.form.wrong.extend(said)
        elif isinstance(error, RefusedError):
            rule = error.rule
            self.form.status = refused_status(rule)
            words = _said(rule.sentence, self.language), _said(rule.next_step, self.language)
            self.form.wrong.append(Wrong(rule.field or "", *words))
        return isinstance(error, InvalidBodyError | InvalidQueryError | RefusedError)


def refuse(form: Form, error: Exception, status: int, language: Language, name: str = "") -> None:
    """Note an outcome of another kind on the form, in the words that its problem has."""
    problem = problem_of(type(error), error)
    form.status = status
    detail = _said(problem.detail, language) if problem.detail else _said(problem.title, language)
    form.wrong.append(Wrong(name, detail, _said(problem.next_step, language) if problem.next_step else ""))


def _name(pointer: str) -> str:
    """Return the field of a JSON pointer: a form's fields have no members."""
    return pointer.removeprefix("/").partition("/")[0]


def _said(say: Say, language: Language) -> str:
    return say.en if language == "en" else say.da
