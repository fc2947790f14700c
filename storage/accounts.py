"""People: who they are (CPR, as an attribute with history), their account, and the clinics they belong to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.registers import ACCOUNT, MEMBERSHIP, PERSON, PERSON_CPR, SEALING_KEY
from storage.scope import Door, through
from storage.sealing import KEY_COLUMNS, create_key, key_of, load_key

ADDRESS_COLUMNS = (ACCOUNT.c.email_sealed, ACCOUNT.c.language)
"""What a query selects, with the account's `KEY_COLUMNS`, so that `opened_address` can open the address of its row."""

CPR_KEY = SEALING_KEY.alias("cpr_key")
PRESENT_CPR = sa.and_(PERSON_CPR.c.until.is_(None), CPR_KEY.c.id == PERSON_CPR.c.key_id)
CPR_COLUMNS = (
    PERSON_CPR.c.id.label("cpr_id"),
    PERSON_CPR.c.sealed.label("cpr_sealed"),
    CPR_KEY.c.id.label("cpr_key_id"),
    CPR_KEY.c.wrapped.label("cpr_key_wrapped"),
)
"""What a query selects so that `opened_cpr` can open the number of its row."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a log-in or a letter needs to know of a person; a locked one has no way in by password, nor to a new one."""

    person: UUID
    password_hash: str | None
    language: str
    email_index: bytes | None
    locked: bool = False
    one_time_until: datetime | None = None

    def opened_by(self, now: datetime) -> str | None:
        """Return the hash of the password that opens it now: one that staff gave does so for a while only (ACC-16)."""
        return self.password_hash if self.one_time_until is None or now < self.one_time_until else None


def cpr_index(keyring: Keyring, cpr: Cpr) -> bytes:
    """Return the keyed hash by which a CPR number is found."""
    return keyring.index("cpr", cpr.digits)


def email_index(keyring: Keyring, email: str) -> bytes:
    """Return the keyed hash by which an address is compared, letter case aside."""
    return keyring.index("email", email.strip().lower())


def person_by_cpr(connection: Connection, index: bytes) -> UUID | None:
    """Return the person who has (or had) this number."""
    who = sa.select(PERSON_CPR.c.person_id).where(PERSON_CPR.c.cpr_index == index)
    with through(Door.IDENTITY):
        return connection.execute(who).scalar_one_or_none()


def present_by_cpr(connection: Connection, index: bytes) -> UUID | None:
    """Return the person whose present number this is: by a former one nobody gets in (CPR-5)."""
    return connection.execute(
        sa.select(PERSON_CPR.c.person_id).where(PERSON_CPR.c.cpr_index == index, PERSON_CPR.c.until.is_(None)),
    ).scalar_one_or_none()


def create_person(connection: Connection, keyring: Keyring, new_id: NewId, cpr: Cpr, now: datetime) -> UUID:
    """Return the person with this number, made now if there is none yet."""
    index = cpr_index(keyring, cpr)
    known = person_by_cpr(connection, index)
    if known is not None:
        return known
    # A clinic makes people of whom neither it nor they themselves can see anything yet.
    with through(Door.IDENTITY):
        return _new_person(connection, keyring, new_id, cpr, index, now)


def _new_person(connection: Connection, keyring: Keyring, new_id: NewId, cpr: Cpr, index: bytes, now: datetime) -> UUID:
    person, row = new_id(), new_id()
    connection.execute(sa.insert(PERSON).values(id=person, created_at=now))
    key = create_key(connection, keyring, new_id(), now, person=person)
    connection.execute(
        sa.insert(PERSON_CPR).values(
            id=row,
            person_id=person,
            key_id=key.id,
            cpr_index=index,
            sealed=key.seal(cpr.digits.encode(), f"person_cpr.sealed:{row}"),
            since=now,
        ),
    )
    connection.execute(sa.insert(ACCOUNT).values(person_id=person, key_id=key.id, language="da", changed_at=now))
    return person


def set_account(
    connection: Connection,
    keyring: Keyring,
    person: UUID,
    *,
    email: str,
    password_hash: str | None,
    language: str,
    now: datetime,
) -> None:
    """Set the person's address, password and language."""
    key = account_key(connection, keyring, person)
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == person)
        .values(
            password_hash=password_hash,
            one_time_until=None,
            email_index=email_index(keyring, email),
            email_sealed=key.seal(email.encode(), f"account.email_sealed:{person}"),
            language=language,
            changed_at=now,
        ),
    )


