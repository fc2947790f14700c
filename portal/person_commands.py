"""`portal person`: numbers are read from standard input or a file, for a command line is seen by others."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from portal.wiring import Services

FILE = click.option(
    "--file", "source", type=click.File("r"), default="-", help="Read the lines from a file instead of standard input."
)
OPERATOR = click.option("--operator", default=lambda: os.environ.get("USER", "operator"), help="Who does it.")


@click.group()
def person() -> None:
    """People, each named by a CPR number or an id on a line of its own."""


@person.command("change-cpr")
@FILE
@OPERATOR
@click.pass_obj
def change_number(services_of: Callable[[], "Services"], source: TextIO, operator: str) -> None:
    """Give a person another CPR number: first line the present one, second line the new one."""
    from portal.people import change_cpr  # noqa: PLC0415 - imports cost time, commands are many

    old, new = lines(source, "present number", "new number")
    click.echo(change_cpr(services_of(), old, new, operator))


@person.command("merge")
@FILE
@OPERATOR
@click.pass_obj
def merge_two(services_of: Callable[[], "Services"], source: TextIO, operator: str) -> None:
    """Merge two accounts of one person: first line the one that stays, second line the one that goes into it."""
    from portal.people import merge_people  # noqa: PLC0415 - as above

    kept, other = lines(source, "number or id that stays", "number or id that goes into it")
    click.echo(merge_people(services_of(), kept, other, operator))


@person.command("erase")
@FILE
@OPERATOR
@click.option("--clinic", "slug", help="At this clinic only.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase_one(
    services_of: Callable[[], "Services"], source: TextIO, operator: str, slug: str | None, *, yes: bool
) -> None:
    """Erase a person, named on one line, for good: the keys of what they said are destroyed."""
    from portal.people import counted, erase_person  # noqa: PLC0415 - as above

    services = services_of()
    (named,) = lines(source, "number or id")
    if not yes:
        click.confirm(f"{counted(services, named, slug)}. Erase?", abort=True, err=True)
    click.echo(erase_person(services, named, slug, operator))


def lines(source: TextIO, *names: str) -> list[str]:
    """Return one line for each name; who types them is asked, and sees nothing of it on the screen.

    Raises:
        click.ClickException: there are fewer or more lines than names.
    """
    if source.isatty():
        return [click.prompt(name.capitalize(), hide_input=True, err=True).strip() for name in names]
    found = [line.strip() for line in source if line.strip()]
    if len(found) != len(names):
        raise click.ClickException(f"{len(names)} lines are needed: {', '.join(names)}")
    return found
