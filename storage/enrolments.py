"""Becoming a user: who applies, whom it turns out to be, and what the clinic's yes and the link make of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from storage.accounts import Account, account_of, cpr_index, create_person, email_index, set_account
from storage.activation_links import use_up
from storage.memberships import enter_clinic
from storage.messages import Spoken, spoken
from storage.models import HISTORY, REQUEST
from storage.patients import mark_exempt, put_rights
from storage.registers import ACCOUNT, MEMBERSHIP, PERSON_CPR
from storage.standing import ClinicStanding, Standing
from storage.versions import current
from workflows.catalogue import Catalogue
from workflows.clinic_settings import PatientRights
from workflows.enrolment import Approval, Creation, KnownAs, SignUp

_KNOWN = (
    sa.select(PERSON_CPR.c.person_id, ACCOUNT.c.email_index, MEMBERSHIP.c.until)
    .join(ACCOUNT, ACCOUNT.c.person_id == PERSON_CPR.c.person_id)
    .outerjoin(
        MEMBERSHIP,
        sa.and_(MEMBERSHIP.c.person_id == PERSON_CPR.c.person_id, MEMBERSHIP.c.clinic_id == sa.bindparam("clinic")),
    )
    .where(PERSON_CPR.c.cpr_index == sa.bindparam("index"))
)


@dataclass(frozen=True, slots=True)
class Hands:
    """What the deeds work with."""

    keyring: Keyring
    catalogue: Catalogue
    new_id: NewId


@dataclass(frozen=True, slots=True)
class Known:
    """What the portal knows of somebody who signs up, for the clinic that decides.

    `asks` are the rights that a sign-up asks for where the person names none: those held before for somebody who left
    (ACC-5), else all that the clinic offers (ACC-4).
    """

    known_as: KnownAs
    left_before: bool
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """The words of a sign-up, or of a clinic that makes a user, with the clinic's yes once there is one.

    `decided` is the id of the step that said yes.
    """

    words: SignUp | Creation
    yes: Approval | Creation | None
    decided: UUID | None


def known(
    connection: Connection, keyring: Keyring, clinic: ClinicStanding, cpr: Cpr, email: str, services: Sequence[str]
) -> Known:
    """Return what is known of a number at a clinic, at the same cost whoever it is; `services` are those on offer."""
    index = cpr_index(keyring, cpr)
    row = connection.execute(_KNOWN, {"clinic": clinic.id, "index": index}).one_or_none()
    decided = current(connection, clinic.id, "right", "" if row is None else str(row.person_id))
    left = row is not None and row.until is not None
    held = PatientRights.model_validate(decided.body if decided else {}).services
    asks = tuple(kind for kind in services if not left or held.get(kind, True))
    if row is None or row.email_index is None:
        return Known("nobody", left, asks)
    same = row.email_index == email_index(keyring, email)
    return Known("user" if same else "user_with_another_address", left, asks)


def applied(connection: Connection, catalogue: Catalogue, standing: Standing) -> Applied:
    """Return what was typed and decided.

    Raises:
        NotFoundError: it has been destroyed.
    """
    said = spoken(connection, catalogue[standing.kind], standing.id, standing.key)
    return read(said)


def read(said: Sequence[Spoken]) -> Applied:
    """Return what was typed and decided, out of all that was said on the request. Raises as `applied` does."""
    words = next((each.content for each in said if isinstance(each.content, SignUp | Creation)), None)
    if words is None:
        raise NotFoundError
    for each in reversed(said):
        if isinstance(each.content, Approval | Creation):
            return Applied(words, each.content, each.id)
    return Applied(words, None, None)


def name_person(connection: Connection, hands: Hands, standing: Standing, now: datetime) -> UUID:
    """Return the person whose number was typed, made now where nobody had it (ACC-3)."""
    words = applied(connection, hands.catalogue, standing).words
    if not isinstance(words, SignUp):
        raise LookupError("only a sign-up has a number to be named by")  # noqa: TRY004 - about the row, not the argument
    return create_person(connection, hands.keyring, hands.new_id, Cpr(words.cpr, letters=True), now)


def admit(connection: Connection, hands: Hands, standing: Standing, password_hash: str | None, now: datetime) -> bool:
    """Make the person a user of the clinic with the rights that it granted; False where another link came first.

    A password and the address that was given become those of the account, but never take the place of one's own.

    Raises:
        LookupError: nobody said yes, or nobody knows to whom.
    """
    it = applied(connection, hands.catalogue, standing)
    if standing.person is None or it.yes is None:
        raise LookupError("a user is a person to whom the clinic said yes")
    person, clinic, keyring = standing.person, standing.clinic, hands.keyring
    account = account_of(connection, person, locked=True)
    if (password_hash is not None) != needs_link(it, account):
        return False
    enter_clinic(connection, keyring, hands.new_id, person=person, clinic=clinic.id, now=now)
    if isinstance(it.yes, Approval):
        _grant(connection, standing, it, now)
    _open_account(connection, keyring, account, it, password_hash, now)
    use_up(connection, standing.id, now)
    return True


def needs_link(it: Applied, account: Account) -> bool:
    """Return whether the person must choose a password: not who has one, nor who comes in by MitID.

    An account with an address but no password is somebody's who uses MitID; a clinic's mark "no MitID" ends that.
    """
    if account.password_hash is not None:
        return False
    if isinstance(it.words, Creation):
        return it.words.no_mitid
    return account.email_index is None and not it.words.proven


def _open_account(
    connection: Connection,
    keyring: Keyring,
    account: Account,
    it: Applied,
    password_hash: str | None,
    now: datetime,
) -> None:
    """Give the account what it lacks: the address that was given, the password that was chosen."""
    if account.email_index is None:
        given = {"email": it.words.email, "language": it.words.language}
        set_account(connection, keyring, account.person, password_hash=password_hash, now=now, **given)
    elif password_hash is not None:
        own = sa.update(ACCOUNT).where(ACCOUNT.c.person_id == account.person)
        connection.execute(own.values(password_hash=password_hash, one_time_until=None, changed_at=now))


def _grant(connection: Connection, standing: Standing, it: Applied, now: datetime) -> None:
    """Put what the clinic granted in force, in the name of whoever said yes."""
    person, clinic, yes = standing.person, standing.clinic, it.yes
    if person is None or yes is None:
        raise LookupError("rights are a person's, by a clinic's yes")
    by = _who_decided(connection, it.decided)
    decided = rights_of(clinic, yes.services)
    put_rights(connection, clinic.id, person, decided, by=by, at=now)
    if yes.no_mitid:
        mark_exempt(connection, person, clinic.id, mitid_exempt=True, by=by, now=now)
    if isinstance(it.words, SignUp) and it.words.notice_under_15:
        mine = (MEMBERSHIP.c.person_id == person, MEMBERSHIP.c.clinic_id == clinic.id)
        told = sa.select(REQUEST.c.created_at).where(REQUEST.c.id == standing.id).scalar_subquery()
        connection.execute(sa.update(MEMBERSHIP).where(*mine).values(notice_under15_shown_at=told))


def rights_of(clinic: ClinicStanding, granted: Sequence[str]) -> PatientRights:
    """Return the rights of somebody to whom some of the clinic's services are granted; the others are off."""
    named = {*clinic.settings.offered(), *granted}
    return PatientRights(services={kind: kind in granted for kind in sorted(named)})


def _who_decided(connection: Connection, step: UUID | None) -> str:
    """Return the staff id in the history of the step that said yes."""
    body = connection.execute(sa.select(HISTORY.c.body).where(HISTORY.c.id == step)).scalar_one()
    return str(json.loads(body)["actor"]["id"])
