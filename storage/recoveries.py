"""Account recovery: who it turns out to be about, and the single-use link."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr, CprError
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from storage.accounts import account_by_cpr, cpr_index, email_index
from storage.clinics import find_clinic
from storage.history import Actor, Cause
from storage.ledger import Ledger, Recorded, Said
from storage.links import request_of_dispute, request_of_link
from storage.registers import MEMBERSHIP
from storage.standing import Standing, lock
from storage.throttles import count_up
from workflows.vocabulary import Refusal, Role

ASKED_PER_NUMBER, ASKED_WINDOW = 3, timedelta(hours=1)


@runtime_checkable
class Claimed(Protocol):
    """What was typed: a CPR number and an address."""

    cpr: str
    email: str


@dataclass(frozen=True, slots=True)
class Match:
    """Whose account was meant, where the typed address is the account's own and the clinic marked "no MitID"."""

    person: UUID


def match(connection: Connection, keyring: Keyring, clinic: UUID, claim: Claimed) -> Match | None:
    """Return the person whose account the typed number and address fit, or None; a locked account fits nothing."""
    try:
        cpr = Cpr(claim.cpr, letters=True)
    except CprError:
        return None
    account = account_by_cpr(connection, cpr_index(keyring, cpr))
    if account is None or account.locked or account.email_index != email_index(keyring, claim.email):
        return None
    exempt = sa.select(MEMBERSHIP.c.person_id).where(
        MEMBERSHIP.c.person_id == account.person,
        MEMBERSHIP.c.clinic_id == clinic,
        MEMBERSHIP.c.mitid_exempt,
        MEMBERSHIP.c.until.is_(None),
    )
    return None if connection.execute(exempt).first() is None else Match(account.person)


def complete(
    connection: Connection, ledger: Ledger, slug: str, token: str, new_password_hash: str, corr: str | None
) -> Recorded | Refusal:
    """Use the link once: set the password, end every log-in, tell the address (REC-7).

    Raises:
        NotFoundError: no link of this clinic has this token.
        NotApplicableError: the link's request has ended.
    """
    standing = _standing(connection, ledger, slug, request_of_link(connection, token))
    said = Said(password_hash=new_password_hash)
    return ledger.advance_locked(connection, standing, "complete", said, _holder("recovery-link"), _link(corr))


def dispute(connection: Connection, ledger: Ledger, slug: str, token: str, corr: str | None) -> Recorded | Refusal:
    """Use the link once: the password that was set is gone, and no way leads to a new one until somebody confirms.

    Raises:
        NotFoundError: no link of this clinic has this token.
        NotApplicableError: the link's request never set a password.
    """
    standing = _standing(connection, ledger, slug, request_of_dispute(connection, token))
    return ledger.advance_locked(connection, standing, "dispute", Said(), _holder("dispute-link"), _link(corr))


def asked_too_often(connection: Connection, keyring: Keyring, claim: Claimed, now: datetime) -> bool:
    """Count one more for the typed number, whether anybody has it or not; return whether it is one too many."""
    try:
        bucket = f"recovery:{cpr_index(keyring, Cpr(claim.cpr, letters=True)).hex()}"
    except CprError:
        return False
    return count_up(connection, bucket, now, ASKED_WINDOW) > ASKED_PER_NUMBER


def _standing(connection: Connection, ledger: Ledger, slug: str, request: UUID) -> Standing:
    clinic = find_clinic(connection, slug)
    standing = lock(connection, ledger.keyring, request)
    if standing.clinic.id != clinic.id:
        raise NotFoundError
    return standing


def _holder(link: str) -> Actor:
    return Actor(Role.ANYONE, "link", auth=link, purpose="patient-request")


def _link(corr: str | None) -> Cause:
    return Cause("link", "-", corr=corr)
