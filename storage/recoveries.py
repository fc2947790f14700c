"""Account recovery: who it turns out to be about, and the single-use link."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from identity.cpr import Cpr, CprError
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.tokens import recovery_token, token_hash
from storage.accounts import account_by_cpr, cpr_index, email_index
from storage.clinics import find_clinic
from storage.history import Actor, Cause
from storage.ledger import Ledger, Recorded, Said
from storage.registers import MEMBERSHIP, RECOVERY_LINK
from storage.standing import lock
from workflows.recovery import LINK_LIVES
from workflows.vocabulary import Refusal, Role


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
    """Return the person whose account the typed number and address fit, or None."""
    try:
        cpr = Cpr(claim.cpr, letters=True)
    except CprError:
        return None
    account = account_by_cpr(connection, cpr_index(keyring, cpr))
    if account is None or account.email_index != email_index(keyring, claim.email):
        return None
    exempt = sa.select(MEMBERSHIP.c.person_id).where(
        MEMBERSHIP.c.person_id == account.person,
        MEMBERSHIP.c.clinic_id == clinic,
        MEMBERSHIP.c.mitid_exempt,
        MEMBERSHIP.c.until.is_(None),
    )
    return None if connection.execute(exempt).first() is None else Match(account.person)


def put_link(connection: Connection, keyring: Keyring, request: UUID, now: datetime) -> str:
    """Make the request's link valid from now on and return its token; the same request gives the same token."""
    token = recovery_token(keyring, request)
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        insert(RECOVERY_LINK)
        .values(request_id=request, token_hash=token_hash(token), expires_at=now + LINK_LIVES)
        .on_conflict_do_update(index_elements=[RECOVERY_LINK.c.request_id], set_={"expires_at": now + LINK_LIVES}),
    )
    return token


def complete(
    connection: Connection, ledger: Ledger, slug: str, token: str, new_password_hash: str, corr: str | None
) -> Recorded | Refusal:
    """Use the link once: set the password, end every log-in, tell the address (REC-7).

    Raises:
        NotFoundError: no link of this clinic has this token.
        NotApplicableError: the link's request has ended.
    """
    clinic = find_clinic(connection, slug)
    request = connection.execute(
        sa.select(RECOVERY_LINK.c.request_id).where(RECOVERY_LINK.c.token_hash == token_hash(token)),
    ).scalar_one_or_none()
    if request is None:
        raise NotFoundError
    anyone = Actor(Role.ANYONE, "link", auth="recovery-link", purpose="patient-request")
    said = Said(password_hash=new_password_hash)
    standing = lock(connection, ledger.keyring, request)
    if standing.clinic.id != clinic.id:
        raise NotFoundError
    return ledger.advance_locked(connection, standing, "complete", said, anyone, Cause("link", "-", corr=corr))
