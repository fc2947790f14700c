"""A letter's particulars, read when it is claimed: to whom, in which language, with which secret if any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from identity.outcomes import NotFoundError
from identity.tokens import log_in_code
from storage.accounts import ADDRESS_COLUMNS, address_of, opened_address
from storage.addresses import ADDRESS_CHANGED, FAREWELL, noticed_address
from storage.applicants import OWN_LETTERS, ToApplicant, letter_to_applicant
from storage.calendar_feeds import Appointment, appointments
from storage.clinics import find_clinic_by_id
from storage.database import Clock
from storage.links import put_dispute_link, put_link
from storage.models import HISTORY, REQUEST
from storage.notice_registers import NOTICE_WISH
from storage.notice_wishes import WISH_COLUMNS, opened_wish
from storage.outbox import Work
from storage.patients import has_died
from storage.registers import ACCOUNT, CLINIC, LOG_IN_ATTEMPT, SEALING_KEY, SETTING
from storage.sealing import KEY_COLUMNS, key_of
from storage.standing import CLINIC_COLUMNS, CURRENT_SETTINGS, clinic_of
from storage.text_messages import has_text, is_covered
from storage.visit_forms import is_form_due
from storage.visit_registers import VISIT_PREFERENCE
from workflows.catalogue import Catalogue
from workflows.clinic_settings import ClinicSettings
from workflows.notices import NOTICES, Way, Wish
from workflows.vocabulary import Do, Letter, State

PutLink = Callable[[Connection, Keyring, UUID, datetime], str]
"""Makes the link of a request valid and returns its token."""

# One query for a letter about a request.
_LETTER = (
    sa.select(
        REQUEST.c.person_id,
        REQUEST.c.slot,
        REQUEST.c.slot_start,
        REQUEST.c.slot_held,
        REQUEST.c.state,
        (VISIT_PREFERENCE.c.times_agreed_at.is_not(None) & VISIT_PREFERENCE.c.times_ended_at.is_(None)).label("timed"),
        HISTORY.c.to_state,
        *CLINIC_COLUMNS,
        *ADDRESS_COLUMNS,
        *KEY_COLUMNS,
        *WISH_COLUMNS,
    )
    .join(CLINIC, CLINIC.c.id == REQUEST.c.clinic_id)
    .join(SETTING, CURRENT_SETTINGS)
    .join(HISTORY, sa.and_(HISTORY.c.request_id == REQUEST.c.id, HISTORY.c.id == sa.bindparam("history")))
    .outerjoin(
        sa.join(ACCOUNT, SEALING_KEY, SEALING_KEY.c.id == ACCOUNT.c.key_id),
        ACCOUNT.c.person_id == REQUEST.c.person_id,
    )
    .outerjoin(NOTICE_WISH, NOTICE_WISH.c.person_id == REQUEST.c.person_id)
    .outerjoin(VISIT_PREFERENCE, VISIT_PREFERENCE.c.person_id == REQUEST.c.person_id)
    .where(REQUEST.c.id == sa.bindparam("request"))
)


@dataclass(frozen=True, slots=True)
class LetterTo:
    """A letter's particulars: to whom, in which language, from which clinic, with which secret if any.

    `tells` is whether this letter is the one that tells of the answer, so that sending it means notified; `concludes`
    is the step that then follows by itself, if one does. `letter` is which one it is, where that depends on the reader.
    By the reader's wishes a notice goes one `way` or another, waits until a moment, or is covered by an equal one.
    `form_due` is whether a form must be filled in before the visit, and is not.
    `visit` is the appointment, where the reader agreed to times in mails.
    """

    address: str | None
    language: str
    slug: str
    settings: ClinicSettings
    tells: bool
    code: str | None = None
    token: str | None = None
    letter: str | None = None
    concludes: str | None = None
    way: Way = "mail"
    phone: str | None = None
    waits_until: datetime | None = None
    covered: bool = False
    form_due: bool = False
    visit: Appointment | None = None


LINKED: Mapping[str, PutLink] = {"recovery_link": put_link, "password_changed": put_dispute_link}
"""The letters about a request that carry a link, and what makes it."""

ASKED_FOR = OWN_LETTERS | LINKED.keys()
"""Letters about a request that somebody who acts now has asked for, or must be warned by: they are sent always."""


OF_A_TIME_TO_COME = frozenset({Letter.APPOINTMENT_REMINDER, Letter.SLOT_OFFERED})
"""The letters that are sent only while their time is held and to come."""


NAMES_A_TIME = frozenset({Letter.APPOINTMENT_NEWS, Letter.APPOINTMENT_REMINDER})
"""The letters that name an appointment's time to who agreed to that."""

CANCELLED = frozenset({State.CANCELLED_BY_CLINIC.value, State.CANCELLED_BY_PATIENT.value})


