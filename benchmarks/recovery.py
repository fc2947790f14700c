"""How long a job waits whose worker was killed: from SIGKILL until another worker makes the same call again."""

import asyncio
import time
from pathlib import Path

import psycopg

from benchmarks.figures import spread
from benchmarks.outside import Outside
from benchmarks.portal_system import PortalSystem
from benchmarks.processes import Started, running
from benchmarks.servers import plain
from benchmarks.systems import Shape
from benchmarks.wire import Client
from benchmarks.workflows_per_second import ready

_SHAPE = Shape(api_threads=4, worker_processes=1, worker_threads=4)
_SECONDS = 60.0
_PHASE = 0.41  # seconds: no multiple of the lease's renewals, so that the kills meet a lease at every age
# A worker that is up listens for new work.
_LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


async def killed_jobs(system: PortalSystem, outside: Outside, port: int, log: Path, kills: int) -> dict[str, object]:
    """Kill the worker that waits for the clinic's reply, once another one is up; return the seconds of each time."""
    outside.clinic.begin()
    outside.clinic.answers_at_once = False
    api, work = system.commands(_SHAPE)
    waited = []
    async with running([api], log) as started:
        client = Client(port)
        await ready(client, started)
        for number in range(kills):
            holder, spare = Started(work, log), None
            try:
                await _workers(system, 1)
                outside.clinic.replies.clear()
                await _submit(system, client, number)
                await _calls(outside, number * 2 + 1)
                spare = Started(work, log)
                await _workers(system, 2)
                await asyncio.sleep(number * _PHASE)
                holder.kill()
                killed = time.perf_counter()
                await _calls(outside, number * 2 + 2)
                waited.append(outside.clinic.calls[-1][1] - killed)
                outside.clinic.replies.set()
            finally:
                holder.kill()
                if spare is not None:
                    await asyncio.to_thread(spare.stop)
            print(f"  killed; the same call came again after {waited[-1]:.2f} s", flush=True)
        client.close()
    outside.clinic.answers_at_once = True
    lease = system.services().settings.lease_seconds
    return {"seconds": spread(waited), "each": [round(one, 2) for one in waited], "lease_seconds": lease}


async def _submit(system: PortalSystem, client: Client, number: int) -> None:
    call = system.submission(number)
    answer = await client.call("POST", call.path, call.headers, call.body)
    if answer.status != 202:
        raise RuntimeError(f"the portal answered {answer.first_line}")


async def _calls(outside: Outside, count: int) -> None:
    async with asyncio.timeout(_SECONDS):
        while len(outside.clinic.calls) < count:  # noqa: ASYNC110 - a number is waited for, not an event
            await asyncio.sleep(0.005)


async def _workers(system: PortalSystem, count: int) -> None:
    """Wait until so many workers listen."""
    async with (
        asyncio.timeout(_SECONDS),
        await psycopg.AsyncConnection.connect(plain(system.database), autocommit=True) as asking,
    ):
        while True:
            found = await (await asking.execute(_LISTENING)).fetchone()
            if found is not None and found[0] >= count:
                return
            await asyncio.sleep(0.05)
