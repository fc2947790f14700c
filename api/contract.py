"""What one operation takes and gives, written at its responder; the route table that doors and document come from.

A responder is a method `(self, call, resp, *, <path variables>, body, query)`. It is given the body and the query as
models and returns the answer as a model; it stays a plain function that a test may call. `mount` puts the reading,
checking and writing around it.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from api.call import LARGEST_BODY, Call
from api.inputs import IdempotencyKeyMissingError
from api.shapes import ByKind, ByTrigger
from identity.outcomes import PreconditionRequiredError

Responder = TypeVar("Responder", bound=Callable[..., Any])
Reader = Callable[[Call, dict[str, Any]], None]

JSON, HTML = "application/json", "text/html"
PAGES = "pages"
"""The audience of what people see in a browser, which is no part of the API."""
BODILESS = frozenset({204, 304})
_CONTRACT = "api_contract"
_VARIABLE = re.compile(r"{([a-z_]+)(?::([a-z]+))?}")


@dataclass(frozen=True, slots=True)
class NeededHeader:
    """A request header without which the operation is refused; the responder reads it by `call.header(name)`."""

    name: str
    description: str
    pattern: str
    missing: Callable[[], Exception]
    malformed: str
    example: str


IDEMPOTENCY_KEY = NeededHeader(
    "Idempotency-Key",
    "Made by the caller, one per submission: a repeat with the same key and body is answered as the first was. "
    "Bare, or in quotes.",
    r'^(?:[\x21\x23-\x7e]{16,255}|"[\x21\x23-\x7e]{16,255}")$',
    IdempotencyKeyMissingError,
    "idempotency_key_malformed",
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
)
IF_MATCH = NeededHeader(
    "If-Match",
    "The `ETag` of the version that the caller has read.",
    r'^"[\x21\x23-\x7e]{1,64}"$',
    PreconditionRequiredError,
    "if_match_malformed",
    '"7"',
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One operation as its responder declares it.

    `audience` is the tag and decides the security scheme; `status` is the usual answer, `also` other good ones with
    the reason (set by `resp.status`); `headers` are response headers and `needs` request headers; `errors` are the
    exceptions that the responder lets through, beyond those that follow from the rest; `produces` is the media type
    of an answer that is not JSON, which the responder writes itself; where it is `streamed` the responder gives an
    iterator of its bytes. Where it `takes_file` the body is a file's bytes, of any media type, and the responder reads
    them by `call.pieces()`. `example` and `answer` are JSON values shown in the document instead of made ones.
    """

    summary: str
    audience: str
    body: type[BaseModel] | ByKind | ByTrigger | None = None
    query: type[BaseModel] | None = None
    out: Any = None
    status: int = 200
    also: Mapping[int, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    needs: Sequence[NeededHeader] = ()
    errors: Sequence[type[Exception]] = ()
    produces: str = JSON
    streamed: bool = False
    takes_file: bool = False
    largest_body: int = LARGEST_BODY
    description: str = ""
    example: Any = None
    answer: Any = None

    def __call__(self, responder: Responder) -> Responder:
        """Attach itself to a responder and leave the responder as it is."""
        setattr(responder, _CONTRACT, self)
        return responder


contract = Contract
"""The decorator under which responders use it: `@contract(summary=..., audience=..., ...)`."""


class RouteError(Exception):
    """The route table does not fit together; found when the application is built."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the route table: a method and path, the responder that answers, and the policy that admits.

    `policy` is an action of the policy page; "public" admits anyone. `variables` says what each path variable means.
    """

    method: str
    path: str
    responder: Callable[..., Any]
    policy: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def contract(self) -> Contract:
        """The contract of the responder.

        Raises:
            RouteError: it has none.
        """
        found = getattr(self.responder, _CONTRACT, None)
        if not isinstance(found, Contract):
            raise RouteError(f"{self.method} {self.path} has no contract")
        return found

    def path_variables(self) -> dict[str, str]:
        """Return the path's variables, each with the converter of its template ("" for text)."""
        return {match[1]: match[2] or "" for match in _VARIABLE.finditer(self.path)}

    def check(self) -> None:
        """Refuse a row whose parts do not fit.

        Raises:
            RouteError: no contract, a variable without its meaning, or a responder that takes other arguments.
        """
        agreed, variables = self.contract, set(self.path_variables())
        if variables != set(self.variables):
            raise RouteError(f"{self.method} {self.path} must say what each of {sorted(variables)} means")
        wanted = variables | ({"body"} if agreed.body else set()) | ({"query"} if agreed.query else set())
        taken = set(list(inspect.signature(self.responder).parameters)[2:])
        if wanted != taken:
            raise RouteError(f"{self.method} {self.path} takes {sorted(taken)}, its contract gives {sorted(wanted)}")
        if isinstance(agreed.body, ByKind | ByTrigger) and agreed.body.variable not in variables:
            raise RouteError(f"{self.method} {self.path} lacks the variable {{{agreed.body.variable}}}")
