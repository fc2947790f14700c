"""CPR numbers over time: what a clinic takes, and a person who gets another one (CPR-5)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from storage.accounts import account_key, cpr_index, person_by_cpr
from storage.clinics import find_clinic
from storage.identity_registers import FEDERATED_IDENTITY
from storage.merging import merge
from storage.models import REQUEST
from storage.people import lock_people
from storage.registers import ACCOUNT, LOG_IN, MEMBERSHIP, PERSON_CPR
from storage.scope import concerns
from storage.ways_in import end_ways_in
from workflows.numbers import ECPR_TAKEN, NUMBER_FREE, NUMBER_PRESENT
from workflows.vocabulary import Refusal


@dataclass(frozen=True, slots=True)
class Change:
    """Whose number changes, from which to which; `clinic` is whose own system says so, None for an operator."""

    person: UUID
    old: Cpr
    new: Cpr
    clinic: UUID | None = None


def refusal_of(connection: Connection, slug: str, cpr: Cpr) -> Refusal | None:
    """Return the rule that refuses a number with letters at a clinic that takes none (ACC-11); digits cost no look-up.

    Raises:
        NotFoundError: there is no such clinic.
    """
    if not cpr.is_ecpr or find_clinic(connection, slug).settings.allow_ecpr:
        return None
    return Refusal(ECPR_TAKEN)


def change_number(
    connection: Connection, keyring: Keyring, new_id: NewId, change: Change, now: datetime
) -> bool | Refusal:
    """Give the person another number: the old one still finds them, but opens nothing. False when it is theirs already.

    Where the new number already stands for somebody, it is taken over if that is nothing but a card of the same
    clinic's, which its own system may have sent ahead of the change. Every log-in ends.
    """
    person, new = change.person, change.new
    lock_people(connection, (person,))
    present = connection.execute(
        sa.select(PERSON_CPR.c.cpr_index).where(PERSON_CPR.c.person_id == person, PERSON_CPR.c.until.is_(None)),
    ).scalar_one()
    index = cpr_index(keyring, new)
    if present == index:
        return False
    if present != cpr_index(keyring, change.old):
        return Refusal(NUMBER_PRESENT)
    holder = person_by_cpr(connection, index)
    if holder not in {None, person} and not _is_only_a_card(connection, holder, change.clinic):
        return Refusal(NUMBER_FREE)
    if holder not in {None, person}:
        merge(connection, keyring, survivor=person, other=holder, now=now)
    _put(connection, keyring, new_id, person, new, now)
    end_ways_in(connection, person, now)
    return True


@concerns("person")
def _put(connection: Connection, keyring: Keyring, new_id: NewId, person: UUID, new: Cpr, now: datetime) -> None:
    """Make the number the present one; one that the person had before is present again."""
    index = cpr_index(keyring, new)
    mine = PERSON_CPR.c.person_id == person
    connection.execute(sa.update(PERSON_CPR).where(mine, PERSON_CPR.c.until.is_(None)).values(until=now))
    again = sa.update(PERSON_CPR).where(mine, PERSON_CPR.c.cpr_index == index).values(until=None)
    if connection.execute(again).rowcount:
        return
    row, key = new_id(), account_key(connection, keyring, person)
    connection.execute(
        sa.insert(PERSON_CPR).values(
            id=row,
            person_id=person,
            key_id=key.id,
            cpr_index=index,
            sealed=key.seal(new.digits.encode(), f"person_cpr.sealed:{row}"),
            since=now,
        ),
    )


@concerns("person")
def _is_only_a_card(connection: Connection, person: UUID, clinic: UUID | None) -> bool:
    """Return whether nobody has ever used this account, and no other clinic knows of the person."""
    used = (
        sa.exists().where(
            ACCOUNT.c.person_id == person,
            sa.or_(ACCOUNT.c.password_hash.is_not(None), ACCOUNT.c.email_index.is_not(None)),
        ),
        sa.exists().where(REQUEST.c.person_id == person),
        sa.exists().where(LOG_IN.c.person_id == person),
        sa.exists().where(FEDERATED_IDENTITY.c.person_id == person),
        sa.exists().where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id != clinic),
    )
    return clinic is not None and not connection.execute(sa.select(sa.or_(*used))).scalar_one()
