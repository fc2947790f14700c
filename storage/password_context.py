"""What a new password must not be made of: the names of the clinic it is set at, and what its owner is known by."""

import re
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.password_rules import LEAST, Standard
from storage.accounts import address_of, cpr_of
from storage.clinics import find_clinic
from storage.links import request_of_link
from storage.memberships import belongings
from storage.models import REQUEST

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def standard_at(connection: Connection, keyring: Keyring, slug: str, person: UUID | None = None) -> Standard:
    """Return what is asked of a new password at this clinic, of this person where it is known who sets it."""
    try:
        clinic = find_clinic(connection, slug)
    except NotFoundError:
        return LEAST
    words = [clinic.settings.name, *_BETWEEN_WORDS.split(clinic.settings.name), slug, *slug.split("-")]
    return Standard(clinic.settings.shortest_password, (*words, *_own_words(connection, keyring, person)))


def standard_of(connection: Connection, keyring: Keyring, person: UUID) -> Standard:
    """Return what is asked of a new password of this person's, by every clinic that it opens."""
    asked = [standard_at(connection, keyring, each.slug, person) for each in belongings(connection, person)]
    words = tuple(dict.fromkeys(word for each in asked for word in each.words))
    return Standard(max((each.shortest for each in asked), default=LEAST.shortest), words)


def person_of_link(connection: Connection, token: str) -> UUID | None:
    """Return whose password the link would set, if it is a link."""
    try:
        return person_of(connection, request_of_link(connection, token))
    except NotFoundError:
        return None


def person_of(connection: Connection, request: UUID) -> UUID | None:
    """Return whom a request is about, if that is known."""
    person: UUID | None = connection.execute(
        sa.select(REQUEST.c.person_id).where(REQUEST.c.id == request),
    ).scalar_one()
    return person


def _own_words(connection: Connection, keyring: Keyring, person: UUID | None) -> list[str]:
    """Return the person's number, whole and in its parts, and the name of their mailbox with its parts."""
    if person is None:
        return []
    digits = cpr_of(connection, keyring, person).digits
    address, _language = address_of(connection, keyring, person)
    mailbox = (address or "").partition("@")[0]
    return [digits, f"{digits[:6]}-{digits[6:]}", digits[:6], digits[6:], mailbox, *_BETWEEN_WORDS.split(mailbox)]
