"""A new mail address, changed by a clinic that has confirmed the patient; the old address is told, and the new one."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.keys import Keyring, SealingKey
from identity.outcomes import NotFoundError
from storage.accounts import account_key, address_of, email_index, membership_key
from storage.effects import mail_row, owed
from storage.holds import hold_content
from storage.models import OUTBOX
from storage.recovery_registers import ADDRESS_NOTICE
from storage.registers import ACCOUNT, SEALING_KEY
from storage.sealing import KEY_COLUMNS, key_of, load_key
from storage.together import write_together
from storage.ways_in import end_ways_in

ADDRESS_CHANGED = "address_changed"
"""The letter that tells of it."""

FAREWELL = "farewell"
"""The letter to an address that the portal is about to erase."""

KEPT_FOR = timedelta(days=30)
"""How long an address that was to be told is kept, sealed, for a letter that is late; then it goes with the next."""


def change_address(
    connection: Connection,
    keyring: Keyring,
    new_id: NewId,
    *,
    clinic: UUID,
    person: UUID,
    email: str,
    now: datetime,
) -> bool:
    """Change the address of a user of the clinic; False, and nothing done, where it is that already (REC-6).

    Both addresses are told. Log-ins, codes and links end; the person's other clinics, which have confirmed nobody, hold
    their content.

    Raises:
        NotFoundError: the person is no user of the clinic.
    """
    account = connection.execute(sa.select(ACCOUNT).where(ACCOUNT.c.person_id == person)).one()
    old, _ = address_of(connection, keyring, person)
    if old is None or membership_key(connection, keyring, person, clinic) is None:
        raise NotFoundError
    index = email_index(keyring, email)
    if index == account.email_index:
        return False
    key = load_key(connection, keyring, account.key_id)
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == person)
        .values(
            email_index=index,
            email_sealed=key.seal(email.encode(), f"account.email_sealed:{person}"),
            changed_at=now,
        ),
    )
    end_ways_in(connection, person, now)
    hold_content(connection, person, "address", now, but_at=clinic)
    _tell(connection, new_id, key, clinic, person, ADDRESS_CHANGED, (old, email), now)
    return True


def noticed_address(connection: Connection, keyring: Keyring, notice: UUID) -> tuple[str, str]:
    """Return the address that a notice goes to, and its reader's language.

    Raises:
        NotFoundError: the notice is not there, or its address is no longer kept.
    """
    row = connection.execute(
        sa.select(ADDRESS_NOTICE.c.email_sealed, ACCOUNT.c.language, *KEY_COLUMNS)
        .join(ACCOUNT, ACCOUNT.c.person_id == ADDRESS_NOTICE.c.person_id)
        .join(SEALING_KEY, SEALING_KEY.c.id == ADDRESS_NOTICE.c.key_id)
        .where(ADDRESS_NOTICE.c.id == notice),
    ).one_or_none()
    if row is None or row.email_sealed is None:
        raise NotFoundError
    return key_of(keyring, row).open(row.email_sealed, _place(notice)).decode(), row.language


def tell_address(
    connection: Connection, keyring: Keyring, new_id: NewId, clinic: UUID, person: UUID, letter: str, now: datetime
) -> None:
    """Owe a letter to the address that the person has now, sealed apart: the account's own may be erased meanwhile."""
    address, _ = address_of(connection, keyring, person)
    if address is not None:
        _tell(connection, new_id, account_key(connection, keyring, person), clinic, person, letter, (address,), now)


def forget_told(now: datetime) -> sa.Update:
    """Return the statement that forgets addresses whose letter is settled, or has been late for too long."""
    owed_still = sa.exists().where(OUTBOX.c.subject_id == ADDRESS_NOTICE.c.id, OUTBOX.c.state == "due")
    past = sa.or_(~owed_still, ADDRESS_NOTICE.c.created_at < now - KEPT_FOR)
    return sa.update(ADDRESS_NOTICE).where(ADDRESS_NOTICE.c.email_sealed.is_not(None), past).values(email_sealed=None)


def _tell(
    connection: Connection,
    new_id: NewId,
    key: SealingKey,
    clinic: UUID,
    person: UUID,
    letter: str,
    addresses: Iterable[str],
    now: datetime,
) -> None:
    """Owe one letter to each address; older addresses that were told are forgotten."""
    told = (ADDRESS_NOTICE.c.person_id == person, ADDRESS_NOTICE.c.created_at < now - KEPT_FOR)
    connection.execute(sa.update(ADDRESS_NOTICE).where(*told).values(email_sealed=None))
    letters = []
    for address in addresses:
        notice = new_id()
        connection.execute(
            sa.insert(ADDRESS_NOTICE).values(
                id=notice,
                person_id=person,
                key_id=key.id,
                email_sealed=key.seal(address.encode(), _place(notice)),
                created_at=now,
            ),
        )
        letters.append(mail_row(identifier=new_id(), clinic=clinic, letter=letter, subject=notice, now=now))
    write_together(connection, [owed(row) for row in letters], waking=True)


def _place(notice: UUID) -> str:
    return f"address_notice.email_sealed:{notice}"
