"""A clinic makes somebody a user, or links one of another clinic; the same word again changes nothing (ACC-8)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.identifiers import NewId
from identity.outcomes import NotFoundError
from identity.subject import Clinic, Staff
from storage.accounts import account_of, create_person, membership_key
from storage.activation_links import is_void, void_link
from storage.clinics import draft, find_clinic
from storage.enrolments import Applied, applied, needs_link, rights_of
from storage.history import Actor, Cause
from storage.ledger import Ledger, Said
from storage.memberships import enter_clinic
from storage.models import REQUEST
from storage.patients import mark_exempt, put_rights
from storage.standing import look
from workflows.catalogue import behind
from workflows.enrolment import Creation
from workflows.vocabulary import Refusal, Role, State

CREATE, DOOR = "create", "enrolments"
_UNDER_WAY = (State.ANSWERED.value, State.NOTIFIED.value, State.UNREACHABLE.value)

Became = Literal["created", "linked", "unchanged"]


@dataclass(frozen=True, slots=True)
class Wish:
    """Whom the clinic wants as a user, with what, and who there says so, in which message."""

    cpr: Cpr
    words: Creation
    staff: Staff
    message: str
    corr: str | None


class Users:
    """Makes and links users for clinics, in the transaction that takes the clinic's message."""

    def __init__(self, ledger: Ledger, new_id: NewId) -> None:
        self._ledger = ledger
        self._new_id = new_id
        self._kind = behind(ledger.catalogue, DOOR).kind

    def make(self, connection: Connection, clinic: Clinic, wish: Wish) -> Became:
        """Put the rights and the mark in force, and bring on the way what the person needs to log in.

        `created`: a link is mailed, as there is no password yet and no MitID. `linked`: a mail says that the log-in
        they have, or MitID, opens this clinic too.
        """
        keyring, now, words = self._ledger.keyring, self._ledger.clock(), wish.words
        person = create_person(connection, keyring, self._new_id, wish.cpr, now)
        was_here = membership_key(connection, keyring, person, clinic.clinic) is not None
        enter_clinic(connection, keyring, self._new_id, person=person, clinic=clinic.clinic, now=now)
        mark_exempt(connection, person, clinic.clinic, mitid_exempt=words.no_mitid, by=wish.staff.id, now=now)
        standing = find_clinic(connection, clinic.slug)
        decided = rights_of(standing, words.services)
        put_rights(connection, clinic.clinic, person, decided, by=wish.staff, at=now)
        account = account_of(connection, person, locked=True)
        linked = not needs_link(Applied(words, words, None), account)
        if linked and was_here and account.email_index is not None:
            return "unchanged"
        if self._is_under_way(connection, clinic, person, words):
            return "unchanged"
        self._open(connection, clinic, person, wish)
        return "linked" if linked else "created"

    def _is_under_way(self, connection: Connection, clinic: Clinic, person: UUID, words: Creation) -> bool:
        """Return whether the same has been said and waits to be used; a link to another address is void from now on."""
        mine = (REQUEST.c.person_id == person, REQUEST.c.clinic_id == clinic.clinic, REQUEST.c.kind == self._kind)
        query = sa.select(REQUEST.c.id).where(*mine, REQUEST.c.state.in_(_UNDER_WAY))
        for request in connection.execute(query).scalars().all():
            given = self._given(connection, request)
            if given == (words.email, words.language) and not is_void(connection, request):
                return True
            void_link(connection, self._ledger.keyring, request, self._ledger.clock())
        return False

    def _given(self, connection: Connection, request: UUID) -> tuple[str, str] | None:
        try:
            words = applied(connection, self._ledger.catalogue, look(connection, self._ledger.keyring, request)).words
        except NotFoundError:
            return None
        return words.email, words.language

    def _open(self, connection: Connection, clinic: Clinic, person: UUID, wish: Wish) -> None:
        fresh = draft(
            connection,
            self._ledger.keyring,
            identifier=self._new_id(),
            slug=clinic.slug,
            person=None,
            kind=self._kind,
            channel="clinic",
            practitioner=None,
            thread=None,
            now=self._ledger.clock(),
        )
        actor = Actor(Role.CLINIC, "clinician", id=wish.staff.id, auth=f"vouched:{wish.staff.role}")
        cause = Cause("webhook", wish.message, corr=wish.corr)
        outcome = self._ledger.open(connection, fresh, CREATE, Said(wish.words, person=person), actor, cause)
        if isinstance(outcome, Refusal):
            raise LookupError("the page lets a clinic make users without a rule")  # noqa: TRY004 - about the page
