"""The deeds of a step that reach beyond the request's own row, in the step's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import slot_holds
from storage.enrolments import Hands, admit, name_person
from storage.holds import hold_content
from storage.links import void_disputes
from storage.models import MESSAGE, REQUEST
from storage.not_reached import follow_up
from storage.notices import note_notice
from storage.registers import ACCOUNT
from storage.reminder_timers import REMIND, set_reminder
from storage.scope import concerning
from storage.standing import Standing
from storage.timers import Timer
from storage.visit_registers import WAITING_ENTRY
from storage.waiting_line import keep_for_line, stand_in_line
from storage.ways_in import end_ways_in
from workflows.booking_words import OFFER_HELD_FOR
from workflows.content import Content
from workflows.delivery import Receipt
from workflows.vocabulary import Decision, Now


def _to_do(decision: Decision, content: Content) -> list[Now]:
    """Return the deeds of the decided steps in order; a notice is noted only where the words say that it was seen."""
    named = (deed for step in decision.steps for deed in step.at_once)
    return [deed for deed in named if deed is not Now.NOTE_NOTICE or content.notice_seen]


@dataclass(frozen=True, slots=True)
class Doing:
    """Whose deeds are done, with which words and when; `password_hash` is the new password's."""

    standing: Standing
    content: Content
    password_hash: str | None
    now: datetime


def all_done(connection: Connection, hands: Hands, decision: Decision, doing: Doing) -> bool:
    """Do the deeds of a decision in order; False, and the transaction is to be given up, where another one came first.

    Those that only change the request's own row are the ledger's and need nothing here.
    """
    deeds = _to_do(decision, doing.content)
    return all(
        _done(connection, hands, deed, doing) and _calendar_done(connection, hands, deed, doing) for deed in deeds
    )


def _done(connection: Connection, hands: Hands, deed: Now, doing: Doing) -> bool:
    standing, now = doing.standing, doing.now
    if deed is Now.FORGET_WHAT_WAS_TYPED:
        connection.execute(sa.update(MESSAGE).where(MESSAGE.c.request_id == standing.id).values(sealed=None))
    if deed is Now.SET_PASSWORD:
        _set_password(connection, standing, doing.password_hash, now)
    if deed is Now.LOCK_ACCOUNT:
        _lock_account(connection, standing, now)
    if deed is Now.NOTE_NOTICE:
        note_notice(connection, standing.clinic.id, standing.person, now)
    follow_up(connection, hands.new_id, deed, standing, now)
    if deed is Now.NAME_PERSON:
        standing.person = name_person(connection, hands, standing, now)
        connection.execute(sa.update(REQUEST).where(REQUEST.c.id == standing.id).values(person_id=standing.person))
    if deed is not Now.ADMIT:
        return True
    with concerning(*filter(None, [standing.person])):  # by a link, or by a clinic whose patient they are not yet
        return admit(connection, hands, standing, doing.password_hash, now)


def _calendar_done(connection: Connection, hands: Hands, deed: Now, doing: Doing) -> bool:
    """Do what a step does to times that are held; what the clinic decides asks no hold."""
    standing, content, now = doing.standing, doing.content, doing.now
    if deed is Now.FREE_SLOT and standing.slot is not None:
        keep_for_line(connection, standing.clinic.id, (standing.slot,), now)
    if deed is Now.SET_REMINDER and standing.slot_start is not None:
        start = Timer(REMIND, standing.clinic.id, str(standing.id), standing.slot_start)
        set_reminder(connection, start, standing.person, now)
    if deed in {Now.JOIN_LINE, Now.STEP_ASIDE, Now.LEAVE_LINE}:
        stand_in_line(connection, deed, standing, content, now)
    if deed is Now.RELEASE_OFFERED:
        slot_holds.let_go_offered(connection, standing.id)
    mark = slot_holds.holder_of(hands.keyring, standing.person, standing.clinic.id)
    by = slot_holds.Holder(mark, now, standing.id)
    if deed is Now.HOLD_OFFERED:
        return slot_holds.claim(connection, standing.clinic.id, content.offered_slots, by, now + OFFER_HELD_FOR)
    if deed is not Now.TAKE_SLOT or standing.slot is None or content.clinic_message is not None:
        return True
    return slot_holds.claim(connection, standing.clinic.id, (standing.slot,), by, now)


def keep_receipt(connection: Connection, request: UUID, content: Content) -> None:
    """Keep the clinic's reference where the receipt comes after another word that proved the arrival."""
    if isinstance(content, Receipt):
        connection.execute(
            sa.update(REQUEST)
            .where(REQUEST.c.id == request)
            .values(
                reference=sa.func.coalesce(REQUEST.c.reference, content.reference),
                journal_copy=sa.func.coalesce(REQUEST.c.journal_copy, content.journal_copy),
            ),
        )


def forget_person(connection: Connection, requests: Sequence[UUID]) -> None:
    """Take away whose the requests are, and what time would still do with them: their words are being erased."""
    connection.execute(
        sa.update(REQUEST).where(REQUEST.c.id.in_(requests)).values(person_id=None, due_at=None, due_trigger=None),
    )
    connection.execute(sa.update(MESSAGE).where(MESSAGE.c.request_id.in_(requests)).values(person_id=None))
    connection.execute(sa.delete(WAITING_ENTRY).where(WAITING_ENTRY.c.request_id.in_(requests)))


def hand_over(connection: Connection, person: UUID, to: UUID) -> None:
    """Make a person's requests another's, who is the same person under another id; nothing of their state changes."""
    for table in (REQUEST, MESSAGE, WAITING_ENTRY):
        connection.execute(sa.update(table).where(table.c.person_id == person).values(person_id=to))


def make_way(connection: Connection, thread: UUID) -> None:
    """Let the case that is about to be opened be the newest of a thread that has cases already."""
    connection.execute(sa.update(REQUEST).where(*_newest_of(thread)).values(is_newest=False))


def _newest_of(thread: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return REQUEST.c.thread_id == thread, REQUEST.c.is_newest


def _set_password(connection: Connection, standing: Standing, password_hash: str | None, now: datetime) -> None:
    """Set the new password, use up the link, shut every other way in, hold content back for a while (REC-7).

    Raises:
        ValueError: the caller gave no password.
    """
    if password_hash is None or standing.person is None:
        raise ValueError("a new password needs a person and a hash")
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == standing.person)
        .values(password_hash=password_hash, one_time_until=None, changed_at=now),
    )
    end_ways_in(connection, standing.person, now)
    hold_content(connection, standing.person, "reset", now)


def _lock_account(connection: Connection, standing: Standing, now: datetime) -> None:
    """Take the password away until the clinic or MitID has confirmed the person; nobody's old password comes back.

    Raises:
        ValueError: nobody has been found.
    """
    if standing.person is None:
        raise ValueError("only a person's account can be locked")
    connection.execute(
        sa.update(ACCOUNT)
        .where(ACCOUNT.c.person_id == standing.person)
        .values(password_hash=None, one_time_until=None, changed_at=now, locked_at=now),
    )
    end_ways_in(connection, standing.person, now)
    void_disputes(connection, standing.person, now)
