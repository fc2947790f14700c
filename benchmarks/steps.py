"""What each step costs the database: commits and statements, counted where SQLAlchemy sends them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from uuid import UUID

import falcon.testing
import sqlalchemy as sa
from sqlalchemy import event

from api.app import create_app
from benchmarks.outside import Outside
from benchmarks.portal_system import PortalSystem
from benchmarks.systems import Call
from portal.wiring import Services, build_worker_broker
from storage.models import OUTBOX

_ROUNDS = 3
"""The first round pays for what is done once for each process; the last one is counted."""


@dataclass(slots=True)
class Counts:
    """What one step sent: statements, transactions that were committed, and transactions that only read."""

    statements: int = 0
    commits: int = 0
    only_read: int = 0


async def counted(system: PortalSystem, outside: Outside) -> dict[str, object]:
    """Walk one e-consultation through the portal's own doors and actors in this process, and count."""
    outside.clinic.begin()
    outside.clinic.answers_at_once = False
    try:
        return await asyncio.to_thread(_count, system, outside)
    finally:
        outside.clinic.answers_at_once = True


def _count(system: PortalSystem, outside: Outside) -> dict[str, object]:
    services = system.services()
    client = falcon.testing.TestClient(create_app(services))
    broker = build_worker_broker(services)
    counts: dict[str, Counts] = {}
    try:
        for number in range(_ROUNDS):
            with _counting(services) as counts["submit"]:
                request = str(_posted(client, system.submission(number), 202)["id"])
            _worked(services, request, "winplc", broker.get_actor("deliver").fn, counts)
            with _counting(services) as counts["answer"]:
                _posted(client, outside.clinic.answer_to(request), 200)
            _worked(services, request, "mail", broker.get_actor("notify").fn, counts)
    finally:
        broker.close()
        services.database.close()
    return {name: asdict(count) for name, count in counts.items()}


def _posted(client: falcon.testing.TestClient, call: Call, expected: int) -> dict[str, object]:
    answer = client.simulate_post(call.path, headers=dict(call.headers), body=call.body)
    if answer.status_code != expected:
        raise RuntimeError(f"{call.path.rpartition('/')[2]} was answered {answer.status}")
    said: dict[str, object] = answer.json
    return said


def _worked(
    services: Services, request: str, destination: str, act: Callable[[str], object], counts: dict[str, Counts]
) -> None:
    owed = sa.select(OUTBOX.c.id).where(
        OUTBOX.c.request_id == UUID(request), OUTBOX.c.destination == destination, OUTBOX.c.state == "due"
    )
    with services.database.reading() as connection:
        row = connection.execute(owed).scalar_one()
    with _counting(services) as counts["deliver" if destination == "winplc" else "notify"]:
        act(str(row))


@contextmanager
def _counting(services: Services) -> Iterator[Counts]:
    counts, engine = Counts(), services.database.engine

    def sent(*_: object) -> None:
        counts.statements += 1

    def committed(_: object) -> None:
        counts.commits += 1

    def rolled_back(_: object) -> None:
        counts.only_read += 1

    listeners = (("before_cursor_execute", sent), ("commit", committed), ("rollback", rolled_back))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield counts
    finally:
        for name, listener in listeners:
            event.remove(engine, name, listener)
