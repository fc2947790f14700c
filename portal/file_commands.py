"""`portal files`: whether what the portal knows of files and what lies in the folder fit together."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from portal.wiring import Services


@click.group()
def files() -> None:
    """Files that patients and clinics attached."""


@files.command()
@click.pass_obj
def check(services_of: Callable[[], "Services"]) -> None:
    """Name the files that have a row and no bytes; the exit status is 1 if there are any."""
    from storage.uploads import missing  # noqa: PLC0415 - imports cost time, commands are many

    lost = missing(services_of().files)
    for file in lost:
        click.echo(str(file))
    click.echo(f"{len(lost)} files are missing from the folder", err=True)
    sys.exit(1 if lost else 0)


@files.command()
@click.pass_obj
def tidy(services_of: Callable[[], "Services"]) -> None:
    """Remove now what the workers remove every hour: unused uploads, erased files, bytes that are nobody's."""
    from storage.uploads import sweep, sweep_nobodys  # noqa: PLC0415 - as above

    kept = services_of().files
    click.echo(f"{sweep(kept) + sweep_nobodys(kept)} files removed")
