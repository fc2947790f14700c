"""What happens around every call: its id, the policy, the security headers, and telling the observers."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import falcon

from api.call import Call
from api.contract import PAGES, Route
from identity.outcomes import NotFoundError
from identity.subject import Principal
from storage.scope import leave

Authorise = Callable[[Call, Route], Principal]
"""Says who asks, or raises UnauthenticatedError, ForbiddenError, TooManyRequestsError."""

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
CLOSED = (
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""Headers of every answer, errors included."""

UNMATCHED = "unmatched"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Served:
    """One call that was answered. `route` is the path's template, never the path; `seconds` is how long it took."""

    request_id: str
    method: str
    route: str
    status: int
    seconds: float
    principal: Principal


Observer = Callable[[Served], None]


class Identify:
    """Gives every call its id and starts its clock."""

    def __init__(self, new_id: Callable[[], str], timer: Callable[[], float]) -> None:
        self._new_id, self._timer = new_id, timer

    def process_request(self, call: Call, _resp: falcon.Response) -> None:
        """Take the caller's X-Request-Id where it is well formed, else make one."""
        call.started = self._timer()
        given = call.env.get("HTTP_X_REQUEST_ID")
        call.request_id = given if given and _REQUEST_ID.fullmatch(given) else self._new_id()


class Admit:
    """Asks the policy before a responder runs; only routes of the table have responders of ours."""

    def __init__(self, routes: Iterable[Route], authorise: Authorise) -> None:
        self._routes: dict[tuple[str, str], Route] = {(each.method, each.path): each for each in routes}
        self._routes |= {("HEAD", path): each for (method, path), each in self._routes.items() if method == "GET"}
        self._authorise = authorise

    def process_resource(
        self,
        call: Call,
        _resp: falcon.Response,
        _resource: object,
        params: Mapping[str, Any],
    ) -> None:
        """Let the policy say who asks, or refuse; a path with characters that no name has leads nowhere."""
        if not all(value.isprintable() for value in params.values() if isinstance(value, str)):
            raise NotFoundError
        route = self._routes.get((call.method, call.uri_template or ""))
        if route is not None:
            call.is_page = route.contract.audience == PAGES
            call.largest_body, call.variables = route.contract.largest_body, params
            call.takes_file = route.contract.takes_file
            call.principal = self._authorise(call, route)


class Close:
    """Sets the security headers; a responder may widen what is cached and what its own page may load."""

    def process_response(self, call: Call, resp: falcon.Response, _resource: object, _succeeded: bool) -> None:  # noqa: FBT001 - Falcon's signature
        """Set the headers on every answer, errors included; whoever calls next on this thread begins with nothing."""
        leave()
        resp.set_headers(CLOSED)
        resp.set_header("X-Request-Id", call.request_id)
        if call.shares:
            resp.set_header("RateLimit-Policy", ", ".join(share.policy for share in call.shares))
            resp.set_header("RateLimit", ", ".join(share.state for share in call.shares))
        if resp.get_header("Content-Security-Policy") is None:
            resp.set_header("Content-Security-Policy", JSON_POLICY)
        if resp.get_header("Cache-Control") is None:
            resp.set_header("Cache-Control", "no-store")


class Observe:
    """Tells the observers of every answered call: metrics, the log."""

    def __init__(self, observers: Sequence[Observer], timer: Callable[[], float]) -> None:
        self._observers, self._timer = tuple(observers), timer

    def process_response(self, call: Call, resp: falcon.Response, _resource: object, _succeeded: bool) -> None:  # noqa: FBT001 - Falcon's signature
        """Tell them."""
        served = Served(
            call.request_id,
            call.method if call.method in _METHODS else "other",
            call.uri_template or UNMATCHED,
            resp.status_code,
            self._timer() - call.started,
            call.principal,
        )
        for observe in self._observers:
            observe(served)
