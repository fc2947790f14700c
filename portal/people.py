"""What operators do about people, who are named by a CPR number or an id and never shown."""

from datetime import datetime
from uuid import UUID

import click

from identity.cpr import Cpr, CprError
from portal.wiring import Services
from storage import access
from storage.accounts import cpr_index, person_by_cpr
from storage.database import Connection
from storage.erasing import NotHandedOverError, erase, requests_of
from storage.merging import merge
from storage.numbers import Change, change_number
from storage.people import standing_person
from storage.second_factors import tell
from storage.uploads import sweep
from storage.webhook_secrets import clinic_id
from workflows.vocabulary import Refusal

LETTER = "user_changed"
ERASE = "operator.person.erase"
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


def counted(services: Services, text: str, slug: str | None) -> str:
    """Say what would be erased, without saying whose.

    Raises:
        click.ClickException: the line names nobody here, or there is no such clinic.
    """
    with services.database.reading() as connection:
        found = find(connection, services, text, "the line")
        clinic = _clinic(connection, slug)
        number = len(requests_of(connection, found, clinic))
    where = "everywhere, with number, address and log-ins" if slug is None else f"at {slug}"
    return f"{number} requests, {where}: nobody can ever read their words again"


def erase_person(services: Services, text: str, slug: str | None, operator: str) -> str:
    """Erase a person and say how it went; the row in the access log does not say whom it was.

    Raises:
        click.ClickException: the line names nobody here, there is no such clinic, or requests are not handed over.
    """
    now = services.clock()
    try:
        with services.database.writing() as connection:
            found = find(connection, services, text, "the line")
            clinic = _clinic(connection, slug)
            number = erase(connection, found, clinic, now)
            seen = access.Seen("operator", ERASE, "ok", actor=operator, clinic=clinic, purpose="erasure")
            access.note(connection, services.new_id(), now, seen)
    except NotHandedOverError as error:
        named = ", ".join(str(each) for each in error.requests)
        raise click.ClickException(f"not handed over to the clinic yet, so nothing is erased: {named}") from None
    sweep(services.files)
    return f"erased: {number} requests, {'everywhere' if slug is None else f'at {slug}'}"


def _clinic(connection: Connection, slug: str | None) -> UUID | None:
    if slug is None:
        return None
    found = clinic_id(connection, slug)
    if found is None:
        raise click.ClickException(f"there is no clinic {slug}")
    return found


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
