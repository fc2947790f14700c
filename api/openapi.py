"""The OpenAPI 3.1 document, made from the route table and the very shapes that validate."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.contract import Contract, Route
from api.openapi_parts import (
    PROBLEM,
    TAGS,
    components,
    error_responses,
    problem_statuses,
    security,
)
from api.openapi_schemas import Schemas, Wanted
from api.shapes import ByKind, ByTrigger

Json = dict[str, Any]
FILE = "application/octet-stream"
_CONVERTER = re.compile(r":[a-z]+}")
_VARIABLE_TYPES: Mapping[str, Json] = {
    "": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer"},
}


@dataclass(frozen=True, slots=True)
class About:
    """What the document says of itself; `version` is the API's."""

    title: str
    version: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document: a route, or one of a route's request types or triggers."""

    route: Route
    path: str
    identifier: str
    summary: str
    bodies: tuple[type, ...]
    variables: Mapping[str, str]


def operations(routes: Sequence[Route]) -> list[Operation]:
    """Return every operation; a path whose body depends on a variable becomes one path for each of its values."""
    return [operation for route in routes for operation in _expanded(route)]


def _expanded(route: Route) -> list[Operation]:
    agreed, variables = route.contract, route.path_variables()
    path, body = _CONVERTER.sub("}", route.path), agreed.body
    owner = getattr(route.responder, "__self__", None)
    name = route.responder.__name__
    identifier = f"{_snake(type(owner).__name__)}_{name}" if owner is not None else name
    if isinstance(body, ByKind | ByTrigger):
        rest = {each: kind for each, kind in variables.items() if each != body.variable}
        return [
            Operation(
                route,
                path.replace(f"{{{body.variable}}}", value),
                f"{identifier}_{value}",
                f"{agreed.summary}: {value}",
                bodies,
                rest,
            )
            for value, bodies in _choices(body).items()
        ]
    return [Operation(route, path, identifier, agreed.summary, (body,) if body else (), variables)]


def _choices(body: ByKind | ByTrigger) -> dict[str, tuple[type, ...]]:
    if isinstance(body, ByKind):
        return {kind: (shape,) for kind, shape in body.shapes.items()}
    return {trigger: tuple(dict.fromkeys(kinds.values())) for trigger, kinds in body.shapes.items()}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class DocumentError(Exception):
    """Two operations share an identifier or a place."""


def document(routes: Sequence[Route], about: About) -> Json:
    """Return the document as JSON values.

    Raises:
        DocumentError: two operations share an identifier, or a method and path.
        NoExampleError: a shape has no example and none can be made.
    """
    every = operations(routes)
    schemas = Schemas(_wanted(every))
    paths: dict[str, Json] = {}
    identifiers: set[str] = set()
    for operation in every:
        place, method = paths.setdefault(operation.path, {}), operation.route.method.lower()
        if operation.identifier in identifiers or method in place:
            raise DocumentError(f"{method} {operation.path} ({operation.identifier}) stands twice")
        identifiers.add(operation.identifier)
        place[method] = _described(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.title,
            "version": about.version,
            "description": about.description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This portal"}],
        "tags": TAGS,
        "paths": paths,
        "webhooks": {},
        "components": components(schemas.definitions, _statuses(every)),
    }


def _statuses(every: Sequence[Operation]) -> list[int]:
    return sorted({status for each in every for status in problem_statuses(each.route)})


def _wanted(every: Sequence[Operation]) -> list[Wanted]:
    wanted: list[Wanted] = [(PROBLEM, "serialization")]
    for operation in every:
        agreed = operation.route.contract
        wanted += [(shape, "validation") for shape in operation.bodies]
        wanted += [(agreed.query, "validation")] if agreed.query else []
        wanted += [(agreed.out, "serialization")] if agreed.out is not None else []
    return wanted


def _described(operation: Operation, schemas: Schemas) -> Json:
    route, agreed = operation.route, operation.route.contract
    described: Json = {
        "operationId": operation.identifier,
        "summary": operation.summary,
        "tags": [agreed.audience],
        "security": security(route),
        "parameters": _parameters(operation, schemas),
        "responses": {**_answers(agreed, schemas), **error_responses(route)},
    }
    if agreed.description:
        described["description"] = agreed.description
    if operation.bodies:
        described["requestBody"] = {"required": True, "content": {"application/json": _body(operation, schemas)}}
    if agreed.takes_file:
        described["requestBody"] = {"required": True, "content": {FILE: {"schema": {}}}}
    return described


def _body(operation: Operation, schemas: Schemas) -> Json:
    shapes = [schemas.of(shape, "validation") for shape in operation.bodies]
    schema = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
    given = operation.route.contract.example
    return {"schema": schema, "example": schemas.examples.of(shapes[0]) if given is None else given}


def _parameters(operation: Operation, schemas: Schemas) -> list[Json]:
    route, agreed = operation.route, operation.route.contract
    found: list[Json] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": route.variables[name],
            "schema": _VARIABLE_TYPES[converter],
        }
        for name, converter in operation.variables.items()
    ]
    found += [
        {
            "name": header.name,
            "in": "header",
            "required": True,
            "description": header.description,
            "schema": {"type": "string", "pattern": header.pattern},
            "example": header.example,
        }
        for header in agreed.needs
    ]
    if agreed.audience == "clinic" and route.policy != "public":
        found += [{"$ref": f"#/components/parameters/{name}"} for name in ("id", "timestamp", "clinic")]
    return found + _query(agreed, schemas)


def _query(agreed: Contract, schemas: Schemas) -> list[Json]:
    if agreed.query is None:
        return []
    members = schemas.members(agreed.query)
    needed = set(members.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in needed, **_as_parameter(schema)}
        for name, schema in members.get("properties", {}).items()
    ]


def _as_parameter(schema: Json) -> Json:
    """Return a member as a parameter: one that may be null is one that may be left out."""
    said = {word: schema[word] for word in ("description",) if word in schema}
    rest = {word: value for word, value in schema.items() if word not in {"description", "title"}}
    options = [option for option in rest.pop("anyOf", ()) if option != {"type": "null"}]
    if options:
        rest |= options[0] if len(options) == 1 else {"anyOf": options}
    if rest.get("default", ...) is None:
        del rest["default"]
    return {**said, "schema": rest}


def _answers(agreed: Contract, schemas: Schemas) -> Json:
    answers = {str(agreed.status): _answer(agreed, "Done", schemas)}
    answers |= {str(status): _answer(agreed, why, schemas) for status, why in agreed.also.items()}
    if "ETag" in agreed.headers:
        answers.setdefault("304", {"description": "The version named in If-None-Match is still the one"})
    return answers


def _answer(agreed: Contract, why: str, schemas: Schemas) -> Json:
    headers = {
        name: {"description": meaning, "schema": {"type": "string"}, "required": False}
        for name, meaning in agreed.headers.items()
    }
    answer: Json = {
        "description": why,
        "headers": {**headers, "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
    }
    if agreed.out is not None:
        schema = schemas.of(agreed.out, "serialization")
        example = schemas.examples.of(schema) if agreed.answer is None else agreed.answer
        answer["content"] = {"application/json": {"schema": schema, "example": example}}
    elif agreed.produces != "application/json":
        answer["content"] = {agreed.produces: {"schema": {"type": "string"}}}
    return answer
