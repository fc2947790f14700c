"""The way to the process that opens files: bytes go in as they arrive, bytes come out as they are wanted."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sanitising.kinds import LARGEST_MADE, Kind, UnsafeFileError
from sanitising.limits import MOST_SECONDS

PIECE = 64 * 1024
AT_ONCE = 4  # files; each may take as much memory as the limits allow
_PATIENCE = MOST_SECONDS + 3.0  # seconds for an answer, of which the kernel takes the most
_LONGEST_ANSWER = 200  # bytes of the line before the content
_ROOT = Path(__file__).resolve().parent.parent


class BusyError(Exception):
    """As many files are being opened as may be at once, or none can be: try again shortly."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a file was made into, and how many bytes it has."""

    kind: Kind
    size: int


class Opening(Protocol):
    """One file on its way through."""

    def feed(self, piece: bytes) -> None:
        """Pass on the next bytes of the file."""

    def finish(self) -> Made:
        """Say that this was all, and return what it was made into.

        Raises:
            UnsafeFileError: the file is not taken.
        """

    def pieces(self) -> Iterator[bytes]:
        """Give what it was made into, once `finish` has returned."""


class Sanitiser(Protocol):
    """Opens files."""

    def opening(self) -> contextlib.AbstractContextManager[Opening]:
        """Begin with a file.

        Raises:
            BusyError: see there.
        """


class Workshop:
    """Opens files in a process of its own, which is started with the first one and again if it has died."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = _PATIENCE) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._patience = patience
        self._starting = threading.Lock()
        self._command: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def opening(self) -> Iterator[Opening]:
        """See `Sanitiser.opening`."""
        if not self._places.acquire(timeout=self._patience):
            raise BusyError
        try:
            with _Bench(self._bench(), self._patience) as bench:
                yield bench
        finally:
            self._places.release()

    def close(self) -> None:
        """End the process."""
        with self._starting:
            self._stop()

    def _bench(self) -> socket.socket:
        """Return our end of a socket whose other end the process has."""
        ours, theirs = socket.socketpair()
        try:
            with theirs, self._starting:
                self._send(theirs)
        except OSError:
            ours.close()
            raise BusyError from None
        return ours

    def _send(self, theirs: socket.socket) -> None:
        for _ in range(2):
            try:
                socket.send_fds(self._running(), [b"."], [theirs.fileno()])
            except (BrokenPipeError, ConnectionResetError):
                self._stop()
            else:
                return
        raise BrokenPipeError

    def _running(self) -> socket.socket:
        if self._command is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "sanitising"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd=_ROOT,
                    env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},  # no secret, and no path of ours
                )
            self._command = ours
        return self._command

    def _stop(self) -> None:
        if self._command is not None:
            self._command.close()
        if self._process is not None:
            self._process.wait(self._patience)
        self._command = self._process = None


class _Bench:
    """The bounded process of one file, as its owner sees it."""

    def __init__(self, connection: socket.socket, patience: float) -> None:
        self._connection = connection
        self._connection.settimeout(patience)
        self._rest = b""
        self._size = 0
        self._deaf = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._connection.close()

    def feed(self, piece: bytes) -> None:
        """See `Opening.feed`. Once the process wants no more, the rest goes nowhere: its answer says why."""
        if not self._deaf:
            try:
                self._connection.sendall(piece)
            except OSError:
                self._deaf = True

    def finish(self) -> Made:
        """See `Opening.finish`: a process that ended without a word was ended by its limits."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        answer = json.loads(self._line() or b'{"refused": "file_too_complex"}')
        if "refused" in answer:
            raise UnsafeFileError(str(answer["refused"]))
        self._size = int(answer["size"])
        if not 0 < self._size <= LARGEST_MADE:
            raise UnsafeFileError("file_too_complex")
        return Made(Kind(answer["kind"]), self._size)

    def pieces(self) -> Iterator[bytes]:
        """See `Opening.pieces`.

        Raises:
            UnsafeFileError: the process ended before its last byte.
        """
        left = self._size
        piece = self._rest[:left]
        while left > 0:
            if piece:
                yield piece
                left -= len(piece)
            piece = self._received(min(PIECE, left)) if left else b""
            if left and not piece:
                raise UnsafeFileError("file_too_complex")

    def _line(self) -> bytes:
        """Return the first line of the answer; nothing where there is none."""
        while b"\n" not in self._rest:
            piece = self._received(PIECE)
            self._rest += piece
            if not piece or (b"\n" not in self._rest and len(self._rest) > _LONGEST_ANSWER):
                return b""
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _received(self, most: int) -> bytes:
        try:
            return self._connection.recv(most)
        except OSError:  # it took too long, or is gone
            return b""
