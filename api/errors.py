"""From outcomes to HTTP: the only place with HTTP statuses for what did not succeed. RFC 9457, in two languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import falcon

from api.call import Call
from api.contacts import Contact
from api.fresh import Fresh
from api.held_words import NEXT_STEP, held_sentence
from api.inputs import (
    BodyTooLargeError,
    FileRefusedError,
    HeaderFaultError,
    InputError,
    InvalidBodyError,
    InvalidQueryError,
    UnreadableBodyError,
    WrongMediaTypeError,
)
from api.onward import Onward
from api.page_problems import Handler, Pages, for_people
from api.problem import Problem
from api.problem_document import FaultDocument, ProblemDocument
from api.problems import BY_STATUS, BY_UNREADABLE, RULE_REFUSED, UNEXPECTED
from api.problems import PROBLEMS as WORDS
from api.sentences import sentence
from identity.outcomes import (
    AlreadyEnoughError,
    BrokerUnavailableError,
    ContentHeldError,
    FileMissingError,
    ForbiddenError,
    KeyReusedError,
    MitIdOffError,
    MitIdRefusedError,
    NotEnrolledError,
    NotFoundError,
    PreconditionRequiredError,
    ScannerUnavailableError,
    StorageFullError,
    StorageUnavailableError,
    TooManyRequestsError,
    UnauthenticatedError,
    VersionMismatchError,
)
from workflows.vocabulary import Layer, NotApplicableError, Refusal, Rule, Say

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 5

STATUSES: Mapping[type[Exception], int] = {
    UnreadableBodyError: 400,
    InvalidQueryError: 400,
    HeaderFaultError: 400,
    UnauthenticatedError: 401,
    MitIdRefusedError: 401,
    ForbiddenError: 403,
    ContentHeldError: 403,
    NotEnrolledError: 403,
    NotFoundError: 404,
    MitIdOffError: 404,
    NotApplicableError: 409,
    AlreadyEnoughError: 409,
    FileMissingError: 410,
    VersionMismatchError: 412,
    BodyTooLargeError: 413,
    WrongMediaTypeError: 415,
    InvalidBodyError: 422,
    FileRefusedError: 422,
    KeyReusedError: 422,
    PreconditionRequiredError: 428,
    TooManyRequestsError: 429,
    StorageUnavailableError: 503,
    BrokerUnavailableError: 503,
    ScannerUnavailableError: 503,
    StorageFullError: 507,
}

_OF_A_GOOD_ANSWER = ("Location", "ETag", "Cache-Control", "Content-Security-Policy")
_WAIT = {TooManyRequestsError, StorageUnavailableError, BrokerUnavailableError, ScannerUnavailableError}


class RefusedError(Exception):
    """A rule refused: how a responder hands the engine's `Refusal` to the caller.

    `within` is the JSON pointer of the member that holds the content, where the body is an envelope ("/content");
    `onward` is what to ask for instead, `contact` whom to phone where it cannot wait, `fresh` are free times in the
    place of one that is gone.
    """

    def __init__(
        self,
        refusal: Refusal,
        within: str = "",
        onward: Onward | None = None,
        contact: Contact | None = None,
        fresh: Fresh | None = None,
    ) -> None:
        super().__init__(refusal.rule.code)
        self.rule, self.within = refusal.rule, within
        self.onward, self.contact, self.fresh = onward, contact, fresh


def refused_status(rule: Rule) -> int:
    """Return the status of a refusal: 409 where the world has moved on, else 422."""
    return 409 if rule.conflict else 422


Failed = Callable[[str, str, str], None]
"""Told of an unexpected exception: request id, the exception's class, where in our code it arose. Never its text."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one problem says beyond its words."""

    problem: Problem
    status: int
    extra: Mapping[str, Any]


def add_error_handlers(app: "falcon.App[Call, falcon.Response]", failed: Failed, pages: Pages | None = None) -> None:
    """Make every outcome, Falcon's own errors and what is unexpected leave as problem+json, or by `pages` as pages."""

    def unexpected(call: Call, resp: falcon.Response, error: Exception, _params: Mapping[str, Any]) -> None:
        failed(call.request_id, type(error).__name__, _where(error))
        _tell(call, resp, _Told(UNEXPECTED, 500, {}))

    handlers: dict[type[Exception], Handler] = {
        Exception: unexpected,
        falcon.HTTPError: _from_falcon,
        RefusedError: _from_refusal,
        **dict.fromkeys(STATUSES, _from_outcome),
    }
    for kind, handler in handlers.items():
        app.add_error_handler(kind, handler if pages is None else for_people(handler, pages))


