"""A patient fetches a file of their own conversation: one that they sent, or one that the clinic sent."""

from collections.abc import Iterator
from uuid import UUID

import falcon

from api.call import Call
from api.contract import Route, contract
from api.file_answer import HEADERS, PRODUCES, answered
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from identity.outcomes import FileMissingError, NotFoundError
from identity.subject import Patient
from storage.files import file_of
from storage.requests import Requests

ACTION = "patient.file.read"


class PatientFiles:
    """Gives files; each look is recorded."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Fetch a file of a request",
        audience="patient",
        produces=PRODUCES,
        streamed=True,
        headers=HEADERS,
        errors=(NotFoundError, FileMissingError),
        description="To be saved: whatever it holds, it is never shown in place.",
    )
    def read(self, call: Call, resp: falcon.Response, *, request: UUID, file: UUID) -> Iterator[bytes]:
        """Note the look, and answer piece by piece."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, patient).one(request)
            if found.key is None:
                raise NotFoundError
            shown = file_of(connection, request, file, found.key)
            self._noting.within(connection, seen(services, call, ACTION, found.clinic_id, request))
            return answered(services, connection, resp, shown)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        variables = {"request": "The request's id", "file": "The file's id"}
        return [Route("GET", "/v1/requests/{request:uuid}/files/{file:uuid}", self.read, ACTION, variables)]
