"""What can be wrong with what a caller sends, before any rule is asked. None of it ever holds what was sent."""

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `field` is a JSON pointer into the body ("/text") or the name of a query parameter or header; `limits` are the
    bounds that the shape sets (never the caller's value, but for emoji); `words` are sentences of the shape's own, by
    language.
    """

    field: str
    code: str
    limits: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)


class InputError(Exception):
    """The base: what was sent cannot be taken; `code` says why, `faults` where."""

    def __init__(self, code: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.faults = code, faults


class UnreadableBodyError(InputError):
    """The body is not one strict JSON text."""


class BodyTooLargeError(InputError):
    """The body is longer than the route takes."""

    def __init__(self) -> None:
        super().__init__("body_too_large")


class WrongMediaTypeError(InputError):
    """The body is not declared as JSON."""

    def __init__(self) -> None:
        super().__init__("json_expected")


class InvalidBodyError(InputError):
    """The body is JSON but not of the declared shape; all faults at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("invalid_body", faults)


class InvalidQueryError(InputError):
    """A query parameter is unknown, repeated, missing or wrong; all faults at once."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("invalid_query", faults)


class HeaderFaultError(InputError):
    """A request header is missing or wrong."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(code, (Fault(name, code),))


class FileRefusedError(InputError):
    """The file is not taken; `code` says why."""


class IdempotencyKeyMissingError(HeaderFaultError):
    """A submission came without its Idempotency-Key."""

    def __init__(self) -> None:
        super().__init__("Idempotency-Key", "idempotency_key_missing")