def _where(error: Exception) -> str:
    """Return file and line of the innermost frame: a place in the code, no values."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}" if frame else ""


def _from_falcon(call: Call, resp: falcon.Response, error: falcon.HTTPError, _params: Mapping[str, Any]) -> None:
    """Falcon's texts may repeat what was sent: only its status and headers are kept."""
    if error.headers:
        resp.set_headers(error.headers)
    status = error.status_code
    _tell(call, resp, _Told(BY_STATUS.get(status, BY_STATUS[400]), status, {}))


def _from_refusal(call: Call, resp: falcon.Response, error: RefusedError, _params: Mapping[str, Any]) -> None:
    rule, language = error.rule, call.language
    problem = Problem(rule.code, RULE_REFUSED, rule.sentence)
    extra: dict[str, Any] = {"layer": rule.layer, "next_step": getattr(rule.next_step, language)}
    if error.contact is not None:
        extra["contact"] = error.contact
    if error.fresh is not None:
        extra |= {"free_times": error.fresh.free_times, "see": error.fresh.see}
    if rule.field is not None:
        extra["field"] = f"{error.within}/{rule.field}"
    if error.onward is not None:
        extra["onward"] = error.onward.model_dump()
    _tell(call, resp, _Told(problem, refused_status(rule), extra))


def _from_outcome(call: Call, resp: falcon.Response, error: Exception, _params: Mapping[str, Any]) -> None:
    kind = next(each for each in type(error).__mro__ if each in STATUSES)
    status = STATUSES[kind]
    if kind in _WAIT:
        resp.set_header("Retry-After", str(getattr(error, "retry_after", RETRY_AFTER_SECONDS)))
    if status == STATUSES[UnauthenticatedError]:
        resp.set_header("WWW-Authenticate", 'Bearer realm="patientportal"')
    if isinstance(error, ContentHeldError):
        _tell(call, resp, _held(error, status, call.language))
        return
    problem = problem_of(kind, error)
    _tell(call, resp, _Told(problem, status, _beyond(problem, error, call.language)))


def _held(error: ContentHeldError, status: int, language: str) -> _Told:
    general = problem_of(ContentHeldError)
    problem = Problem(general.code, general.title, held_sentence(error.until))
    return _Told(problem, status, {"next_step": _said(NEXT_STEP, language), "until": error.until})


def problem_of(kind: type[Exception], error: Exception | None = None) -> Problem:
    """Return the words for an outcome; an input fault has words of its own by its code."""
    code = getattr(error, "code", "")
    return BY_UNREADABLE.get(code) or WORDS.get(code) or WORDS[kind.__name__]


def _beyond(problem: Problem, error: Exception, language: str) -> dict[str, Any]:
    """Return what is told beyond the words of the kind."""
    extra = {"next_step": _said(problem.next_step, language)} if problem.next_step else {}
    if isinstance(error, UnauthenticatedError | ForbiddenError):
        return extra | {"code": error.code}
    if isinstance(error, NotEnrolledError):
        return extra | {"verified": error.verified}
    return extra | _faults(error, language)


def _faults(error: Exception, language: str) -> dict[str, Any]:
    if not isinstance(error, InputError) or not error.faults:
        return {}
    faults = tuple(
        FaultDocument(
            field=fault.field,
            code=fault.code,
            detail=sentence(fault, language),
            characters=fault.limits.get("found"),
        )
        for fault in error.faults
    )
    layer = {"layer": Layer.CONTENT} if isinstance(error, InvalidBodyError) else {}
    return {"errors": faults, "field": faults[0].field, **layer}


def _tell(call: Call, resp: falcon.Response, told: _Told) -> None:
    language, problem = call.language, told.problem
    for name in _OF_A_GOOD_ANSWER:
        resp.delete_header(name)
    document = ProblemDocument(
        type=f"/problems/{problem.code}",
        title=_said(problem.title, language),
        status=told.status,
        detail=_said(problem.detail, language) if problem.detail else None,
        code=told.extra.get("code", problem.code),
        instance=call.path,
        request_id=call.request_id,
        **{name: value for name, value in told.extra.items() if name != "code"},
    )
    resp.status = told.status
    resp.data = document.model_dump_json(exclude_none=True).encode()
    resp.content_type = PROBLEM_JSON
    resp.set_header("Content-Language", language)
    resp.append_header("Vary", "Accept-Language")


def _said(say: Say, language: str) -> str:
    return str(getattr(say, language))
