"""The doors as Falcon calls them: reading, checking and writing around each responder, as its contract says."""

import re
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import falcon
from pydantic import BaseModel, TypeAdapter

from api.call import Call
from api.contract import BODILESS, JSON, Contract, NeededHeader, Route, RouteError
from api.inputs import HeaderFaultError, WrongMediaTypeError
from api.shapes import ByKind, ByTrigger
from api.strict_json import read_body, read_query, write

Reader = Callable[[Call, dict[str, Any]], None]


def mount(app: "falcon.App[Call, falcon.Response]", routes: Iterable[Route]) -> None:
    """Register every row with Falcon; a GET answers HEAD as well.

    Raises:
        RouteError: a row does not fit, or a method and path stand twice.
    """
    by_path: dict[str, dict[str, Callable[..., None]]] = {}
    for route in routes:
        route.check()
        responders = by_path.setdefault(route.path, {})
        name = f"on_{route.method.lower()}"
        if name in responders:
            raise RouteError(f"{route.method} {route.path} stands twice")
        responders[name] = _keeping(route)
    for path, responders in by_path.items():
        if "on_get" in responders:
            responders.setdefault("on_head", responders["on_get"])
        app.add_route(path, SimpleNamespace(**responders))


def _keeping(route: Route) -> Callable[..., None]:
    """Return the responder as Falcon calls it, which keeps the contract."""
    agreed, responder = route.contract, route.responder
    readers = _readers(agreed)
    adapter = TypeAdapter(agreed.out) if agreed.out is not None else None
    permitted = {agreed.status, *agreed.also, *({304} if "ETag" in agreed.headers else ())}

    def respond(call: Call, resp: falcon.Response, **arguments: Any) -> None:
        for read in readers:
            read(call, arguments)
        resp.status = agreed.status
        value = responder(call, resp, **arguments)
        if resp.status not in permitted:
            raise RouteError(f"{route.method} {route.path} does not declare the status it gave")
        if agreed.streamed:
            resp.stream, resp.content_type = value, agreed.produces
        elif adapter is not None and resp.status not in BODILESS:
            resp.data, resp.content_type = write(value, adapter), JSON

    return respond


def _readers(agreed: Contract) -> list[Reader]:
    readers: list[Reader] = [*(_header_reader(header) for header in agreed.needs), _query_reader(agreed.query)]
    if agreed.body is not None:
        readers += [_expect_json, _body_reader(agreed.body)]
    return readers


def _header_reader(header: NeededHeader) -> Reader:
    pattern = re.compile(header.pattern)

    def read(call: Call, _arguments: dict[str, Any]) -> None:
        value = call.get_header(header.name)
        if value is None:
            raise header.missing()
        if not pattern.fullmatch(value):
            raise HeaderFaultError(header.name, header.malformed)

    return read


def _query_reader(query: type[BaseModel] | None) -> Reader:
    def read(call: Call, arguments: dict[str, Any]) -> None:
        if query is not None:
            arguments["query"] = read_query(call.params, query)
        elif call.query_string:
            read_query(call.params, None)

    return read


def _expect_json(call: Call, _arguments: dict[str, Any]) -> None:
    declared = call.env.get("CONTENT_TYPE", "")
    if declared == JSON:
        return
    media, _, parameters = declared.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media.strip().lower() != JSON or charset not in {"", "charset=utf-8"}:
        raise WrongMediaTypeError


def _body_reader(body: type[BaseModel] | ByKind | ByTrigger) -> Reader:
    def by_kind(call: Call, arguments: dict[str, Any]) -> None:
        arguments["body"] = body.read(arguments["kind"], call.body_bytes())  # type: ignore[union-attr]

    def by_trigger(call: Call, arguments: dict[str, Any]) -> None:
        arguments["body"] = body.unread(arguments["trigger"], call.body_bytes())  # type: ignore[union-attr]

    if isinstance(body, ByKind):
        return by_kind
    if isinstance(body, ByTrigger):
        return by_trigger
    adapter = TypeAdapter(body)

    def one_shape(call: Call, arguments: dict[str, Any]) -> None:
        arguments["body"] = read_body(call.body_bytes(), adapter)

    return one_shape
