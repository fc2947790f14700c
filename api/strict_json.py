"""JSON in: strict, whole or not at all, every fault at once. JSON out: straight from the declared shape."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from api.inputs import Fault, InvalidBodyError, InvalidQueryError, UnreadableBodyError

Shape = TypeVar("Shape")

DEEPEST = 32
_BOM = b"\xef\xbb\xbf"
# An unclosed string runs to the end, so that no text makes the search start again from every quote in it.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_MEMBER_NAME = re.compile(r"[A-Za-z_]{1,40}")
_LIMITS = {"max_length", "min_length", "ge", "gt", "le", "lt", "expected", "multiple_of", "characters", "found"}
_SAME_CODE = {"string_too_long": "text_too_long", "string_too_short": "text_too_short"}


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in the first or last hours of all years, with an offset beyond them
        raise PydanticCustomError("time_beyond_reach", "The time is beyond the years there are") from None


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A point in time: RFC 3339 with any offset in, UTC with `Z` out; a time without offset is refused."""


def _refuse_constant(_name: str) -> None:
    raise UnreadableBodyError("not_a_number")


def _finite(literal: str) -> float:
    number = float(literal)
    if number in {float("inf"), float("-inf")}:
        raise UnreadableBodyError("not_a_number")
    return number


def _each_once(members: list[tuple[str, Any]]) -> None:
    if len(members) > 1 and len(dict(members)) < len(members):
        raise UnreadableBodyError("duplicate_member")


_STRICT = json.JSONDecoder(object_pairs_hook=_each_once, parse_float=_finite, parse_constant=_refuse_constant)


def _is_too_deep(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


def check(body: bytes) -> None:
    """Refuse what is not exactly one strict JSON text.

    Raises:
        UnreadableBodyError: empty, not UTF-8, a byte order mark, NaN or an endless number, a member named twice in
            one object, deeper than 32 levels, or not JSON at all.
    """
    if not body:
        raise UnreadableBodyError("body_missing")
    if body.startswith(_BOM):
        raise UnreadableBodyError("byte_order_mark")
    if _is_too_deep(body):
        raise UnreadableBodyError("too_deep")
    try:
        _STRICT.decode(body.decode())
    except UnicodeDecodeError:
        raise UnreadableBodyError("not_utf8") from None
    except ValueError:
        raise UnreadableBodyError("malformed_json") from None


def read_body(body: bytes, shape: TypeAdapter[Shape]) -> Shape:
    """Return the body as the shape, nothing coerced.

    Raises:
        UnreadableBodyError: it is not strict JSON.
        InvalidBodyError: it is, but breaks the shape; holds every fault.
    """
    check(body)
    try:
        return shape.validator.validate_json(body, strict=True)  # type: ignore[no-any-return]
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    if faults[0]["type"] == "json_invalid":
        raise UnreadableBodyError("malformed_json")
    raise InvalidBodyError(tuple(_fault(_pointer(each), each) for each in faults))


def read_query(parameters: Mapping[str, str | list[str]], shape: type[BaseModel] | None) -> BaseModel | None:
    """Return the query parameters as the shape; numbers and dates are read from their text.

    Only a shape that says to ignore what it does not know lets strangers' parameters pass, unread.

    Raises:
        InvalidQueryError: a parameter is unknown, given more than once, missing or wrong; holds every fault.
    """
    known = shape.model_fields if shape else {}
    strict = shape is None or shape.model_config.get("extra") != "ignore"
    faults = [Fault(_shown(name), "unknown_parameter") for name in parameters if strict and name not in known]
    faults += [
        Fault(name, "repeated_parameter")
        for name, value in parameters.items()
        if name in known and isinstance(value, list)
    ]
    named = {fault.field for fault in faults}
    read: BaseModel | None = None
    if shape:
        try:
            read = shape.model_validate({name: value for name, value in parameters.items() if name in known})
        except ValidationError as error:
            wrong = [(_first(each), each) for each in error.errors(include_url=False, include_input=False)]
            faults += [_fault(name, each) for name, each in wrong if name not in named]
    if faults:
        raise InvalidQueryError(tuple(faults))
    return read


def write(value: Any, shape: TypeAdapter[Any]) -> bytes:
    """Return the value as JSON bytes.

    Raises:
        PydanticSerializationError: the value is not of the declared shape.
    """
    return shape.serializer.to_json(value, by_alias=True, warnings="error")


def _fault(field: str, error: ErrorDetails) -> Fault:
    kind, context = error["type"], error.get("ctx", {})
    limits = {name: value for name, value in context.items() if name in _LIMITS}
    own_danish = {"da": str(context["da"]), "en": error["msg"]} if "da" in context else {}
    return Fault(field, _SAME_CODE.get(kind, kind), limits, own_danish)


def _first(error: ErrorDetails) -> str:
    return str(error["loc"][0]) if error["loc"] else ""


def _shown(name: str) -> str:
    """Return a name the caller chose if it looks like a name, so that nothing else is said back."""
    return name if _MEMBER_NAME.fullmatch(name) else ""


def _pointer(error: ErrorDetails) -> str:
    """Return the JSON pointer of the fault, up to the first part that does not look like a member's name."""
    parts = []
    for part in error["loc"]:
        text = str(part) if isinstance(part, int) else _shown(part)
        if not text:
            break
        parts.append(text)
    return "".join(f"/{part}" for part in parts)