class Mailings:
    """Loads letters for one installation."""

    def __init__(self, keyring: Keyring, catalogue: Catalogue, clock: Clock) -> None:
        self._keyring = keyring
        self._catalogue = catalogue
        self._now = clock

    def letter(self, connection: Connection, work: Work) -> LetterTo | None:
        """Return the particulars of one letter; None where nobody is to have it.

        That is a code for a log-in that no mailed code may end, and what is sent of itself to somebody who has died.
        """
        if work.request is not None:
            return self._request_letter(connection, work)
        if work.letter in {ADDRESS_CHANGED, FAREWELL}:
            return self._address_letter(connection, work)
        return self._personal_letter(connection, work)

    def _request_letter(self, connection: Connection, work: Work) -> LetterTo | None:
        row = connection.execute(_LETTER, {"request": work.request, "history": work.history}).one_or_none()
        if row is None:
            raise NotFoundError
        if self._comes_too_late(connection, work, row):
            return None
        clinic = clinic_of(row, work.clinic)
        tells = row.to_state == State.ANSWERED.value
        if row.person_id is None or work.letter in OWN_LETTERS:
            to = self._applicant(connection, work)
            letter = LetterTo(to.address, to.language, clinic.slug, clinic.settings, tells=tells)
            return replace(letter, letter=to.letter, token=to.token, concludes=to.concludes)
        if row.sealing_key_id is None:
            raise NotFoundError
        address, language = opened_address(self._keyring, row, row.person_id)
        letter = LetterTo(address, language, clinic.slug, clinic.settings, tells=tells)
        if work.letter == Letter.APPOINTMENT_REMINDER and work.request is not None:
            letter = replace(letter, form_due=is_form_due(connection, work.clinic, work.request, row.slot))
        letter = replace(letter, visit=self._visit(connection, work, row))
        if work.letter in NOTICES:
            return self._as_wished(connection, work, letter, row)
        put = LINKED.get(work.letter or "")
        if put is None or work.request is None:
            return letter
        return replace(letter, token=put(connection, self._keyring, work.request, self._now()))

    def _visit(self, connection: Connection, work: Work, row: Any) -> Appointment | None:
        """Return the appointment that a letter may name: one that stands, or was cancelled; not one that was moved."""
        names = work.letter in NAMES_A_TIME and row.timed and (row.slot_held or row.state in CANCELLED)
        found = appointments(connection, row.person_id, self._now(), work.request) if names else ()
        return next(iter(found), None)

    def _comes_too_late(self, connection: Connection, work: Work, row: Any) -> bool:
        """Return whether there is nothing left to say, or nobody to say it to."""
        if work.letter in OF_A_TIME_TO_COME and not (row.slot_held and row.slot_start > self._now()):
            return True  # it was on its way for too long, or there is nothing to be told of any more
        is_unasked = row.person_id is not None and work.letter not in ASKED_FOR
        return is_unasked and has_died(connection, work.clinic, row.person_id)

    def _as_wished(self, connection: Connection, work: Work, letter: LetterTo, row: Any) -> LetterTo:
        """Return a notice as its reader wishes it; a mail that a text message stood for already goes as a mail."""
        wish, phone = opened_wish(key_of(self._keyring, row), row, row.person_id)
        if wish == Wish() or work.letter is None:
            return letter
        way = wish.way if phone is not None and not has_text(connection, work.id) else "mail"
        # A text message was made when its mail was due: it has waited for the gathering already.
        heeded = replace(wish, digest_at=None) if work.effect == Do.SMS else wish
        waits = heeded.waits_until(Letter(work.letter), work.created_at, self._now())
        gathers = wish.digest_at is not None or wish.quiet_from is not None
        return replace(
            letter,
            way=way,
            phone=phone,
            waits_until=waits,
            covered=gathers
            and letter.visit is None  # what names a time says what no other letter does
            and waits is None
            and is_covered(connection, work.id, row.person_id, work.clinic, work.letter, work.created_at),
        )

    def _applicant(self, connection: Connection, work: Work) -> ToApplicant:
        if work.request is None or work.letter is None:
            raise NotFoundError
        which = Letter(work.letter)
        return letter_to_applicant(connection, self._keyring, self._catalogue, work.request, which, self._now())

    def _address_letter(self, connection: Connection, work: Work) -> LetterTo:
        slug, settings = find_clinic_by_id(connection, work.clinic)
        address, language = noticed_address(connection, self._keyring, _subject(work))
        return LetterTo(address, language, slug, settings, tells=False)

    def _personal_letter(self, connection: Connection, work: Work) -> LetterTo | None:
        """Return the particulars of a letter without a request: about a log-in that began, or about a person."""
        subject = _subject(work)
        person, code = subject, None
        if work.letter == "login_code":
            attempt = sa.select(LOG_IN_ATTEMPT.c.person_id, LOG_IN_ATTEMPT.c.mailed)
            row = connection.execute(attempt.where(LOG_IN_ATTEMPT.c.id == subject)).one()
            if row.person_id is None or not row.mailed:
                return None
            person, code = row.person_id, log_in_code(self._keyring, subject)
        slug, settings = find_clinic_by_id(connection, work.clinic)
        address, language = address_of(connection, self._keyring, person)
        return LetterTo(address, language, slug, settings, tells=False, code=code)


def _subject(work: Work) -> UUID:
    if work.subject is None:
        raise LookupError("a letter without a request needs a subject")
    return work.subject
