"""Whole workflows, submitted to notified: the portal and the plain version in turn, on the same machine and servers."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from benchmarks.figures import percentile, spread
from benchmarks.load import Patients, Walked, watching
from benchmarks.outside import Outside
from benchmarks.processes import Started, busy_share, running
from benchmarks.servers import plain
from benchmarks.systems import Shape, System
from benchmarks.wire import Client

_CALM = 0.3  # of the machine's processors
_CALM_TRIES = 10
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many workflows a round walks: to warm up, one at a time, and many at once."""

    warm_up: int = 100
    idle: int = 100
    loaded: int = 1000
    at_once: int = 200


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one system measured; times in milliseconds."""

    system: str
    shape: Shape
    idle_p50: float
    idle_p99: float
    per_second: float
    loaded_p50: float
    loaded_p99: float
    accepted_p50: float
    accepted_p99: float
    cpu_ms: float
    commits: float
    busy_before: float | None


async def rounds(
    systems: Sequence[System],
    shapes: Sequence[Shape],
    outside: Outside,
    port: int,
    log: Path,
    *,
    count: int,
    amounts: Amounts,
) -> list[Round]:
    """Measure each system in each shape `count` times, in turn, so that a noisy minute meets both."""
    measured = []
    for number in range(count):
        for shape in shapes:
            for system in systems if number % 2 == 0 else reversed(systems):
                measured.append(await _round(system, shape, outside, port, log, amounts))
                print(_line(measured[-1]), flush=True)
    return measured


async def _round(system: System, shape: Shape, outside: Outside, port: int, log: Path, amounts: Amounts) -> Round:
    busy = await _calm()
    outside.clinic.begin()
    mails, commits = outside.mail.taken, _commits(system.database)
    async with running(system.commands(shape), log) as started:
        client = Client(port)
        await ready(client, started)
        async with watching(system.database, outside.mail) as watch:
            patients = Patients(system, client, watch)
            await patients.write(amounts.warm_up, at_once=20)
            idle, _ = await patients.write(amounts.idle, at_once=1)
            used = sum(each.seconds() for each in started)
            loaded, seconds = await patients.write(amounts.loaded, at_once=amounts.at_once)
            used = sum(each.seconds() for each in started) - used
        for each in started:
            each.check()
        client.close()
    walked = amounts.warm_up + amounts.idle + amounts.loaded
    _all_well(system, outside, walked, outside.mail.taken - mails)
    # Once its sessions have ended, PostgreSQL has counted everything.
    commits = _commits(system.database) - commits - watch.looks
    return _summed_up(system, shape, idle, loaded, seconds, used, commits / walked, busy)


def _summed_up(
    system: System,
    shape: Shape,
    idle: list[Walked],
    loaded: list[Walked],
    seconds: float,
    used: float,
    commits: float,
    busy: float | None,
) -> Round:
    alone = [walked.notified * 1000 for walked in idle]
    together = [walked.notified * 1000 for walked in loaded]
    accepted = [walked.accepted * 1000 for walked in loaded]
    return Round(
        system=system.name,
        shape=shape,
        idle_p50=statistics.median(alone),
        idle_p99=percentile(alone, 99),
        per_second=len(loaded) / seconds,
        loaded_p50=statistics.median(together),
        loaded_p99=percentile(together, 99),
        accepted_p50=statistics.median(accepted),
        accepted_p99=percentile(accepted, 99),
        cpu_ms=used * 1000 / len(loaded),
        commits=commits,
        busy_before=busy,
    )


def _all_well(system: System, outside: Outside, walked: int, mails: int) -> None:
    """Refuse a round in which anything was lost, repeated or turned away.

    Raises:
        RuntimeError: the round is worth nothing.
    """
    calls = len(outside.clinic.calls)
    if outside.clinic.refused or mails != walked or calls != walked:
        refused = sorted(set(outside.clinic.refused))
        raise RuntimeError(f"{system.name}: {walked} workflows, {calls} deliveries, {mails} mails, refused: {refused}")


def _commits(database: str) -> int:
    with psycopg.connect(plain(database), autocommit=True) as asking:
        row = asking.execute("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").fetchone()
    return int(row[0]) if row else 0


async def _calm() -> float | None:
    """Wait for a calm machine, though not for ever; return how busy it was at last."""
    for _ in range(_CALM_TRIES):
        busy = await asyncio.to_thread(busy_share)
        if busy is None or busy < _CALM:
            return busy
    return busy


async def ready(client: Client, started: Sequence[Started]) -> None:
    """Wait until the API takes calls.

    Raises:
        RuntimeError: a process ended instead.
        TimeoutError: it never did.
    """
    async with asyncio.timeout(_READY_SECONDS):
        while not await _answers(client):
            for each in started:
                each.check()
            await asyncio.sleep(0.05)


async def _answers(client: Client) -> bool:
    try:
        return (await client.call("GET", "/health/ready", {})).status == 200
    except OSError:
        return False


def _line(measured: Round) -> str:
    return (
        f"  {measured.system:13} {measured.shape}: {measured.per_second:6.1f}/s,"
        f" idle p50 {measured.idle_p50:.1f} p99 {measured.idle_p99:.1f} ms, CPU {measured.cpu_ms:.1f} ms,"
        f" commits {measured.commits:.1f}"
    )


def summary(measured: Sequence[Round], systems: Sequence[System], amounts: Amounts) -> dict[str, object]:
    """Return what is kept of the rounds: median, least and most of every figure, and the ratios of the medians."""
    shapes = sorted({one.shape for one in measured}, key=str)
    return {
        "amounts": asdict(amounts),
        "configuration": {system.name: dict(system.configuration()) for system in systems},
        "shapes": [
            {
                **asdict(shape),
                "systems": {
                    system.name: _figures([one for one in measured if (one.system, one.shape) == (system.name, shape)])
                    for system in systems
                },
            }
            for shape in shapes
        ],
    }


def _figures(same: Sequence[Round]) -> dict[str, object]:
    names = [name for name in Round.__slots__ if name not in {"system", "shape", "busy_before"}]
    figures: dict[str, object] = {name: spread([getattr(one, name) for one in same]) for name in names}
    return figures | {"busy_before": [one.busy_before for one in same]}
