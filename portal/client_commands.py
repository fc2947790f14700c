"""`portal client`: the API clients, such as an app, that may ask for patients."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from identity.outcomes import NotFoundError
from identity.policy import SCOPES
from workflows.channels import RESERVED

if TYPE_CHECKING:
    from portal.wiring import Services

_CHANNEL = re.compile(r"[a-z][a-z_]{0,39}")


@click.group()
def client() -> None:
    """API clients: apps and other programs that ask for patients."""


@client.command("add")
@click.argument("name")
@click.option("--channel", required=True, help="What its requests are marked with, such as min_laege.")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES), help="An action it may use."
)
@click.pass_obj
def add_client(services_of: Callable[[], "Services"], name: str, channel: str, scopes: tuple[str, ...]) -> None:
    """Add a client and print its key, this once."""
    from storage import api_clients  # noqa: PLC0415 - imports cost time, commands are many

    if not _CHANNEL.fullmatch(channel) or channel in RESERVED:
        raise click.ClickException(
            "a channel is a-z and _, and none of the portal's own: " + ", ".join(sorted(RESERVED))
        )
    services = services_of()
    with services.database.writing() as connection:
        key = api_clients.add(
            connection, services.new_id, name=name, channel=channel, scopes=scopes, now=services.clock()
        )
    if key is None:
        raise click.ClickException("there is a client of that name, and a revoked name is not used again")
    click.echo(key)


@client.command("list")
@click.pass_obj
def list_clients(services_of: Callable[[], "Services"]) -> None:
    """List the clients with their channels and scopes."""
    from storage import api_clients  # noqa: PLC0415 - as above

    with services_of().database.reading() as connection:
        for each in api_clients.clients(connection):
            until = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else "in force"
            known = each.client
            click.echo(f"{known.name}  {known.channel}  {until}  {' '.join(sorted(known.scopes))}")


@client.command("revoke")
@click.argument("name")
@click.pass_obj
def revoke_client(services_of: Callable[[], "Services"], name: str) -> None:
    """End a client's key and every log-in that it made, at once."""
    from storage import api_clients  # noqa: PLC0415 - as above

    services = services_of()
    try:
        with services.database.writing() as connection:
            api_clients.revoke(connection, name, services.clock())
    except NotFoundError:
        raise click.ClickException("there is no client of that name") from None
    click.echo("The client is revoked and its log-ins have ended.")
