"""Looking for viruses: a clamd of the operator's own is shown every file as it came in, or none is asked for."""

import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import Protocol

from sanitising.kinds import UnsafeFileError

_COMMAND = b"zINSTREAM\x00"
_CLEAN, _FOUND = b"stream: OK", b" FOUND"
_LONGEST_REPLY = 4096


class ScannerDownError(Exception):
    """The scanner gave no answer that says "clean" or "found": the file is not to be taken."""


class Scan(Protocol):
    """One file as it is looked at."""

    def feed(self, piece: bytes) -> None:
        """Show the next bytes."""

    def expect_clean(self) -> None:
        """Say that this was all.

        Raises:
            UnsafeFileError: `file_infected`.
            ScannerDownError: see there.
        """


class Scanner(Protocol):
    """Looks at files."""

    def scanning(self) -> contextlib.AbstractContextManager[Scan]:
        """Begin with a file.

        Raises:
            ScannerDownError: see there.
        """


class NoScanner:
    """Looks at nothing: no scanner is set."""

    @contextlib.contextmanager
    def scanning(self) -> Iterator[Scan]:
        """See `Scanner.scanning`."""
        yield self

    def feed(self, piece: bytes) -> None:
        """See `Scan.feed`."""

    def expect_clean(self) -> None:
        """See `Scan.expect_clean`."""


class Clamd:
    """ClamAV's daemon behind `host:port` or a path to its socket; `patience` is for each word of it, in seconds."""

    def __init__(self, address: str, patience: float = 20.0) -> None:
        self._address, self._patience = address, patience

    @contextlib.contextmanager
    def scanning(self) -> Iterator[Scan]:
        """See `Scanner.scanning`."""
        try:
            connection = self._connected()
        except (OSError, ValueError):
            raise ScannerDownError from None
        with connection:
            yield _Stream(connection)

    def _connected(self) -> socket.socket:
        if self._address.startswith("/"):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self._patience)
            try:
                connection.connect(self._address)
            except OSError:
                connection.close()
                raise
            return connection
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), self._patience)


class _Stream:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._begun = self._down = False

    def feed(self, piece: bytes) -> None:
        """See `Scan.feed`."""
        if piece:
            self._send(struct.pack(">I", len(piece)) + piece)

    def expect_clean(self) -> None:
        """See `Scan.expect_clean`."""
        self._send(struct.pack(">I", 0))
        reply = b"" if self._down else self._reply()
        if reply.endswith(_FOUND):
            raise UnsafeFileError("file_infected")
        if reply != _CLEAN:
            raise ScannerDownError

    def _send(self, words: bytes) -> None:
        try:
            self._connection.sendall(words if self._begun else _COMMAND + words)
        except OSError:
            self._down = True
        self._begun = True

    def _reply(self) -> bytes:
        reply = b""
        try:
            while b"\x00" not in reply and len(reply) < _LONGEST_REPLY and (piece := self._connection.recv(1024)):
                reply += piece
        except OSError:
            return b""
        return reply.partition(b"\x00")[0].strip()
