"""Using the link of an enrolment, once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import NotFoundError
from identity.tokens import token_hash
from storage.activation_links import ACTIVATION_LINK
from storage.history import Actor, Cause
from storage.ledger import Ledger, Recorded, Said
from storage.models import REQUEST
from storage.registers import ACCOUNT, CLINIC
from workflows.vocabulary import Refusal, Role

ACTIVATE = "activate"

_LINK = (
    sa.select(REQUEST.c.id, ACCOUNT.c.password_hash)
    .join(ACTIVATION_LINK, ACTIVATION_LINK.c.request_id == REQUEST.c.id)
    .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
    .join(ACCOUNT, ACCOUNT.c.person_id == REQUEST.c.person_id)
    .where(
        CLINIC.c.slug == sa.bindparam("slug"),
        ACTIVATION_LINK.c.token_hash == sa.bindparam("token"),
        ACTIVATION_LINK.c.used_at.is_(None),
        ACTIVATION_LINK.c.expires_at > sa.bindparam("now"),
    )
)


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is: the enrolment, and the password of whoever has one already."""

    request: UUID
    password_hash: str | None


def find_link(connection: Connection, slug: str, token: str, now: datetime) -> Link:
    """Return the link of this clinic with this token.

    Raises:
        NotFoundError: there is none, or it has been used, or its time is over.
    """
    row = connection.execute(_LINK, {"slug": slug, "token": token_hash(token), "now": now}).one_or_none()
    if row is None:
        raise NotFoundError
    return Link(row.id, row.password_hash)


def activate(
    connection: Connection, ledger: Ledger, link: Link, new_password_hash: str | None, corr: str | None
) -> Recorded | Refusal:
    """Use the link once; without a new password where the person is a user already and has shown their own.

    Raises:
        NotApplicableError: the enrolment has ended.
        OvertakenError: the person has become a user meanwhile.
    """
    anyone = Actor(Role.ANYONE, "link", auth="activation-link", purpose="patient-request")
    said = Said(password_hash=new_password_hash)
    return ledger.advance(connection, link.request, ACTIVATE, said, anyone, Cause("link", "-", corr=corr))
