"""The command line: `portal up` for trying it out, the rest for operators."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click
from pydantic import ValidationError

from portal.bounce_command import bounce
from portal.client_commands import client
from portal.file_commands import files
from portal.grant_commands import auditor, operator
from portal.person_commands import person
from portal.settings import Settings

if TYPE_CHECKING:
    from portal.wiring import Services


@click.group(help="Patientportal: between patients and the clinic's own system.")
@click.pass_context
def main(context: click.Context) -> None:
    """Group the commands; those of another file are given the way to the services."""
    context.obj = _services


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            click.echo(f"{'.'.join(str(part) for part in fault['loc']) or 'settings'}: {fault['msg']}", err=True)
        sys.exit(2)


def _services(*, as_owner: bool = False) -> "Services":
    """Build what the commands work with: as operators, or as the tables' owner, who makes them and sees no row."""
    from portal.master_key import MasterKeyError  # noqa: PLC0415 - imports cost time, commands are many
    from portal.wiring import build_services  # noqa: PLC0415 - as above
    from storage.scope import DatabaseRole  # noqa: PLC0415 - as above

    try:
        return build_services(_settings(), None if as_owner else DatabaseRole.OPERATOR)
    except MasterKeyError as error:
        raise click.ClickException(str(error)) from None


@main.command()
def up() -> None:
    """Run the whole portal on this machine, with demo data, until Ctrl-C."""
    from portal.master_key import create_master_key  # noqa: PLC0415 - as above
    from portal.stack import run  # noqa: PLC0415 - as above

    settings = _settings()
    create_master_key(settings.master_key_file)
    sys.exit(run(settings))


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema and workflow tables."""
    from storage.schema import migrate as bring_up  # noqa: PLC0415 - as above

    services = _services(as_owner=True)
    bring_up(services.database, services.catalogue)
    click.echo("The database is up to date.")


@main.command()
def work() -> None:
    """Run the workers, in place of this process."""
    from workers.broker import ENVIRONMENT  # noqa: PLC0415 - as above

    settings = _settings()
    os.environ.update(ENVIRONMENT)
    processes, threads = str(settings.worker_processes), str(settings.worker_threads)
    command = [sys.executable, "-m", "dramatiq", "portal.working:broker", "--processes", processes]
    options = ["--threads", threads, "--skip-logging", "--worker-shutdown-timeout", "30000"]
    os.execv(sys.executable, command + options)  # noqa: S606 - replaces this process by the workers


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(host: str) -> None:
    """Serve the API, in place of this process."""
    settings = _settings()
    _services().database.close()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(settings.api_port)]
    options = ["--workers", "1", "--blocking-threads", str(settings.api_threads), "--respawn-failed-workers"]
    os.execv(sys.executable, [*command, *options, "portal.wsgi:app"])  # noqa: S606 - replaces this process by the server


@main.group()
def key() -> None:
    """The master key."""


@key.command("new")
def new_key() -> None:
    """Create the key file of the settings, if there is none. Keep a copy apart from the database's."""
    from portal.master_key import create_master_key  # noqa: PLC0415 - as above

    settings = _settings()
    create_master_key(settings.master_key_file)
    click.echo(f"The master key is in {settings.master_key_file}.")


@main.group()
def clinic() -> None:
    """Clinics and their secrets."""


@clinic.command("add")
@click.argument("slug")
@click.option("--settings", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--winplc-url", required=True, help="Where the clinic's WinPLC answers.")
def add_clinic(slug: str, file: Path, winplc_url: str) -> None:
    """Add a clinic with its first settings (a JSON file) and print its webhook secret."""
    from identity.slugs import is_slug  # noqa: PLC0415 - as above
    from storage import operations  # noqa: PLC0415 - as above
    from workflows.clinic_settings import ClinicSettings  # noqa: PLC0415 - as above

    if not is_slug(slug):
        raise click.ClickException(f"a clinic cannot be called {slug}: small letters, digits and hyphens")
    services = _services()
    try:
        decided = ClinicSettings.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise click.ClickException(str(error)) from None
    with services.database.writing() as connection:
        secret = operations.add_clinic(
            connection,
            services.keyring,
            services.new_id,
            slug=slug,
            settings=decided,
            winplc_url=winplc_url,
            secret=None,
            now=services.clock(),
        )
    if secret is None:
        raise click.ClickException(f"the clinic {slug} exists already")
    click.echo(secret)


@clinic.group("secret")
def clinic_secret() -> None:
    """A clinic's webhook secret."""


@clinic_secret.command("rotate")
@click.argument("slug")
def rotate_secret(slug: str) -> None:
    """Print a new secret; the old one holds for a week more."""
    from storage import operations  # noqa: PLC0415 - as above

    services = _services()
    with services.database.writing() as connection:
        click.echo(operations.rotate_secret(connection, services.keyring, services.new_id, slug, services.clock()))


@main.command()
@click.argument("request_id", type=click.UUID)
@click.option("--operator", default=lambda: os.environ.get("USER", "operator"), help="Who asks for it.")
def resend(request_id: UUID, operator: str) -> None:
    """Send an undeliverable request to the clinic once more."""
    from portal.grants import resend as send_again  # noqa: PLC0415 - as above

    click.echo(send_again(_services(), request_id, operator))


@main.command()
def parked() -> None:
    """List what is set aside and waits for a decision."""
    from storage import operations  # noqa: PLC0415 - as above

    with _services().database.reading() as connection:
        for row in operations.parked(connection, limit=1000):
            click.echo(f"{row.id}  {row.request or '-'}  {row.clinic}  {row.effect}  {row.error}")
    click.echo(f"Read at {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}.", err=True)


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--check", is_flag=True, help="Only say whether they are fresh.")
def diagrams(*, check: bool) -> None:
    """Write docs/workflows/ from the pages."""
    from portal.diagrams import main as write  # noqa: PLC0415 - as above

    sys.exit(write(["--check"] if check else []))


@main.command()
@click.option("--check", is_flag=True, help="Only say whether it is fresh.")
def openapi(*, check: bool) -> None:
    """Write docs/openapi.json from the schemas that validate."""
    from portal.openapi import main as write  # noqa: PLC0415 - as above

    sys.exit(write(["--check"] if check else []))


main.add_command(auditor)
main.add_command(bounce)
main.add_command(client)
main.add_command(operator)
main.add_command(person)
main.add_command(files)


if __name__ == "__main__":
    main()
