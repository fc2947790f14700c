"""The parts of the OpenAPI document that all operations share: tags, security schemes, problems, headers."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.contract import Route
from api.errors import PROBLEM_JSON, STATUSES, RefusedError, problem_of
from api.inputs import (
    BodyTooLargeError,
    InvalidBodyError,
    InvalidQueryError,
    UnreadableBodyError,
    WrongMediaTypeError,
)
from api.problem_document import ProblemDocument
from api.problems import UNEXPECTED
from api.proofs import APPS, CLIENT_KEY, COOKIE
from api.same_site import HEADER
from identity.outcomes import (
    ForbiddenError,
    NotFoundError,
    StorageUnavailableError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from identity.policy import POLICY, Who

Json = dict[str, Any]
PROBLEM = ProblemDocument

TAGS: Sequence[Json] = (
    {"name": "public", "description": "What anyone may read of a clinic, and ways in for those who have none yet."},
    {"name": "patient", "description": "What a patient does and reads."},
    {"name": "clinic", "description": "What the clinic's own system says. Every call is signed."},
    {"name": "auditor", "description": "What an auditor reads. Every look-up needs a purpose and is itself recorded."},
    {"name": "operator", "description": "Health, metrics and this document."},
)

SECURITY: Mapping[str, Sequence[Json]] = {
    "public": (),
    "patient": (
        {"patientToken": []},
        {"patientToken": [], "clientKey": []},
        {"patientCookie": []},
        {"patientCookie": [], "csrfToken": []},
    ),
    "clinic": ({"standardWebhooks": []},),
    "auditor": ({"auditorToken": []},),
    "operator": ({"operatorToken": []},),
}
GRANTED = frozenset({"/v1/audit/session", "/v1/operator/session"})
"""Where the holder of a grant logs in."""

SCRAPED: Sequence[Json] = ({}, {"metricsToken": []})
"""What the reader of the metrics shows: a token, where the settings name one."""

"""What each audience shows of itself; any one of the alternatives is enough."""


def security(route: Route) -> Sequence[Json]:
    """Return what a caller shows: at a door open to anyone nothing, though an API client may show its key there."""
    if POLICY.get(route.policy) is Who.SCRAPER:
        return SCRAPED
    if route.path in GRANTED and route.policy == "public":
        return ({"grantToken": []},)
    if route.policy != "public":
        return SECURITY[route.contract.audience]
    return [{}, {"clientKey": []}] if route.contract.audience in APPS else []


_SCHEMES: Mapping[str, Json] = {
    "patientToken": {"type": "http", "scheme": "bearer", "description": "The token given when a patient logs in."},
    "patientCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "Set where a log-in is completed with `keep` as `cookie`; for the portal's own pages.",
    },
    "csrfToken": {
        "type": "apiKey",
        "in": "header",
        "name": HEADER,
        "description": "Goes with the cookie on every call that changes something; `GET /v1/session` gives it.",
    },
    "clientKey": {
        "type": "apiKey",
        "in": "header",
        "name": CLIENT_KEY,
        "description": "An API client's key. A log-in that a client made works with that client's key only.",
    },
    "auditorToken": {"type": "http", "scheme": "bearer", "description": "The token given when an auditor logs in."},
    "operatorToken": {"type": "http", "scheme": "bearer", "description": "The token given when an operator logs in."},
    "grantToken": {"type": "http", "scheme": "bearer", "description": "The token of a grant, good for logging in."},
    "metricsToken": {"type": "http", "scheme": "bearer", "description": "What the settings name, if they do."},
    "standardWebhooks": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": (
            "Standard Webhooks: `v1,` and the base64 HMAC-SHA-256 of `id.timestamp.body` under the clinic's secret; "
            "several, separated by blanks, while a secret is changed. https://www.standardwebhooks.com/"
        ),
    },
}

_SIGNED: Mapping[str, tuple[str, str, Json, str]] = {
    "id": ("webhook-id", "The message's id; the same on every repeat.", {"type": "string"}, "evt_01"),
    "timestamp": (
        "webhook-timestamp",
        "Seconds since 1970 of this try; at most five minutes off.",
        {"type": "string", "pattern": "^[0-9]+$"},
        "1795510800",
    ),
    "clinic": ("webhook-clinic", "The clinic's short name.", {"type": "string"}, "nygade"),
}

_MEANINGS: Mapping[int, str] = {
    400: "The call cannot be read: a parameter, a header or the JSON text is wrong",
    401: "We do not know who asks",
    403: "A caller of this kind may not",
    404: "It is not here, or not yours",
    409: "The world has moved on: wrong state, or what was asked for is taken",
    412: "Changed since it was read",
    413: "The body is too large",
    415: "The body is not declared as JSON",
    422: "The body breaks its shape, a rule refused, or the key was used with another body",
    428: "If-Match is missing",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    410: "It is known here and cannot be fetched any more",
    507: "There is no room for it",
    503: "Nothing is stored; try again after Retry-After seconds",
}


def problem_statuses(route: Route) -> list[int]:
    """Return every status with which the operation may fail: declared, or following from what it takes."""
    agreed = route.contract
    kinds: set[type[Exception]] = {InvalidQueryError, TooManyRequestsError, StorageUnavailableError, *agreed.errors}
    kinds |= {type(header.missing()) for header in agreed.needs}
    if agreed.body is not None:
        kinds |= {UnreadableBodyError, BodyTooLargeError, WrongMediaTypeError, InvalidBodyError}
    if agreed.takes_file:
        kinds |= {UnreadableBodyError, BodyTooLargeError}
    if route.policy != "public":
        kinds |= {UnauthenticatedError, ForbiddenError}
    if agreed.audience in APPS:
        kinds.add(UnauthenticatedError)
    if route.variables:
        kinds.add(NotFoundError)
    return sorted({500, *(status for kind in kinds for status in _statuses_of(kind))} - set(agreed.also))


def _statuses_of(kind: type[Exception]) -> set[int]:
    if issubclass(kind, RefusedError):
        return {409, 422}
    return {next(STATUSES[each] for each in kind.__mro__ if each in STATUSES)}


def error_responses(route: Route) -> Json:
    """Return the operation's failures as references to the shared descriptions."""
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in problem_statuses(route)}


