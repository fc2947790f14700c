"""WinPLC as the portal sees it: five calls, and the only mapping of its words to ours."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn, Protocol, TypeVar
from uuid import UUID

import urllib3
from pydantic import BaseModel, ConfigDict, ValidationError
from urllib3.exceptions import HTTPError

from identity.webhooks import sign
from storage.database import Clock
from storage.history import instant
from storage.parcels import Address, Claim, Parcel, Reading
from workflows.content import Code, Key

LARGEST_REPLY = 1024 * 1024  # bytes
LONGEST_WISH = 24 * 3600.0  # seconds that a clinic may make its requests wait
_TRY_AGAIN = {408, 409, 425, 429}
_SERVER_FAULT = 500


class WinPlcFailedError(Exception):
    """The call did not succeed. `code` is a machine word; `permanent` means that trying again cannot help."""

    def __init__(self, code: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.permanent, self.retry_after = code, permanent, retry_after


Reply = TypeVar("Reply", bound=BaseModel)


class _Reply(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Filed(_Reply):
    """WinPLC has the request."""

    reference: Key | None = None
    journal_copy: Key | None = None


class Checked(_Reply):
    """What WinPLC knows of an identity."""

    reference: Key | None = None
    patient: bool
    no_mitid: bool
    email_matches: bool


class FeedEvent(_Reply):
    """One event of the feed: the same word that WinPLC also sends as a call."""

    seq: int
    id: str
    request: UUID | None
    trigger: str
    body: dict[str, Any]


class FeedPage(_Reply):
    """A page of the feed."""

    events: tuple[FeedEvent, ...]
    cursor: int


class _Fault(_Reply):
    code: Code = "refused"


class WinPlc(Protocol):
    """The clinic's system."""

    def file(self, message: UUID, parcel: Parcel) -> Filed:
        """File a request; the same one again is the same filing."""

    def file_form(self, message: UUID, parcel: Parcel) -> Filed:
        """File the answers to the form of an appointment; the last ones stand."""

    def tell_ended(self, message: UUID, parcel: Parcel) -> Filed:
        """Tell that the patient has withdrawn or cancelled."""

    def tell_read(self, message: UUID, reading: Reading) -> None:
        """Tell that the patient has read one of the clinic's messages."""

    def check(self, message: UUID, claim: Claim) -> Checked:
        """Ask whether a number and an address belong to a patient."""

    def events(self, to: Address, after: int, message: UUID) -> FeedPage:
        """Read the feed after a sequence number."""


class HttpWinPlc:
    """WinPLC over HTTP, every call signed. `timeout` is the total for one call in seconds."""

    def __init__(self, clock: Clock, *, connect: float = 3.0, timeout: float = 15.0, threads: int = 16) -> None:
        self._clock = clock
        limits = urllib3.Timeout(connect=connect, read=timeout, total=timeout)
        self._pool = urllib3.PoolManager(maxsize=threads, retries=False, timeout=limits)

    def close(self) -> None:
        """Hang up every idle connection."""
        self._pool.clear()

    def file(self, message: UUID, parcel: Parcel) -> Filed:
        """See `WinPlc.file`.

        Raises:
            WinPlcFailedError: it was not taken, or nobody can know.
        """
        body = {
            "kind": parcel.kind,
            "channel": parcel.channel,
            "submitted_at": instant(parcel.created_at),
            "thread": str(parcel.thread),
            "patient": {"cpr": parcel.cpr.digits if parcel.cpr else None},
            "practitioner": parcel.practitioner,
            "answer_by": parcel.answer_by and parcel.answer_by.isoformat(),
            "content": parcel.content(),
        }
        return _understood(Filed, self._call("PUT", parcel.to, f"requests/{parcel.request}", message, body))

    def file_form(self, message: UUID, parcel: Parcel) -> Filed:
        """See `WinPlc.file_form`.

        Raises:
            WinPlcFailedError: see `file`.
        """
        body = {"at": instant(parcel.at), **parcel.content()}
        reply = self._call("POST", parcel.to, f"requests/{parcel.request}/form", message, body)
        return _understood(Filed, reply)

    def tell_ended(self, message: UUID, parcel: Parcel) -> Filed:
        """See `WinPlc.tell_ended`.

        Raises:
            WinPlcFailedError: see `file`.
        """
        body = {"trigger": parcel.trigger, "at": instant(parcel.at)}
        reply = self._call("POST", parcel.to, f"requests/{parcel.request}/withdrawal", message, body)
        return _understood(Filed, reply)

    def tell_read(self, message: UUID, reading: Reading) -> None:
        """See `WinPlc.tell_read`.

        Raises:
            WinPlcFailedError: see `file`.
        """
        self._call("POST", reading.to, f"messages/{reading.message}/read", message, {"at": instant(reading.at)})

    def check(self, message: UUID, claim: Claim) -> Checked:
        """See `WinPlc.check`.

        Raises:
            WinPlcFailedError: see `file`; also when the reply does not say what was asked.
        """
        body = {"id": str(claim.request), "cpr": claim.cpr, "email": claim.email}
        return _understood(Checked, self._call("POST", claim.to, "identity-checks", message, body))

    def events(self, to: Address, after: int, message: UUID) -> FeedPage:
        """See `WinPlc.events`.

        Raises:
            WinPlcFailedError: see `file`.
        """
        return _understood(FeedPage, self._call("GET", to, f"events?after={after}&limit=200", message, None))

    def _call(self, method: str, to: Address, path: str, message: UUID, body: Mapping[str, Any] | None) -> Any:
        words = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        signed = sign(to.secrets, str(message), int(self._clock().timestamp()), words)
        headers = {"content-type": "application/json", "accept": "application/json", **signed.headers()}
        url = f"{to.url}/winplc/v1/clinics/{to.slug}/{path}"
        try:
            reply = self._pool.request(method, url, body=words, headers=headers, redirect=False, preload_content=False)
            try:
                received = reply.read(LARGEST_REPLY)
            finally:
                reply.release_conn()
        except HTTPError as error:
            raise WinPlcFailedError(f"unreachable_{type(error).__name__}", permanent=False) from None
        if reply.status not in {200, 201}:
            _refuse(reply, received)
        return _json(received)


def _refuse(reply: urllib3.BaseHTTPResponse, received: bytes) -> NoReturn:
    if reply.status in _TRY_AGAIN or reply.status >= _SERVER_FAULT or reply.status < 400:  # noqa: PLR2004 - HTTP's own
        if reply.status == 409 and _code(received) == "slot_taken":  # noqa: PLR2004 - HTTP's own
            raise WinPlcFailedError("slot_taken", permanent=True)
        asked = reply.headers.get("retry-after", "")
        wait = min(float(asked), LONGEST_WISH) if asked.isascii() and asked.isdigit() else None
        raise WinPlcFailedError(f"status_{reply.status}", permanent=False, retry_after=wait)
    raise WinPlcFailedError(_code(received), permanent=True)


def _code(received: bytes) -> str:
    """Return the machine word of a refusal; anything that is not one becomes "refused"."""
    try:
        return _Fault.model_validate_json(received).code
    except ValidationError:
        return "refused"


def _json(received: bytes) -> Any:
    try:
        return json.loads(received)
    except ValueError:
        raise WinPlcFailedError("reply_unreadable", permanent=False) from None


def _understood(shape: type[Reply], words: Any) -> Reply:
    try:
        return shape.model_validate(words)
    except ValidationError:
        raise WinPlcFailedError("reply_unreadable", permanent=False) from None
