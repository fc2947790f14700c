"""The doors that the portal knocks on: requests, withdrawals, identity checks, the feed."""

import time
from uuid import UUID

import falcon

from winplc_mock import events
from winplc_mock.books import Books
from winplc_mock.faults import AFTER, BEFORE, Fault, Faults
from winplc_mock.intake import Call, Outcome
from winplc_mock.refusals import RefusedError
from winplc_mock.server import ENDING
from winplc_mock.shapes import FormAnswers, IdentityCheck, MessageRead, Submission, Withdrawal
from winplc_mock.signing import SignatureRefusedError, verify
from winplc_mock.wire import body_bytes, read_shape

LARGEST_PAGE = 500
USUAL_PAGE = 100
ENDINGS = {"close": "reset", "tls_alert": "tls_alert", "reply_lost": "reset", "half_body": "half"}
LATER = {"down": (503, "down"), "busy": (429, "busy")}


class Doorman:
    """Meets every call to a door of the portal's: first the faults in force, then the signature."""

    def __init__(self, books: Books, faults: Faults) -> None:
        self._books = books
        self._faults = faults

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, str]
    ) -> None:
        """Refuse, break or slow the call, or let it in with ``context.call`` set."""
        if not isinstance(resource, Door):
            return
        clinic = params["clinic"]
        req.context.fault = self._faults.meet(clinic, BEFORE, counted=req.method != "GET")
        if req.context.fault and _strike(req, resp, req.context.fault):
            return
        self._check_signature(req, clinic)

    def process_response(
        self,
        req: falcon.Request,
        _resp: falcon.Response,
        resource: object,
        req_succeeded: bool,  # noqa: FBT001 - Falcon's signature
    ) -> None:
        """Spoil the answer of a call that had its effect, if a fault says so."""
        if not (isinstance(resource, Door) and req_succeeded) or req.method == "GET":
            return
        fault = self._faults.meet(req.context.clinic, AFTER) if "clinic" in req.context else None
        if fault and fault.kind == "reply_late":
            time.sleep(fault.delay)
        elif fault:
            _end_with(req, ENDINGS[fault.kind])

    def _check_signature(self, req: falcon.Request, clinic: str) -> None:
        secrets = self._books.clinic(clinic).from_portal
        headers = {name.lower(): value for name, value in req.headers.items()}
        try:
            signed = verify(secrets, headers, body_bytes(req), self._books.clock().timestamp())
        except SignatureRefusedError as refused:
            raise RefusedError(401, refused.code) from None
        if not signed.fresh and not self._books.was_accepted(clinic, signed.identifier):
            raise RefusedError(401, "signature_stale")
        req.context.clinic = clinic
        req.context.webhook_id = signed.identifier


class Door:
    """A resource that only signed calls reach."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def _call(self, req: falcon.Request, request: str) -> Call:
        return Call(req.context.clinic, request, req.context.webhook_id, self._books.now())


class RequestDoor(Door):
    """PUT …/requests/{id}: file a request."""

    def on_put(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:  # noqa: ARG002 - checked by the doorman
        """201 for the first, 200 for a repeat, with the same answer."""
        call = self._call(req, _request_id(request))
        submission = read_shape(req, Submission)
        outcome = self._books.receive(call, submission, known_patient=not _hides_patient(req))
        _answer(resp, outcome, first=falcon.HTTP_201)


class WithdrawalDoor(Door):
    """POST …/requests/{id}/withdrawal: the patient or the portal takes a request back."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:  # noqa: ARG002 - as above
        """200, also for a request that has not come yet."""
        call = self._call(req, _request_id(request))
        _answer(resp, self._books.withdraw(call, read_shape(req, Withdrawal)))


class FormDoor(Door):
    """POST …/requests/{id}/form: the patient's answers to the form of an appointment."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, request: str) -> None:  # noqa: ARG002 - as above
        """200 with the number of the copy in the journal."""
        call = self._call(req, _request_id(request))
        _answer(resp, self._books.take_form(call, read_shape(req, FormAnswers)))


class IdentityDoor(Door):
    """POST …/identity-checks: do CPR and address belong together?"""

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:  # noqa: ARG002 - as above
        """200 with the three facts."""
        check = read_shape(req, IdentityCheck)
        outcome = self._books.check_identity(self._call(req, check.id), check, known_patient=not _hides_patient(req))
        _answer(resp, outcome)


class ReadDoor(Door):
    """POST …/messages/{message}/read: the patient has opened a message."""

    def on_post(self, req: falcon.Request, resp: falcon.Response, *, clinic: str, message: str) -> None:  # noqa: ARG002 - as above
        """200; a watched message leaves the folder of unread answers."""
        read = read_shape(req, MessageRead)
        _answer(resp, self._books.message_read(self._call(req, message), message, read.at))


class EventsDoor(Door):
    """GET …/events: every callback ever owed, in order."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, *, clinic: str) -> None:
        """200 with the events after a sequence number."""
        after = _number(req, "after", 0, 2**53)
        limit = _number(req, "limit", USUAL_PAGE, LARGEST_PAGE)
        with self._books.store.read() as db:
            resp.media = events.feed(db, clinic, after, limit)


def _strike(req: falcon.Request, resp: falcon.Response, fault: Fault) -> bool:
    """Do what the fault does before the call is looked at; True if the call ends here."""
    if fault.kind == "slow":
        time.sleep(fault.delay)
        return False
    if fault.kind == "unknown_patient":
        return False
    if fault.kind in LATER:
        resp.set_header("Retry-After", str(fault.retry_after))
    resp.status, code = LATER.get(fault.kind, (500, "broken"))
    resp.media = {"code": code}
    _end_with(req, ENDINGS.get(fault.kind))
    resp.complete = True
    return True


def _end_with(req: falcon.Request, ending: str | None) -> None:
    req.env.setdefault(ENDING, {})["kind"] = ending


def _hides_patient(req: falcon.Request) -> bool:
    return req.context.fault is not None and req.context.fault.kind == "unknown_patient"


def _answer(resp: falcon.Response, outcome: Outcome, first: str = falcon.HTTP_200) -> None:
    resp.status = first if outcome.first else falcon.HTTP_200
    resp.media = outcome.result


def _request_id(text: str) -> str:
    try:
        canonical = str(UUID(text))
    except ValueError:
        canonical = ""
    if canonical != text:
        raise RefusedError(400, "malformed", "the request id is not a UUID")
    return text


def _number(req: falcon.Request, name: str, usual: int, most: int) -> int:
    text = req.get_param(name) or str(usual)
    if not (text.isascii() and text.isdecimal()) or int(text) > most:
        raise RefusedError(400, "malformed", name)
    return int(text)
