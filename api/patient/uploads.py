"""A patient sends a file ahead of the message it goes with (EKO-1)."""

from datetime import timedelta
from uuid import UUID

import falcon
from pydantic import BaseModel

from api.call import Call
from api.contract import IDEMPOTENCY_KEY, Route, contract
from api.errors import RefusedError
from api.file_intake import FILE_NAME, Intake, name_given
from api.given import Services
from api.inputs import FileRefusedError
from api.patient.acting import idempotency_key
from api.patient.submissions import REPLAY
from api.strict_json import Moment
from identity.outcomes import (
    AlreadyEnoughError,
    KeyReusedError,
    NotFoundError,
    ScannerUnavailableError,
    StorageFullError,
    TooManyRequestsError,
)
from identity.subject import Patient
from sanitising.kinds import LARGEST_FILE
from storage.idempotency import Reserved
from storage.throttles import count_up
from storage.uploads import Owner
from workflows.files import FILES_TAKEN
from workflows.vocabulary import Refusal

AT_ONCE, WINDOW = 100, timedelta(hours=1)


class Uploaded(BaseModel):
    """A file that waits for its message: name it there by its id, before it expires."""

    id: UUID
    kind: str
    size: int
    expires_at: Moment


class Uploads:
    """Takes files in, and removes those that their owner does not want to send."""

    def __init__(self, services: Services) -> None:
        self._services, self._intake = services, Intake(services)

    @contract(
        summary="Upload a file for a message",
        audience="patient",
        out=Uploaded,
        status=201,
        headers=REPLAY,
        needs=(IDEMPOTENCY_KEY, FILE_NAME),
        takes_file=True,
        largest_body=LARGEST_FILE,
        errors=(
            RefusedError,
            FileRefusedError,
            KeyReusedError,
            NotFoundError,
            AlreadyEnoughError,
            TooManyRequestsError,
            ScannerUnavailableError,
            StorageFullError,
        ),
        description="At most 10 MB; a JPEG, PNG or HEIC picture or a PDF, by its content. It is made anew without "
        "place, scripts and attachments. Unused files are gone after a day.",
    )
    def upload(self, call: Call, resp: falcon.Response, *, slug: str) -> Uploaded:
        """Take the file in and answer its id."""
        services, name = self._services, name_given(call)
        owner = self._owner(call, slug)
        taken = self._intake.take(call, services.new_id(), owner.key, name)
        said = taken.as_sent + name.encode()
        fingerprint = services.keyring.keyed("fingerprint", said)
        key = Reserved(f"person:{owner.person}", f"{slug}/uploads", idempotency_key(services, call), fingerprint)
        upload = services.files.add(owner, taken.kept, key)
        if upload.replayed:
            resp.set_header("Idempotent-Replay", "true")
        return Uploaded(id=upload.id, kind=upload.kind, size=upload.size, expires_at=upload.expires_at)

    def _owner(self, call: Call, slug: str) -> Owner:
        """Return whose the file will be, before a byte of it is read.

        Raises:
            RefusedError: the clinic takes no files.
            TooManyRequestsError: there were too many in the last hour.
        """
        services, person = self._services, call.caller(Patient).person
        with services.database.writing() as connection:
            owner = services.files.owner(connection, slug, person)
            if not owner.settings.files_taken:
                raise RefusedError(Refusal(FILES_TAKEN))
            if count_up(connection, f"upload:{person}", services.clock(), WINDOW) > AT_ONCE:
                raise TooManyRequestsError(int(WINDOW.total_seconds()))
        return owner

    @contract(summary="Remove a file that I have not sent", audience="patient", status=204, errors=(NotFoundError,))
    def remove(self, call: Call, _resp: falcon.Response, *, upload: UUID) -> None:
        """Remove it at once."""
        self._services.files.remove(call.caller(Patient).person, upload)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        slug, upload = {"slug": "The clinic's short name"}, {"upload": "The upload's id"}
        return [
            Route("POST", "/v1/clinics/{slug}/uploads", self.upload, "patient.file.upload", slug),
            Route("DELETE", "/v1/uploads/{upload:uuid}", self.remove, "patient.file.remove", upload),
        ]
