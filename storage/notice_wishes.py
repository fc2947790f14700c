"""What patients wish of notices, one row a person; the phone number is sealed as the mail address is."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.keys import Keyring, SealingKey
from storage.accounts import account_key
from storage.notice_registers import NOTICE_WISH
from storage.registers import ACCOUNT
from storage.scope import concerns
from workflows.notices import Way, Wish

WISH_COLUMNS = tuple(
    NOTICE_WISH.c[name].label(f"wish_{name}")
    for name in ("channel", "phone_sealed", "quiet_from", "quiet_until", "digest_at")
)
"""What a query selects, with the account's `KEY_COLUMNS`, so that `opened_wish` can open its row."""

_UPSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A person's choices: the wish, the number for text messages, and when they agreed to those and ended it."""

    wish: Wish
    phone: str | None = None
    sms_agreed_at: datetime | None = None
    sms_ended_at: datetime | None = None


def chosen_by(connection: Connection, keyring: Keyring, person: UUID) -> Chosen:
    """Return what the person has chosen; who has chosen nothing gets mails at once."""
    row = connection.execute(sa.select(NOTICE_WISH).where(NOTICE_WISH.c.person_id == person)).one_or_none()
    if row is None:
        return Chosen(Wish())
    wish = _wish(row.channel, row.quiet_from, row.quiet_until, row.digest_at)
    phone = None
    if row.phone_sealed is not None:
        phone = _opened(account_key(connection, keyring, person), person, row.phone_sealed)
    return Chosen(wish, phone, row.sms_agreed_at, row.sms_ended_at)


def choose(
    connection: Connection, keyring: Keyring, person: UUID, wish: Wish, phone: str | None, language: str, now: datetime
) -> Chosen:
    """Put the person's choices in force; a number that is not needed any more is forgotten.

    Agreeing to text messages is dated when they are first chosen, or a new number is; leaving them dates the end.
    """
    before = chosen_by(connection, keyring, person)
    key = account_key(connection, keyring, person, locking=True)
    agreed, ended = _consent(before, phone, now)
    row = {
        "key_id": key.id,
        "channel": wish.way,
        "phone_sealed": None if phone is None else key.seal(phone.encode(), _place(person)),
        "sms_agreed_at": agreed,
        "sms_ended_at": ended,
        "quiet_from": _written(wish.quiet_from),
        "quiet_until": _written(wish.quiet_until),
        "digest_at": _written(wish.digest_at),
        "changed_at": now,
    }
    insert = _UPSERT[connection.dialect.name](NOTICE_WISH).values(person_id=person, **row)
    connection.execute(insert.on_conflict_do_update(index_elements=[NOTICE_WISH.c.person_id], set_=row))
    connection.execute(sa.update(ACCOUNT).where(ACCOUNT.c.person_id == person).values(language=language))
    return Chosen(wish, phone, agreed, ended)


@concerns("person")
def forget_wishes(connection: Connection, person: UUID) -> None:
    """Remove what the person has chosen."""
    connection.execute(sa.delete(NOTICE_WISH).where(NOTICE_WISH.c.person_id == person))


def opened_wish(key: SealingKey, row: Any, person: UUID) -> tuple[Wish, str | None]:
    """Return the wish and the number of a row selected with `WISH_COLUMNS`."""
    if row.wish_channel is None:
        return Wish(), None
    phone = None if row.wish_phone_sealed is None else _opened(key, person, row.wish_phone_sealed)
    return _wish(row.wish_channel, row.wish_quiet_from, row.wish_quiet_until, row.wish_digest_at), phone


def _consent(before: Chosen, phone: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    if phone is None:
        stood = before.phone is not None
        return before.sms_agreed_at, now if stood else before.sms_ended_at
    return (before.sms_agreed_at if phone == before.phone else now), None


def _wish(way: Way, quiet_from: str | None, quiet_until: str | None, digest_at: str | None) -> Wish:
    return Wish(way, _read(quiet_from), _read(quiet_until), _read(digest_at))


def _read(written: str | None) -> time | None:
    return None if written is None else time.fromisoformat(written)


def _written(clock: time | None) -> str | None:
    return None if clock is None else clock.strftime("%H:%M")


def _opened(key: SealingKey, person: UUID, sealed: bytes) -> str:
    return key.open(sealed, _place(person)).decode()


def _place(person: UUID) -> str:
    return f"notice_wish.phone_sealed:{person}"
