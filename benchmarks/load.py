"""Patients who write, and wait until they have been notified: one at a time, or many at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from benchmarks.outside import MailServer
from benchmarks.servers import plain
from benchmarks.systems import System
from benchmarks.wire import Client

_NOTIFIED = "SELECT id FROM request WHERE id = ANY(%s) AND state = 'notified'"
_ACCEPTED = 202
_PATIENCE = 60.0  # seconds until one workflow is given up, and the run with it


@dataclass(frozen=True, slots=True)
class Walked:
    """One workflow: seconds from the call to its answer, and to the moment when `notified` could be read."""

    accepted: float
    notified: float


class Watch:
    """Sees from outside, in the database, that a request is notified.

    It looks only when more mails have been taken than requests have been seen to be notified, at most every `every`
    seconds, so that it costs the measured system as good as nothing.
    """

    def __init__(self, connection: "psycopg.AsyncConnection[tuple[UUID]]", mail: MailServer) -> None:
        self._connection, self._mail = connection, mail
        self._waiting: dict[UUID, asyncio.Future[float]] = {}
        self._seen = mail.taken
        self.every = 0.001
        self.looks = 0

    async def notified(self, request: UUID) -> float:
        """Return when (`time.perf_counter`) the request was seen to be notified."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[request] = future
        return await asyncio.wait_for(future, _PATIENCE)

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            await self._mail.arrived.wait()
            if self._mail.taken <= self._seen:
                self._mail.arrived.clear()
                continue
            await self._look_once()
            await asyncio.sleep(self.every)

    async def _look_once(self) -> None:
        self.looks += 1
        found = await self._connection.execute(_NOTIFIED, [list(self._waiting)], prepare=True)
        for (request,) in await found.fetchall():
            self._seen += 1
            self._waiting.pop(request).set_result(time.perf_counter())


@asynccontextmanager
async def watching(database: str, mail: MailServer) -> AsyncIterator[Watch]:
    """Give a watch over a system's database."""
    async with await psycopg.AsyncConnection.connect(plain(database), autocommit=True) as connection:
        watch = Watch(connection, mail)
        looking = asyncio.create_task(watch.look())
        try:
            yield watch
        finally:
            looking.cancel()


class Patients:
    """All patients of a run; every submission has a number of its own."""

    def __init__(self, system: System, client: Client, watch: Watch) -> None:
        self._system, self._client, self._watch = system, client, watch
        self._numbers = iter(range(10**9))

    async def write(self, count: int, *, at_once: int) -> tuple[list[Walked], float]:
        """Walk `count` workflows, `at_once` of them under way at any time; return them and the seconds they took."""
        self._watch.every = 0.001 if at_once == 1 else 0.02
        turns = iter(range(count))
        began = time.perf_counter()
        walked = await asyncio.gather(*(self._in_turn(turns) for _ in range(at_once)))
        return [one for walks in walked for one in walks], time.perf_counter() - began

    async def _in_turn(self, turns: Iterator[int]) -> list[Walked]:
        return [await self._walk() for _ in turns]

    async def _walk(self) -> Walked:
        submission = self._system.submission(next(self._numbers))
        began = time.perf_counter()
        answer = await self._client.call("POST", submission.path, submission.headers, submission.body)
        accepted = time.perf_counter()
        if answer.status != _ACCEPTED:
            raise RuntimeError(f"{self._system.name} answered {answer.first_line}: {answer.body[:300]!r}")
        notified = await self._watch.notified(UUID(answer.json()["id"]))
        return Walked(accepted - began, notified - began)