def renew_password(connection: Connection, person: UUID, stored: str | None, renewed: str) -> None:
    """Put a costlier hash of the same password in the place of the stored one, unless there is another by now."""
    same = (ACCOUNT.c.person_id == person, ACCOUNT.c.password_hash == stored)
    connection.execute(sa.update(ACCOUNT).where(*same).values(password_hash=renewed))


def join_clinic(
    connection: Connection,
    keyring: Keyring,
    new_id: NewId,
    *,
    person: UUID,
    clinic: UUID,
    mitid_exempt: bool,
    now: datetime,
) -> None:
    """Make the person a patient of the clinic, with a key for what they share; again changes nothing."""
    mine = sa.select(MEMBERSHIP.c.person_id).where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic)
    if connection.execute(mine).first() is not None:
        return
    key = create_key(connection, keyring, new_id(), now, person=person, clinic=clinic)
    connection.execute(
        sa.insert(MEMBERSHIP).values(
            person_id=person, clinic_id=clinic, key_id=key.id, mitid_exempt=mitid_exempt, since=now
        ),
    )


def membership_key(connection: Connection, keyring: Keyring, person: UUID, clinic: UUID) -> SealingKey | None:
    """Return the key of a person at a clinic, or None when they are no patient there."""
    row = connection.execute(
        sa.select(*KEY_COLUMNS)
        .join(MEMBERSHIP, MEMBERSHIP.c.key_id == SEALING_KEY.c.id)
        .where(MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic, MEMBERSHIP.c.until.is_(None)),
    ).one_or_none()
    return None if row is None else key_of(keyring, row)


def account_by_cpr(connection: Connection, index: bytes) -> Account | None:
    """Return the account of the person whose present number this is: a former one opens nothing (CPR-5)."""
    row = connection.execute(
        sa.select(ACCOUNT)
        .join(PERSON_CPR, PERSON_CPR.c.person_id == ACCOUNT.c.person_id)
        .where(PERSON_CPR.c.cpr_index == index, PERSON_CPR.c.until.is_(None)),
    ).one_or_none()
    if row is None:
        return None
    locked = row.locked_at is not None
    return Account(row.person_id, row.password_hash, row.language, row.email_index, locked, row.one_time_until)


def account_of(connection: Connection, person: UUID, *, locked: bool = False) -> Account:
    """Return the person's account, locked until the transaction ends if that is asked for."""
    query = sa.select(ACCOUNT).where(ACCOUNT.c.person_id == person)
    row = connection.execute(query.with_for_update() if locked else query).one()
    return Account(row.person_id, row.password_hash, row.language, row.email_index)


def address_of(connection: Connection, keyring: Keyring, person: UUID) -> tuple[str | None, str]:
    """Return the person's mail address, if they have one, and their language."""
    row = connection.execute(
        sa.select(*ADDRESS_COLUMNS, *KEY_COLUMNS)
        .join(SEALING_KEY, SEALING_KEY.c.id == ACCOUNT.c.key_id)
        .where(ACCOUNT.c.person_id == person),
    ).one()
    return opened_address(keyring, row, person)


def opened_address(keyring: Keyring, row: Any, person: UUID) -> tuple[str | None, str]:
    """Return the address and language of a row selected with `ADDRESS_COLUMNS` and the account's key."""
    if row.email_sealed is None:
        return None, row.language
    return key_of(keyring, row).open(row.email_sealed, f"account.email_sealed:{person}").decode(), row.language


def cpr_of(connection: Connection, keyring: Keyring, person: UUID) -> Cpr:
    """Return the person's present CPR number."""
    row = connection.execute(
        sa.select(*CPR_COLUMNS).where(PERSON_CPR.c.person_id == person, PRESENT_CPR),
    ).one()
    return opened_cpr(keyring, row)


def opened_cpr(keyring: Keyring, row: Any) -> Cpr:
    """Return the number of a row selected with `CPR_COLUMNS`.

    Raises:
        NotFoundError: there is none, or its key has been destroyed.
    """
    if row.cpr_key_wrapped is None:
        raise NotFoundError
    key = keyring.unwrap(row.cpr_key_id, row.cpr_key_wrapped)
    return Cpr(key.open(row.cpr_sealed, f"person_cpr.sealed:{row.cpr_id}").decode(), letters=True)


def account_key(connection: Connection, keyring: Keyring, person: UUID, *, locking: bool = False) -> SealingKey:
    """Return the person's own key; `locking` lets those who change the person's account come one after the other."""
    query = sa.select(ACCOUNT.c.key_id).where(ACCOUNT.c.person_id == person)
    key_id = connection.execute(query.with_for_update() if locking else query).scalar_one()
    return load_key(connection, keyring, key_id)
