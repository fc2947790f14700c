"""Letters to somebody who is not a user yet: where they go, what they say, and what follows when they are sent."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.engine import Connection

from identity.cpr import Cpr
from identity.keys import Keyring
from identity.outcomes import NotFoundError
from storage.accounts import account_of, address_of
from storage.activation_links import put_link
from storage.enrolments import applied, needs_link
from storage.standing import look
from workflows.catalogue import Catalogue
from workflows.content import Content
from workflows.enrolment import SignUp
from workflows.vocabulary import Letter

OWN_LETTERS = frozenset({Letter.ACTIVATION_LINK, Letter.ENROLMENT_DECLINED})
"""The letters that go to the address that was typed, even when the person is known by now."""

_THEN = {Letter.ENROLMENT_DECLINED: "close", Letter.CLINIC_JOINED: "linked"}


@dataclass(frozen=True, slots=True)
class ToApplicant:
    """One letter: its address and language, which it is, the token it carries, and the step that then follows."""

    address: str | None
    language: str
    letter: Letter
    token: str | None = None

    @property
    def concludes(self) -> str | None:
        """The step that follows by itself, once the letter is sent."""
        return _THEN.get(self.letter)


def letter_to_applicant(
    connection: Connection, keyring: Keyring, catalogue: Catalogue, request: UUID, letter: Letter, now: datetime
) -> ToApplicant:
    """Return the particulars of a letter about an enrolment.

    The link goes to the address that was typed and that the clinic has approved, but never past one that the account
    has. Somebody who can log in already gets none: they are told that their log-in now opens this clinic too (ACC-1).

    Raises:
        NotFoundError: the request is no enrolment, or what was typed has been destroyed.
    """
    standing = look(connection, keyring, request)
    it = applied(connection, catalogue, standing)
    typed = (it.words.email, it.words.language)
    if letter is not Letter.ACTIVATION_LINK:
        return ToApplicant(*typed, letter)
    if standing.person is None:
        raise NotFoundError
    account = account_of(connection, standing.person)
    own = typed if account.email_index is None else address_of(connection, keyring, standing.person)
    if not needs_link(it, account):
        return ToApplicant(*own, Letter.CLINIC_JOINED)
    return ToApplicant(*own, letter, put_link(connection, keyring, request, now))


def typed_cpr(words: Content) -> Cpr | None:
    """Return the number of whoever signs up, which travels to the clinic as any patient's does."""
    return Cpr(words.cpr, letters=True) if isinstance(words, SignUp) else None
