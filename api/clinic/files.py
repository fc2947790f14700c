"""Files between the portal and a clinic's system: those it attaches (EKO-2), and those it fetches of its patients'."""

import base64
from collections.abc import Iterator
from typing import Annotated, Self
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.call import CONTENT_DIGEST, Call
from api.clinic.calls import ClinicCall
from api.clinic.decisions import Decision, Decisions
from api.contract import NeededHeader, Route, contract
from api.cpr import CprText, number_at
from api.errors import RefusedError
from api.file_answer import HEADERS, PRODUCES, answered
from api.file_intake import MOST_IN_NAME, Intake
from api.given import Services
from api.inputs import FileRefusedError, HeaderFaultError
from api.noting import Noting
from identity.keys import SealingKey
from identity.outcomes import (
    FileMissingError,
    KeyReusedError,
    NotFoundError,
    ScannerUnavailableError,
    StorageFullError,
)
from identity.subject import Clinic
from sanitising.kinds import LARGEST_FILE
from storage.access import Seen
from storage.announced_files import Announced, announce, complete, find_announced, owner_of
from storage.database import Connection
from storage.files import file_of
from storage.inbox import Answer
from storage.patients import patient_with
from storage.requests import Requests

READ = "clinic.file.read"
_PREFIX, _END = "sha-256=:", ":"


def _digest_missing() -> HeaderFaultError:
    return HeaderFaultError(CONTENT_DIGEST, "header_missing")


DIGEST = NeededHeader(
    CONTENT_DIGEST,
    "The SHA-256 of the body, as RFC 9530 writes it. The call's signature covers this header in place of the body.",
    r"^sha-256=:[A-Za-z0-9+/]{43}=:$",
    _digest_missing,
    "content_digest_malformed",
    "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
)


class FileToCome(BaseModel):
    """A file that the clinic will send: for the patient of a request, or for the one with a CPR number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: UUID | None = None
    cpr: CprText | None = None
    name: Annotated[str, Field(min_length=1, max_length=MOST_IN_NAME)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="Of the file as it will be sent")]

    @model_validator(mode="after")
    def _for_one(self) -> Self:
        if (self.request is None) is (self.cpr is None):
            raise PydanticCustomError("one_of_two", "Name a request or a number, one of them")
        return self


class Place(BaseModel):
    """Where the file is to be sent; a message names it by this id."""

    file: UUID


class Sent(BaseModel):
    """A file that can go with a message now."""

    file: UUID
    kind: str
    size: int


class ClinicFiles:
    """Takes a clinic's files, and gives it its patients'."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._decisions, self._intake = Decisions(services), Intake(services)

    @contract(
        summary="Announce a file for a patient",
        audience="clinic",
        body=ClinicCall[FileToCome],
        out=Place,
        errors=(RefusedError, KeyReusedError, NotFoundError),
        example={
            "acting_staff": {"id": "s1", "name": "Anne Hansen", "role": "doctor"},
            "at": "2026-11-23T10:00:00.000000Z",
            "content": {"cpr": "0101011234", "name": "vejledning.pdf", "sha256": "0" * 64},
        },
    )
    def announce(self, call: Call, _resp: falcon.Response, *, body: ClinicCall[FileToCome]) -> Place:
        """Make room for it and answer its id."""
        wanted, services = body.content, self._services
        clinic = call.caller(Clinic)
        cpr = None if wanted.cpr is None else number_at(services, clinic.slug, wanted.cpr, "/content")

        def owner(connection: Connection) -> tuple[UUID, SealingKey]:
            if cpr is not None:
                return patient_with(connection, services.keyring, clinic.clinic, cpr)
            return owner_of(connection, services.keyring, clinic.clinic, wanted.request or UUID(int=0))

        def act(connection: Connection, clinic: Clinic) -> Answer:
            file, checksum = services.new_id(), bytes.fromhex(wanted.sha256)
            whose = owner(connection)
            announce(connection, file, clinic.clinic, whose, wanted.name, checksum, services.clock())
            return {"file": str(file)}

        decision = Decision("clinic.file.upload", body.acting_staff, act, cpr)
        return Place.model_validate(self._decisions.take(call, decision))

    @contract(
        summary="Send a file that was announced",
        audience="clinic",
        out=Sent,
        needs=(DIGEST,),
        takes_file=True,
        largest_body=LARGEST_FILE,
        errors=(FileRefusedError, NotFoundError, ScannerUnavailableError, StorageFullError),
        description="At most 10 MB. It is made anew as a patient's is. A repeat is answered as the first was.",
    )
    def send(self, call: Call, _resp: falcon.Response, *, announced: UUID) -> Sent:
        """Take the file in, if it is the one that was announced."""
        services, clinic = self._services, call.caller(Clinic)
        with services.database.reading() as connection:
            found = find_announced(connection, services.keyring, clinic, announced)
        if found.kind is not None and found.size is not None:
            return Sent(file=found.id, kind=found.kind, size=found.size)
        if found.checksum != _digest(call).hex():
            raise FileRefusedError("file_differs")
        return self._taken(call, found)

    def _taken(self, call: Call, found: Announced) -> Sent:
        taken = self._intake.take(call, found.id, found.key, found.name)
        if taken.as_sent.hex() != found.checksum:
            self._services.files.store.delete(found.id)
            raise FileRefusedError("file_differs")
        complete(self._services.database, found, taken.kept)
        return Sent(file=found.id, kind=taken.kept.kind, size=taken.kept.size)

    @contract(
        summary="Fetch a file of a request",
        audience="clinic",
        produces=PRODUCES,
        streamed=True,
        headers=HEADERS,
        errors=(NotFoundError, FileMissingError),
    )
    def read(self, call: Call, resp: falcon.Response, *, request: UUID, file: UUID) -> Iterator[bytes]:
        """Note the look, and answer piece by piece."""
        services, clinic = self._services, call.caller(Clinic)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, clinic).one(request)
            if found.key is None:
                raise NotFoundError
            shown = file_of(connection, request, file, found.key)
            self._noting.within(
                connection,
                Seen(
                    "clinic",
                    READ,
                    "ok",
                    actor=clinic.slug,
                    clinic=clinic.clinic,
                    request=request,
                    person=found.person,
                    purpose="treatment",
                    corr=call.request_id,
                ),
            )
            return answered(services, connection, resp, shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"request": "The request's id", "file": "The file's id"}
        place = {"announced": "The id that the announcement was answered with"}
        return [
            Route("POST", "/v1/clinic/files", self.announce, "clinic.file.upload"),
            Route("PUT", "/v1/clinic/files/{announced:uuid}", self.send, "clinic.file.upload", place),
            Route("GET", "/v1/clinic/requests/{request:uuid}/files/{file:uuid}", self.read, READ, one),
        ]


def _digest(call: Call) -> bytes:
    return base64.b64decode(call.header(CONTENT_DIGEST).removeprefix(_PREFIX).removesuffix(_END))
