"""Bodies whose shape depends on the request type: read off the pages, so that no type is named here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter

from api.strict_json import read_body
from identity.outcomes import NotFoundError
from workflows.catalogue import Catalogue
from workflows.content import Content
from workflows.vocabulary import Role, State, Workflow

RECEIPT = "receipt"
SUBMIT = "submit"

Wrap = Callable[[type[Content]], type[BaseModel]]


def _as_is(shape: type[Content]) -> type[BaseModel]:
    return shape


class ByKind:
    """A body decided by `{kind}` in the path: the responder is given the model of that kind.

    Attributes:
        shapes: kind to model.
    """

    variable = "kind"

    def __init__(self, shapes: Mapping[str, type[BaseModel]]) -> None:
        self.shapes = shapes
        self._adapters = {kind: TypeAdapter(shape) for kind, shape in shapes.items()}

    def read(self, kind: str, body: bytes) -> BaseModel:
        """Return the body as the shape of the kind.

        Raises:
            NotFoundError: no such kind.
            InputError: the body is not of the shape.
        """
        if kind not in self._adapters:
            raise NotFoundError
        return read_body(body, self._adapters[kind])


class ByTrigger:
    """A body decided by `{trigger}` in the path and the request's kind, which only the memory knows.

    The responder is given an `Unread` and reads it when it has found the request.

    Attributes:
        shapes: trigger to kind to model.
    """

    variable = "trigger"

    def __init__(self, shapes: Mapping[str, Mapping[str, type[BaseModel]]]) -> None:
        self.shapes = shapes
        self._kinds = {trigger: ByKind(kinds) for trigger, kinds in shapes.items()}

    def unread(self, trigger: str, body: bytes) -> "Unread":
        """Return the body, to be read when the kind is known.

        Raises:
            NotFoundError: no kind has such a trigger for this caller.
        """
        if trigger not in self._kinds:
            raise NotFoundError
        return Unread(self._kinds[trigger], body)


@dataclass(frozen=True, slots=True)
class Unread:
    """A body that waits for the request's kind to be known."""

    _shapes: ByKind
    _body: bytes

    def read(self, kind: str) -> BaseModel:
        """Return the body as the shape of this trigger for the kind.

        Raises:
            NotFoundError: the kind has no such trigger for this caller.
            InputError: the body is not of the shape.
        """
        return self._shapes.read(kind, self._body)


def submissions(catalogue: Catalogue, role: Role, wrap: Wrap = _as_is) -> ByKind:
    """Return the bodies with which this role starts a request, by kind."""
    return ByKind(
        {
            kind: wrap(step.says)
            for kind, workflow in catalogue.items()
            if (step := workflow.step(SUBMIT, State.DRAFT)) is not None and role in step.by
        },
    )


def triggers(catalogue: Catalogue, role: Role, wrap: Wrap = _as_is) -> ByTrigger:
    """Return the bodies of what this role may do with a request that stands, by wire word and kind."""
    shapes: dict[str, dict[str, type[BaseModel]]] = {}
    for kind, workflow in catalogue.items():
        for step in workflow.steps:
            if step.source is not State.DRAFT and role in step.by:
                word = RECEIPT if step.trigger == workflow.receipt else step.trigger
                shapes.setdefault(word, {}).setdefault(kind, wrap(step.says))
    return ByTrigger(shapes)


def trigger_of(workflow: Workflow, word: str) -> str:
    """Return the page's trigger for the word on the wire: the receipt has one word for all types."""
    return workflow.receipt if word == RECEIPT else word
