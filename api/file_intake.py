"""A file on its way in: read piece by piece, looked at for viruses, made anew, sealed. It is never held whole here."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from api.call import Call
from api.contract import NeededHeader
from api.given import Services
from api.inputs import BodyTooLargeError, FileRefusedError, HeaderFaultError
from identity.keys import SealingKey
from identity.outcomes import ScannerUnavailableError, StorageUnavailableError
from sanitising.kinds import Kind, UnsafeFileError
from sanitising.names import plain_name
from sanitising.scanner import ScannerDownError
from sanitising.workshop import BusyError, Opening
from storage.uploads import Kept

MOST_IN_NAME = 900  # characters of the header, in which a letter may take up to twelve


def _missing() -> HeaderFaultError:
    return HeaderFaultError("File-Name", "header_missing")


FILE_NAME = NeededHeader(
    "File-Name",
    "The file's name as it is shown, percent-encoded UTF-8. It decides nothing, and is cleaned before it is kept.",
    rf"^[\x21-\x7e]{{1,{MOST_IN_NAME}}}$",
    _missing,
    "file_name_malformed",
    "udsl%C3%A6t.jpg",
)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A file whose bytes are kept, and the SHA-256 of the bytes as they came in."""

    kept: Kept
    as_sent: bytes


class Intake:
    """Takes files in, whoever sends them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def take(self, call: Call, file: UUID, key: SealingKey, name: str) -> TakenIn:
        """Read the body of the call and keep what it is made into, sealed as this file.

        What is kept here has no row yet, so nobody can ask for it.

        Raises:
            FileRefusedError: it is not taken; `code` says why.
            BodyTooLargeError, UnreadableBodyError: see `Call.pieces`.
            ScannerUnavailableError: it cannot be looked at for viruses.
            StorageFullError, StorageUnavailableError: it cannot be kept; or there is no place at the bench.
        """
        with _in_our_words(), self._services.scanner.scanning() as scan, self._services.sanitiser.opening() as opening:
            digest = hashlib.sha256()
            for piece in call.pieces():
                digest.update(piece)
                scan.feed(piece)
                opening.feed(piece)
            scan.expect_clean()
            return TakenIn(self._made(opening, file, key, name), digest.digest())

    def _made(self, opening: Opening, file: UUID, key: SealingKey, name: str) -> Kept:
        made = opening.finish()
        checksum = self._services.files.keep(file, key, opening.pieces())
        return Kept(file, plain_name(name, made.kind), made.kind.value, made.size, checksum)


def name_given(call: Call) -> str:
    """Return the name in the header.

    Raises:
        HeaderFaultError: it is not percent-encoded UTF-8.
    """
    try:
        return unquote(call.header(FILE_NAME.name), errors="strict")
    except UnicodeDecodeError:
        raise HeaderFaultError(FILE_NAME.name, FILE_NAME.malformed) from None


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except UnsafeFileError as error:
        if error.code == "file_too_large":
            raise BodyTooLargeError from None
        raise FileRefusedError(error.code) from None
    except ScannerDownError:
        raise ScannerUnavailableError from None
    except BusyError:
        raise StorageUnavailableError from None


def disposition(name: str) -> str:
    """Return the Content-Disposition header of a file that is to be saved and never shown in place (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9. _-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{_encoded(name)}"


def _encoded(name: str) -> str:
    allowed = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_")
    return "".join(chr(each) if each in allowed else f"%{each:02X}" for each in name.encode())


MEDIA_TYPES = {Kind.JPEG: "image/jpeg", Kind.PNG: "image/png", Kind.PDF: "application/pdf"}
