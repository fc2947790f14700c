"""The world outside the two systems, the same for both: a clinic that answers at once, and a mail server.

The clinic speaks the portal's contract over HTTP and signs every answer; the mail server holds a whole SMTP
conversation. Both keep as little as the measurement needs.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from benchmarks.systems import Call
from benchmarks.wire import Client, Message, read_message, written
from identity.webhooks import sign

CLINIC = "nygade"
_JSON = {"content-type": "application/json"}
_APPLIED = 200


class Clinic:
    """The clinic's own system: it files what it gets and answers at once, unless told to hold its reply."""

    def __init__(self, portal_port: int, secret: str) -> None:
        self._portal_port, self._secret = portal_port, secret
        self._portal = Client(portal_port)
        self._answers: set[asyncio.Task[None]] = set()
        self.replies = asyncio.Event()
        self.replies.set()
        self.answers_at_once = True
        self.open: set[asyncio.StreamWriter] = set()
        self.calls: list[tuple[str, float]] = []
        self.refused: list[str] = []

    def begin(self) -> None:
        """Forget the last run: the portal behind the port is another one now."""
        self._portal.close()
        self._portal = Client(self._portal_port)
        self.calls, self.refused = [], []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's calls until it ends."""
        self.open.add(writer)
        try:
            while (call := await read_message(reader)) is not None:
                writer.write(written("HTTP/1.1 200 OK", _JSON, json.dumps(await self._taken(call)).encode()))
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # a killed worker's connection; what it was about is seen in `calls`
        finally:
            self.open.discard(writer)
            writer.close()

    async def _taken(self, call: Message) -> dict[str, object]:
        method, path, _ = call.first_line.split(" ")
        if method == "GET":
            return {"events": [], "cursor": 0}
        request = path.rsplit("/", 1)[1]
        if request == "identity-checks":
            return {"reference": "W-000001", "patient": True, "no_mitid": True, "email_matches": True}
        number = len(self.calls) + 1
        self.calls.append((request, time.perf_counter()))
        await self.replies.wait()
        if self.answers_at_once:
            task = asyncio.create_task(self._answer(request))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)
        return {"reference": f"W-{number:06}", "journal_copy": f"J-{number:06}", "received_at": _now()}

    def answer_to(self, request: str) -> Call:
        """Return the signed call by which the clinic answers a request."""
        message = f"{request[:8]}-{time.time_ns()}"
        content = {"message_id": f"M-{message}", "text": "Kom forbi til en blodprøve.", "watch_unread": False}
        staff = {"id": "s1", "name": "Anne Hansen", "role": "doctor"}
        body = json.dumps({"acting_staff": staff, "at": _now(), "content": content}).encode()
        signed = sign([self._secret], f"evt_{message}", int(time.time()), body)
        headers = {**_JSON, **signed.headers(), "webhook-clinic": CLINIC}
        return Call(f"/v1/clinic/requests/{request}/answer", headers, body)

    async def _answer(self, request: str) -> None:
        call = self.answer_to(request)
        try:
            reply = await self._portal.call("POST", call.path, call.headers, call.body)
        except OSError as failure:
            self.refused.append(type(failure).__name__)
            return
        if reply.status != _APPLIED:
            self.refused.append(f"status {reply.status}")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class MailServer:
    """Takes every mail; `taken` counts them, `arrived` is set at each."""

    def __init__(self) -> None:
        self.taken = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.arrived = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation after the other on a connection."""
        self.open.add(writer)
        try:
            writer.write(b"220 sink ESMTP\r\n")
            while line := await reader.readline():
                if line[:4].upper() == b"DATA":
                    await self._take_body(reader, writer)
                else:
                    writer.write(_reply(line[:4].upper()))
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # a client that hangs up in the middle has not handed anything over
        finally:
            self.open.discard(writer)
            writer.close()

    async def _take_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"354 go ahead\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        self.taken += 1
        writer.write(b"250 taken\r\n")
        self.arrived.set()


def _reply(word: bytes) -> bytes:
    if word == b"EHLO":
        return b"250-sink\r\n250 8BITMIME\r\n"
    return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


class Outside:
    """Both servers on ports of their own."""

    def __init__(self, clinic: Clinic, mail: MailServer, clinic_port: int, smtp_port: int) -> None:
        self.clinic, self.mail = clinic, mail
        self.clinic_url, self.smtp_port = f"http://127.0.0.1:{clinic_port}", smtp_port


@asynccontextmanager
async def outside(portal_port: int, secret: str) -> AsyncIterator[Outside]:
    """Run the clinic and the mail server."""
    clinic, mail = Clinic(portal_port, secret), MailServer()
    clinic_server = await asyncio.start_server(clinic.serve, "127.0.0.1", 0, backlog=512)
    mail_server = await asyncio.start_server(mail.serve, "127.0.0.1", 0, backlog=512)
    ports = [server.sockets[0].getsockname()[1] for server in (clinic_server, mail_server)]
    try:
        yield Outside(clinic, mail, *ports)
    finally:
        clinic_server.close()
        mail_server.close()
        clinic.replies.set()
        for writer in clinic.open | mail.open:
            writer.close()
        while clinic.open or mail.open:  # noqa: ASYNC110 - their last words are waited for, not an event
            await asyncio.sleep(0.01)
