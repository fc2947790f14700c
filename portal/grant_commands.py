"""`portal auditor` and `portal operator`: grants are shown once, each with the secret of its authenticator app."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import click

if TYPE_CHECKING:
    from portal.grants import Granted
    from portal.wiring import Services

ServicesOf = Callable[[], "Services"]


@click.group()
def auditor() -> None:
    """Auditors: what each may see, and until when."""


@auditor.command("grant")
@click.argument("name")
@click.option("--clinic", "slugs", multiple=True, required=True)
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--days", default=30, show_default=True, help="How long the grant stands.")
@click.pass_obj
def grant_auditor(
    services_of: ServicesOf, name: str, slugs: tuple[str, ...], first: datetime, last: datetime, days: int
) -> None:
    """Grant an auditor these clinics' requests made between two days."""
    from portal.grants import grant  # noqa: PLC0415 - imports cost time, commands are many

    _show(grant(services_of(), name, slugs, first.date(), last.date(), timedelta(days=days)))


@auditor.command("list")
@click.pass_obj
def list_auditors(services_of: ServicesOf) -> None:
    """List every auditor's grant."""
    from identity.policy import Who  # noqa: PLC0415 - as above
    from portal.grants import listed  # noqa: PLC0415 - as above

    click.echo("\n".join(listed(services_of(), Who.AUDITOR)))


@auditor.command("revoke")
@click.argument("grant_id", type=click.UUID)
@click.pass_obj
def revoke_auditor(services_of: ServicesOf, grant_id: UUID) -> None:
    """Revoke an auditor's grant, and end its log-ins."""
    from identity.policy import Who  # noqa: PLC0415 - as above
    from portal.grants import revoke  # noqa: PLC0415 - as above

    click.echo(revoke(services_of(), Who.AUDITOR, grant_id))


@click.group()
def operator() -> None:
    """Operators: those who may look at parked work from elsewhere than this machine."""


@operator.command("add")
@click.argument("name")
@click.option("--days", default=365, show_default=True, help="How long the grant stands.")
@click.pass_obj
def add_operator(services_of: ServicesOf, name: str, days: int) -> None:
    """Grant an operator the doors under /v1/operator."""
    from portal.grants import add_operator as add  # noqa: PLC0415 - as above

    _show(add(services_of(), name, timedelta(days=days)))


@operator.command("list")
@click.pass_obj
def list_operators(services_of: ServicesOf) -> None:
    """List every operator's grant."""
    from identity.policy import Who  # noqa: PLC0415 - as above
    from portal.grants import listed  # noqa: PLC0415 - as above

    click.echo("\n".join(listed(services_of(), Who.OPERATOR)))


@operator.command("revoke")
@click.argument("grant_id", type=click.UUID)
@click.pass_obj
def revoke_operator(services_of: ServicesOf, grant_id: UUID) -> None:
    """Revoke an operator's grant, and end its log-ins."""
    from identity.policy import Who  # noqa: PLC0415 - as above
    from portal.grants import revoke  # noqa: PLC0415 - as above

    click.echo(revoke(services_of(), Who.OPERATOR, grant_id))


def _show(made: "Granted") -> None:
    click.echo(f"{made.token}\n{made.uri}")
    click.echo("The first line is the token, the second is for an authenticator app. Neither is shown again.", err=True)
