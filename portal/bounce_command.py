"""`portal bounce`: what a mail server pipes a returned letter into."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from portal.wiring import Services

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: Postfix and Exim keep the mail and come again."""


@click.command()
@click.argument("recipient", required=False)
@click.pass_obj
def bounce(services_of: Callable[[], "Services"], recipient: str | None) -> None:
    """Note a letter that came back: a delivery report on standard input, for Postfix or Exim to pipe into.

    RECIPIENT is the address that the report came to; without it the report's own headers are looked at. Ends with 0
    when the report is dealt with, whatever it was, and with 75 when it should be brought again.
    """
    from notifications.bounces import LARGEST_REPORT, NoReportError, read_report  # noqa: PLC0415 - imports cost time

    try:
        report = read_report(sys.stdin.buffer.read(LARGEST_REPORT + 1), recipient)
    except NoReportError as told:
        click.echo(told.code)
        return
    word = _noted(services_of, report.key)
    click.echo(word)
    if word in {"not_sent_yet", "unavailable"}:
        sys.exit(TRY_AGAIN)


def _noted(services_of: Callable[[], "Services"], key: str) -> str:
    from identity.outcomes import StorageUnavailableError  # noqa: PLC0415 - as above
    from storage.bounces import Came, come_back, row_of  # noqa: PLC0415 - as above
    from storage.ledger import OvertakenError  # noqa: PLC0415 - as above

    services = services_of()
    row = row_of(services.keyring, key)
    if row is None:
        return Came.NOBODYS.value
    try:
        with services.database.writing() as connection:
            return come_back(connection, services.ledger, row).value
    except (StorageUnavailableError, OvertakenError):
        return "unavailable"
    finally:
        services.database.close()
