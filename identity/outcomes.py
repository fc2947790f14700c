"""Outcomes that end an act early: neutral exceptions that say a kind, never a person, a text or a number."""

from datetime import datetime
from uuid import UUID


class OutcomeError(Exception):
    """The base; every one has its HTTP status in `api/errors.py` and nowhere else."""


class NotFoundError(OutcomeError):
    """It is not there, or not yours: the two look the same."""


class ForbiddenError(OutcomeError):
    """Who asks is known, and may not do this, or not in this way. `code` says why."""

    def __init__(self, code: str = "forbidden") -> None:
        super().__init__(code)
        self.code = code


class ContentHeldError(OutcomeError):
    """A clinic keeps its content back from this log-in: until a moment, or (None) until it confirms the patient."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__("content held")
        self.until = until


class UnauthenticatedError(OutcomeError):
    """The caller has not shown who they are, or the proof does not hold. `code` says which proof."""

    def __init__(self, code: str = "unauthenticated") -> None:
        super().__init__(code)
        self.code = code


class KeyReusedError(OutcomeError):
    """The idempotency key was used before with another body."""


class VersionMismatchError(OutcomeError):
    """The settings have changed since the caller read them."""


class PreconditionRequiredError(OutcomeError):
    """The settings can only be changed by a caller who says which version they read."""


class TooManyRequestsError(OutcomeError):
    """A limit is reached; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests")
        self.retry_after = retry_after


class AlreadyEnoughError(OutcomeError):
    """There are as many of these as there may be."""


class StorageUnavailableError(OutcomeError):
    """The database cannot take the act now; nothing was stored."""


class StorageFullError(OutcomeError):
    """There is no room for the file; nothing of it was kept."""


class FileMissingError(OutcomeError):
    """What is known of a file says that it is kept, and it is not there; an operator is to look."""


class ScannerUnavailableError(OutcomeError):
    """Files are to be checked for viruses, and that cannot be done now; nothing of the file was kept."""


class MitIdRefusedError(OutcomeError):
    """A log-in with MitID does not hold.

    `code` is what the caller is told; `reason`, a machine word too, is for the access log alone, so that nobody learns
    which check they have to get past. `person` is whose record it was about, where that is known.
    """

    def __init__(self, reason: str, *, code: str = "mitid_refused", person: UUID | None = None) -> None:
        super().__init__(code)
        self.reason, self.code, self.person = reason, code, person


class MitIdOffError(OutcomeError):
    """No broker of MitID is connected to this portal."""


class NotEnrolledError(OutcomeError):
    """Somebody has proven who they are, and is no user at the clinic; `verified` shows the proof to the enrolment."""

    def __init__(self, verified: str) -> None:
        super().__init__("not_enrolled")
        self.verified = verified


class BrokerUnavailableError(OutcomeError):
    """The broker of MitID does not answer as it must; `reason` is a machine word for the access log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
