"""What operators do about people, who are named by a CPR number or an id and never shown."""

from datetime import datetime
from uuid import UUID

import click

from identity.cpr import Cpr, CprError
from portal.wiring import Services
from storage import access
from storage.accounts import cpr_index, person_by_cpr
from storage.database import Connection
from storage.merging import merge
from storage.numbers import Change, change_number
from storage.people import standing_person
from storage.second_factors import tell
from workflows.vocabulary import Refusal

LETTER = "user_changed"
_ID_LENGTH = 36


def change_cpr(services: Services, old: str, new: str, operator: str) -> str:
    """Give the person with one number another one, and say how it went.

    Raises:
        click.ClickException: nobody has the old number, it is not the present one, or the new one is somebody else's.
    """
    before, after = _number(old, "the first line"), _number(new, "the second line")
    now = services.clock()
    with services.database.writing() as connection:
        person = find(connection, services, old, "the first line")
        outcome = change_number(connection, services.keyring, services.new_id, Change(person, before, after), now)
        if isinstance(outcome, Refusal):
            raise click.ClickException(f"{outcome.rule.sentence.en} {outcome.rule.next_step.en}")
        _record(connection, services, "operator.person.change_cpr", operator, person, now)
        if outcome:
            tell(connection, services.new_id, person, LETTER, now)
    return f"{person}: {'has another number now' if outcome else 'had this number already'}"


def merge_people(services: Services, kept: str, other: str, operator: str) -> str:
    """Merge the second person into the first, and say how it went.

    Raises:
        click.ClickException: one of them is nobody here.
    """
    now = services.clock()
    with services.database.writing() as connection:
        survivor = find(connection, services, kept, "the first line")
        gone = find(connection, services, other, "the second line")
        merged = merge(connection, services.keyring, survivor=survivor, other=gone, now=now)
        _record(connection, services, "operator.person.merge", operator, survivor, now)
        if merged:
            tell(connection, services.new_id, survivor, LETTER, now)
    return f"{survivor}: {f'{gone} is merged into it' if merged else 'the two are one already'}"


def find(connection: Connection, services: Services, text: str, line: str) -> UUID:
    """Return the person that a line names; one who was merged is found as the survivor.

    Raises:
        click.ClickException: the line names nobody, or is neither a number nor an id.
    """
    if len(text) == _ID_LENGTH:
        person = standing_person(connection, _id(text, line))
    else:
        person = person_by_cpr(connection, cpr_index(services.keyring, _number(text, line)))
    if person is None:
        raise click.ClickException(f"{line} names nobody here")
    return person


def _id(text: str, line: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise click.ClickException(f"{line} is no id") from None


def _number(text: str, line: str) -> Cpr:
    try:
        return Cpr(text, letters=True)
    except CprError as error:
        code = error.code
    raise click.ClickException(f"{line} is no CPR number ({code})")


def _record(connection: Connection, services: Services, act: str, operator: str, person: UUID, now: datetime) -> None:
    seen = access.Seen("operator", act, "ok", actor=operator, person=person, purpose="operation")
    access.note(connection, services.new_id(), now, seen)