def components(definitions: Mapping[str, Json], statuses: Sequence[int]) -> Json:
    """Return the components section with these schemas."""
    return {
        "schemas": dict(definitions),
        "responses": {f"Problem{status}": _problem(status) for status in statuses},
        "parameters": {
            name: {
                "name": header,
                "in": "header",
                "required": True,
                "description": meaning,
                "schema": schema,
                "example": shown,
            }
            for name, (header, meaning, schema, shown) in _SIGNED.items()
        },
        "headers": {
            "X-Request-Id": {
                "description": "The id to name when asking for help: the caller's own, or a new one",
                "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
            },
            "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
            "RateLimit-Policy": {
                "description": 'How often an address may call here, as `"name";q=calls;w=seconds`',
                "schema": {"type": "string"},
            },
            "RateLimit": {
                "description": 'What is left of it and for how long, as `"name";r=calls;t=seconds`',
                "schema": {"type": "string"},
            },
        },
        "securitySchemes": dict(_SCHEMES),
    }


def _problem(status: int) -> Json:
    names = {429: ("Retry-After", "RateLimit-Policy", "RateLimit"), 503: ("Retry-After",)}.get(status, ())
    waiting = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return {
        "description": _MEANINGS[status],
        "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}, **waiting},
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _problem_example(status),
            },
        },
    }


def _problem_example(status: int) -> Json:
    kind = next((kind for kind, its in STATUSES.items() if its == status), None)
    problem = UNEXPECTED if kind is None else problem_of(kind)
    return {
        "type": f"/problems/{problem.code}",
        "title": problem.title.da,
        "status": status,
        **({"detail": problem.detail.da} if problem.detail else {}),
        "code": problem.code,
        "instance": "/v1/requests",
        "request_id": "5f0c2a9e7b1d4c3f8a6e9d2b1c0f4e7a",
    }
