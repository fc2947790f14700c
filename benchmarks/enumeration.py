"""Whether the time of an answer tells a stranger who has an account: the recovery, and the log-in's first step.

Every class is asked equally often, one call at a time, in random order, over one connection, while the workers work on
what was asked before. No test asserts these times; they are measured and written down, with the machine's load.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.outside import Outside
from benchmarks.portal_system import PortalSystem
from benchmarks.processes import running
from benchmarks.strangers import Strangers
from benchmarks.systems import Call, Shape
from benchmarks.telling_apart import told_apart
from benchmarks.wire import Client
from benchmarks.workflows_per_second import ready

LARGEST_AUC, MEDIANS_APART_MS = 0.55, 2.0
RECOVERIES = ("known", "wrong_mail", "unknown", "locked")
LOG_INS = ("right", "wrong_password", "with_mitid", "unknown")
_SHAPE = Shape(api_threads=8, worker_processes=1, worker_threads=8)
_WARM_UP = 100
_ACCEPTED = 202
_ORDER = 20261125


async def measured(
    system: PortalSystem, outside: Outside, port: int, log: Path, secret: str, count: int
) -> dict[str, object]:
    """Ask `count` times for each class of both doors and return how far they can be told apart."""
    strangers = Strangers(system, count)
    await asyncio.to_thread(strangers.seed, outside.clinic_url, secret)
    outside.clinic.begin()
    outside.clinic.answers_at_once = False
    found: dict[str, object] = {"targets": {"auc": LARGEST_AUC, "medians_apart_ms": MEDIANS_APART_MS}}
    async with running(system.commands(_SHAPE), log) as started:
        client = Client(port)
        await ready(client, started)
        for call in strangers.warm_up():
            await _taken(client, call)
        found["recovery"] = told_apart(await _asked(client, strangers.recovery, RECOVERIES, count))
        found["log-in, first step"] = told_apart(await _asked(client, strangers.log_in, LOG_INS, count))
        for each in started:
            each.check()
        client.close()
    found["load"] = [round(each, 2) for each in os.getloadavg()]
    outside.clinic.answers_at_once = True
    return found


async def _asked(
    client: Client, call: Callable[[str, int], Call], classes: Sequence[str], count: int
) -> dict[str, list[float]]:
    """Return the milliseconds of every call by class, in the order of the classes."""
    turns = [(each, number) for each in classes for number in range(count)]
    random.Random(_ORDER).shuffle(turns)
    for number in range(_WARM_UP):
        await _taken(client, call("unknown", count + number))
    times: dict[str, list[float]] = {each: [] for each in classes}
    for each, number in turns:
        times[each].append(await _taken(client, call(each, number)))
    return times


async def _taken(client: Client, call: Call) -> float:
    """Return the milliseconds that one call took.

    Raises:
        RuntimeError: it was answered otherwise than all of them must be.
    """
    began = time.perf_counter()
    answer = await client.call("POST", call.path, call.headers, call.body)
    took = (time.perf_counter() - began) * 1000
    if answer.status != _ACCEPTED:
        raise RuntimeError(f"the portal answered {answer.first_line}: {answer.body[:300]!r}")
    return took
