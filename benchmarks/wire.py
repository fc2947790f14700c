"""HTTP/1.1 as lean as it gets, so that the outside world costs the two measured systems as little as possible."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Message:
    """One request or response: its first line and its body."""

    first_line: str
    body: bytes

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.first_line.split(" ", 2)[1])

    def json(self) -> Any:
        """Return the body's value."""
        return json.loads(self.body)


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """Return the next message with a content length, or None when the other side has hung up between two."""
    try:
        head = await reader.readuntil(_END_OF_HEAD)
    except asyncio.IncompleteReadError as ended:
        if ended.partial:
            raise
        return None
    first_line, *headers = head.decode("latin-1").split("\r\n")
    length = next((line[15:] for line in headers if line[:15].lower() == "content-length:"), "0")
    return Message(first_line, await reader.readexactly(int(length)))


def written(first_line: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the bytes of a message."""
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{first_line}\r\n{named}content-length: {len(body)}\r\n\r\n".encode() + body


async def _answer(reader: asyncio.StreamReader) -> Message:
    answer = await read_message(reader)
    if answer is None:
        raise ConnectionResetError("the server hung up before it answered")
    return answer


class Client:
    """Calls one server over kept connections, as many as there are calls at the same time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Message:
        """Make one call and return the answer.

        Raises:
            OSError: the server cannot be reached, or hung up before it answered.
        """
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(written(f"{method} {path} HTTP/1.1", {"host": "127.0.0.1", **headers}, body))
            answer = await _answer(reader)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return answer

    def close(self) -> None:
        """Hang up every kept connection."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
