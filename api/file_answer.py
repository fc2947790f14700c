"""A file on its way out: opened piece by piece, to be saved and never shown in place."""

from collections.abc import Iterator

import falcon
import structlog

from api.file_intake import disposition
from api.given import Services
from identity.outcomes import FileMissingError
from storage.database import Connection
from storage.files import FileShown

log = structlog.get_logger(__name__)

PRODUCES = "application/octet-stream"
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Disposition": "`attachment`, with the file's name",
    "Content-Length": "How many bytes it has",
}


def answered(services: Services, connection: Connection, resp: falcon.Response, file: FileShown) -> Iterator[bytes]:
    """Set the headers of a file's answer and return its content; its kind is not told, so that no browser acts on it.

    Raises:
        FileMissingError: its bytes are not where they were kept; the log says which file.
        NotFoundError: it has been erased.
    """
    try:
        pieces = services.files.opened(connection, file)
    except FileMissingError:
        log.error("file_missing", code=str(file.id))  # noqa: TRY400 - where in the code says nothing
        raise
    resp.set_header("Content-Disposition", disposition(file.name))
    resp.set_header("Content-Length", str(file.size))
    resp.set_header("Content-Security-Policy", POLICY)
    return pieces
