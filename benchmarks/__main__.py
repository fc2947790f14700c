"""`make bench`: measure everything and write benchmarks/results/."""

import asyncio
import json
import logging
import signal
from pathlib import Path
from typing import Any

import click
import structlog

from benchmarks import calendar, enumeration, lists, rates, recovery, report, steps
from benchmarks.outside import Outside, outside
from benchmarks.plain_system import PlainSystem
from benchmarks.portal_system import PortalSystem
from benchmarks.processes import free_port
from benchmarks.servers import Servers, servers
from benchmarks.systems import Shape, System
from benchmarks.workflows_per_second import Amounts, rounds, summary
from identity.webhooks import new_secret

RESULTS = Path(__file__).resolve().parent / "results"
SHAPES = (Shape(8, 1, 8), Shape(8, 2, 8))
_MANY = 1_000_000
PARTS = ("steps", "workflows", "rates", "calendar", "recovery", "enumeration", "rights", "lists")


@click.command(help=__doc__)
@click.option("--rounds", "count", default=3, show_default=True, help="Rounds of each system in each shape.")
@click.option("--loaded", default=1000, show_default=True, help="Workflows of a round with 200 in flight.")
@click.option("--kills", default=6, show_default=True, help="How often a worker is killed.")
@click.option("--callers", default=1000, show_default=True, help="Strangers of each class whose answers are timed.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), default=PARTS, help="Measure only this.")
@click.option("--into", default=RESULTS, type=click.Path(file_okay=False, path_type=Path), show_default="results/")
def main(count: int, loaded: int, kills: int, callers: int, parts: tuple[str, ...], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    signal.signal(signal.SIGTERM, _leave)  # so that nothing that was started stays behind
    with servers() as running:
        measured = asyncio.run(_measured(running, parts, count, Amounts(loaded=loaded), kills, callers))
    report.write(into, measured)
    print((into / "README.md").read_text())


def _leave(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


async def _measured(
    running: Servers, parts: tuple[str, ...], count: int, amounts: Amounts, kills: int, callers: int
) -> dict[str, Any]:
    port, secret, log = free_port(), new_secret(), running.folder / "processes.log"
    results: dict[str, Any] = {"machine": report.machine(running.versions())}
    async with outside(port, secret) as world:
        portal, plain = _systems(running, world, port, secret)
        if "steps" in parts:
            results["steps"] = await steps.counted(portal, world)
        if "workflows" in parts:
            both: list[System] = [portal, plain]
            found = await rounds(both, SHAPES, world, port, log, count=count, amounts=amounts)
            results["workflows"] = summary(found, both, amounts)
        if "rates" in parts:
            results["rates"] = {**rates.decisions(), **rates.verification(portal.database)}
        if "calendar" in parts:
            results["calendar"] = calendar.listed(portal)
        if "recovery" in parts:
            results["recovery"] = await recovery.killed_jobs(portal, world, port, log, kills)
        if "enumeration" in parts:
            behind = _behind_a_proxy(running, world, port)
            results["enumeration"] = await enumeration.measured(behind, world, port, log, secret, callers)
            running.drop(behind.database)
    for system in (portal, plain):
        running.drop(system.database)
    return results | _in_one_process(running, parts, secret)


def _in_one_process(running: Servers, parts: tuple[str, ...], secret: str) -> dict[str, Any]:
    results: dict[str, Any] = {}
    if "rights" in parts:
        results["rights"] = rates.rights()
    if "lists" in parts:
        results["lists"] = lists.measured(running, secret, _MANY)
    return results


def _systems(running: Servers, world: Outside, port: int, secret: str) -> tuple[PortalSystem, PlainSystem]:
    portal = PortalSystem(
        database=running.database("portal"),
        redis=running.redis,
        folder=running.folder / "portal",
        api_port=port,
        smtp_port=world.smtp_port,
    )
    portal.seed(world.clinic_url, secret)
    plain = PlainSystem(
        database=running.database("plain"),
        redis=running.redis,
        winplc_url=world.clinic_url,
        api_port=port,
        smtp_port=world.smtp_port,
    )
    return portal, plain


def _behind_a_proxy(running: Servers, world: Outside, port: int) -> PortalSystem:
    """Return a portal of its own that believes which address a call comes from, so that each can have another."""
    portal = PortalSystem(
        database=running.database("enumeration"),
        redis=running.redis,
        folder=running.folder / "enumeration",
        api_port=port,
        smtp_port=world.smtp_port,
    )
    portal.environment["PORTAL_TRUSTED_PROXIES"] = json.dumps(["127.0.0.1"])
    return portal


if __name__ == "__main__":
    main()
