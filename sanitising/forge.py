"""`python -m sanitising`: a process that waits with its libraries loaded and opens each file in a copy of itself.

It is spoken to over one socket, its standard input: each message brings another socket, for one file. The copy (a fork)
is bound by `limits.py`, reads the file from its socket to the end, answers there and ends. The one that waits never
reads a byte of any file. It ends when the process that started it is gone.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys

from sanitising import documents, images
from sanitising.kinds import LARGEST_FILE, LARGEST_MADE, MADE_INTO, Kind, UnsafeFileError, kind_of
from sanitising.limits import end_in_time, hold

_PIECE = 64 * 1024
_COMMAND = 0  # the descriptor of the socket that brings the others


def serve() -> None:
    """Wait for files until nobody is left to send any."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who have ended leave nothing behind
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is for the process that started this one
    documents.warm_up()
    gc.freeze()
    with socket.socket(fileno=_COMMAND) as command:
        while True:
            message, descriptors, _, _ = socket.recv_fds(command, 1, 1)
            if not message:
                return
            for descriptor in descriptors:
                if os.fork() == 0:
                    _open_one(descriptor)
                os.close(descriptor)


def _open_one(descriptor: int) -> None:
    """Work on one file and end this process, whatever happens."""
    try:
        os.dup2(descriptor, _COMMAND)
        os.closerange(3, descriptor + 1)
        hold(3)
        with socket.socket(fileno=_COMMAND) as connection, contextlib.suppress(OSError):
            _answer(connection)
    finally:
        os._exit(0)


def _answer(connection: socket.socket) -> None:
    try:
        kind, made = sanitised(_received(connection))
    except UnsafeFileError as error:
        connection.sendall(_line({"refused": error.code}))
    except (MemoryError, RecursionError):
        connection.sendall(_line({"refused": "file_too_complex"}))
    else:
        connection.sendall(_line({"kind": kind, "size": len(made)}))
        connection.sendall(made)


def _line(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _received(connection: socket.socket) -> bytes:
    """Return the whole file; the time on the wall begins when it is there, for a sender may be slow.

    Raises:
        UnsafeFileError: `file_too_large`.
    """
    content = bytearray()
    while piece := connection.recv(_PIECE):
        content += piece
        if len(content) > LARGEST_FILE:
            raise UnsafeFileError("file_too_large")
    end_in_time()
    return bytes(content)


def sanitised(content: bytes) -> tuple[Kind, bytes]:
    """Return what the file has been made into, and its bytes. For tests and for processes that are bound.

    Raises:
        UnsafeFileError: it is not taken.
    """
    kind = kind_of(content[:16])
    made = documents.written_anew(content) if kind is Kind.PDF else images.made_anew(kind, content)
    if len(made) > LARGEST_MADE:
        raise UnsafeFileError("file_too_complex")
    return MADE_INTO[kind], made


def main() -> None:
    """Start, and say nothing on the screen but what nobody should see: an error of our own."""
    sys.tracebacklimit = 0
    serve()
