"""Run the clinic system: ``python -m winplc_mock``."""

import signal
import sys
from pathlib import Path
from random import Random
from threading import Thread

import click

from winplc_mock.app import ClinicSystem, clinic_system, create_app
from winplc_mock.faults import Faults
from winplc_mock.refusals import RefusedError
from winplc_mock.seed import plant, read_seed_file
from winplc_mock.server import Server
from winplc_mock.store import Store


def _robot_delay(_context: click.Context, _parameter: click.Parameter, text: str) -> float | None:
    if text == "off":
        return None
    try:
        delay = float(text)
    except ValueError:
        delay = -1.0
    if not 0 <= delay < float("inf"):
        raise click.BadParameter('give "off" or a number of seconds')
    return delay


@click.command(context_settings={"auto_envvar_prefix": "WINPLC_MOCK", "show_default": True})
@click.option("--host", default="127.0.0.1", help="The address to listen on; the desk asks for no password.")
@click.option("--port", default=8100, type=click.IntRange(0, 65535), help="The port; 0 takes a free one.")
@click.option("--database", default="winplc.sqlite3", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--portal-url", default="http://localhost:8000", help="Where callbacks go.")
@click.option("--robot", default="off", callback=_robot_delay, help='"off", or the seconds until staff answer.')
@click.option("--seed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JSON seed file.")
@click.option("--chance-seed", default=0, help="The seed of the chance by which faults strike.")
def main(
    *,
    host: str,
    port: int,
    database: Path,
    portal_url: str,
    robot: float | None,
    seed: Path | None,
    chance_seed: int,
) -> None:
    """Serve a small clinic system: its desk, its doors for the portal, and its control doors."""
    store = Store(database)
    if seed:
        _plant(store, seed)
    faults = Faults(Random(chance_seed))  # noqa: S311 - repeatable on purpose, guards nothing
    system = clinic_system(store, portal_url, robot_delay=robot, faults=faults)
    _serve(system, host, port)
    store.close()


def _serve(system: ClinicSystem, host: str, port: int) -> None:
    server = Server(host, port, create_app(system))
    for name in (signal.SIGINT, signal.SIGTERM):
        # shutdown() waits for the loop that this very thread runs, so it must be asked from another one.
        signal.signal(name, lambda *_: Thread(target=server.shutdown).start())
    system.start()
    click.echo(f"WinPLC mock on http://localhost:{server.server_address[1]}")
    server.serve_forever()
    server.server_close()
    system.stop()


def _plant(store: Store, seed: Path) -> None:
    try:
        planted = read_seed_file(seed)
    except RefusedError as refused:
        click.echo(f"The seed file is not usable: {refused.detail}", err=True)
        sys.exit(2)
    with store.write() as db:
        plant(db, planted)


if __name__ == "__main__":
    main()
