"""Tidsbestilling: the patient takes a free time, the clinic confirms or declines, a mail says there is news."""

from datetime import timedelta

from pydantic import Field

from workflows import rights
from workflows.booking_words import Choice, Move, Offer, Word
from workflows.content import Code, Content, Key, PlainText
from workflows.delivery import (
    LISTED_WHEN_UNREAD,
    SAID_WHEN_LATE,
    Failure,
    arriving,
    following_up,
    noticing_unread,
    telling,
)
from workflows.facts import Facts
from workflows.visit_forms import MAY_ANSWER, Answers
from workflows.vocabulary import (
    FILE,
    TELL_ENDED,
    Deadline,
    Do,
    Effect,
    Layer,
    Letter,
    Need,
    Now,
    Rule,
    Say,
    Since,
    Step,
    Workflow,
    mail,
)
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S


class Wish(Content):
    """The time the patient wants, why, and a comment where the practitioner asks for one (PRA-3).

    The booking is with the practitioner whose time it is; who names another one is refused. `notice_under_15` says that
    a patient under 15 has been shown who else can see the time (BOO-9).
    """

    slot: Key
    reason: Code
    comment: PlainText | None = None
    practitioner: Key | None = None
    notice_under_15: bool = Field(default=False, exclude=True)  # no part of the words

    @property
    def written(self) -> str:
        return self.comment or ""

    @property
    def addressed_to(self) -> str | None:
        return self.practitioner

    @property
    def wanted_slot(self) -> str | None:
        return self.slot

    @property
    def wanted_reason(self) -> str | None:
        return self.reason

    @property
    def notice_seen(self) -> bool:
        return self.notice_under_15


def _inside_window(facts: Facts) -> bool:
    slot = facts.slot
    if slot is None or facts.earliest_booking is None or facts.latest_booking is None:
        return False
    released = slot.released_at is None or slot.released_at <= facts.now
    return released and facts.earliest_booking <= slot.starts_at < facts.latest_booking


def _fits_the_wish(facts: Facts) -> bool:
    slot, wish = facts.slot, facts.content
    return slot is not None and (
        wish.addressed_to in {None, slot.practitioner} and wish.wanted_reason in {None, slot.reason}
    )


def _still_to_come(facts: Facts) -> bool:
    return facts.slot is not None and facts.slot.starts_at > facts.now


def _still_time_to_cancel(facts: Facts) -> bool:
    return facts.slot is not None and facts.slot.starts_at - facts.now >= timedelta(hours=facts.cancel_hours)


NEWS = mail(Letter.APPOINTMENT_NEWS)
FILE_FORM = Effect(Do.FILE_FORM)
REMINDER = mail(Letter.APPOINTMENT_REMINDER)
TAKE, FREE = (Now.TAKE_SLOT,), (Now.FREE_SLOT,)
TAKE_TOLD = (Now.TAKE_SLOT, Now.NOTE_NOTICE)
HOLD, RELEASE = (Now.FREE_SLOT, Now.HOLD_OFFERED), (Now.RELEASE_OFFERED,)
STAFF = R.CLINIC

# fmt: off
SLOT_FREE = Rule("slot_taken", Layer.CALENDAR,
    Say("Tiden er ikke ledig længere.", "The time is no longer free."),
    Say("Vælg en anden tid.", "Choose another time."),
    lambda f: f.slot is not None and f.slot.free and f.slot.offered and not f.slot.held, field="slot", conflict=True, needs=Need.SLOT)
SLOT_OPEN = Rule("slot_not_open", Layer.CALENDAR,
    Say("Tiden findes ikke eller er taget.", "The time does not exist or is taken."),
    Say("Send kalenderen, eller vælg en anden tid.", "Send the calendar, or choose another time."),
    lambda f: f.slot is not None and f.slot.free, field="slot", conflict=True, needs=Need.SLOT)
SLOT_FITS = Rule("slot_differs", Layer.CALENDAR,
    Say("Tiden er hos en anden behandler eller til noget andet.", "The time is with somebody else or for something else."),
    Say("Vælg en anden tid, eller ret behandler og årsag.", "Choose another time, or correct practitioner and reason."),
    _fits_the_wish, field="slot", needs=Need.SLOT)
REASON_OPEN = Rule("reason_not_open", Layer.CALENDAR,
    Say("Den slags tid kan ikke bestilles på nettet.", "This kind of appointment cannot be booked online."),
    rights.PHONE, lambda f: f.reason_open, field="slot", needs=Need.SLOT)
TO_COME = Rule("slot_is_past", Layer.CALENDAR,
    Say("Tiden er begyndt eller forbi.", "The time has begun or is over."),
    Say("Vælg en tid, der ikke er begyndt.", "Choose a time that has not begun."),
    _still_to_come, field="slot", needs=Need.SLOT)
IN_WINDOW = Rule("outside_booking_window", Layer.CALENDAR,
    Say("Tiden kan ikke bestilles på nettet nu.", "The time cannot be booked online now."),
    Say("Vælg en anden tid, eller ring til klinikken.", "Choose another time, or phone the clinic."),
    _inside_window, field="slot", needs=Need.SLOT)
COMMENT_GIVEN = Rule("comment_required", Layer.PRACTITIONER,
    Say("Behandleren beder om en kommentar.", "The practitioner asks for a comment."),
    Say("Skriv kort, hvad det drejer sig om.", "Write briefly what it is about."),
    lambda f: bool(f.content.written) or not f.comment_required, field="comment", needs=Need.SERVICE)
COMMENT_FITS = Rule("text_too_long", Layer.CONTENT,
    Say("Kommentaren er længere, end klinikken tillader.", "The comment is longer than the clinic allows."),
    Say("Skriv kortere.", "Write less."),
    lambda f: len(f.content.written) <= f.longest_text, field="comment")
STANDS = Rule("booking_not_standing", Layer.REQUEST,
    Say("Der er ingen bekræftet tid.", "There is no confirmed time."),
    Say("Bestil en ny tid.", "Book a new time."),
    lambda f: f.outcome == "confirmed", conflict=True)
IN_TIME = Rule("too_late_to_cancel", Layer.CALENDAR,
    Say("Det er for tæt på tiden til at afbestille her.", "It is too close to the time to cancel here."),
    rights.PHONE, _still_time_to_cancel, needs=Need.SLOT)
IN_TIME_OR_REFILLED = Rule("too_late_to_move", Layer.CALENDAR,
    Say("Det er for tæt på tiden til at flytte den, og ingen på ventelisten kan bruge den.",
        "It is too close to the time to move it, and nobody on the waiting list can use it."),
    rights.PHONE, lambda f: _still_time_to_cancel(f) or (_still_to_come(f) and f.refillable), needs=Need.REFILL)
OFFER_FREE = Rule("offer_not_free", Layer.CALENDAR,
    Say("En af tiderne findes ikke, er taget eller er forbi.", "One of the times does not exist, is taken or is over."),
    Say("Tilbyd andre tider.", "Offer other times."),
    lambda f: f.offer_open, field="slots", conflict=True, needs=Need.OFFERED)
OFFER_STANDS = Rule("offer_lapsed", Layer.CALENDAR,
    Say("Den tilbudte tid er ikke ledig længere.", "The offered time is no longer free."),
    Say("Vælg en anden af tiderne, eller bestil en ny.", "Choose another of the times, or book a new one."),
    lambda f: f.slot is not None and f.slot.free and not f.slot.held, field="slot", conflict=True, needs=Need.SLOT)
WAS_OFFERED = Rule("not_offered_to_you", Layer.REQUEST,
    Say("Klinikken har ikke tilbudt dig den tid.", "The clinic has not offered you this time."),
    Say("Vælg en af de tider, klinikken har tilbudt.", "Choose one of the times that the clinic has offered."),
    lambda f: f.outcome == "other_time_offered" and f.content.wanted_slot in {None, *f.offer}, field="slot", needs=Need.OFFER)
TIME_FITS = (SLOT_FREE, SLOT_FITS, REASON_OPEN, IN_WINDOW)
MAY_BOOK = (*rights.MAY_START, rights.TOLD_WHO_SEES, *TIME_FITS, COMMENT_GIVEN, COMMENT_FITS)
MAY_DROP = (*rights.MAY_CHANGE, IN_TIME)
MAY_CANCEL = (*rights.MAY_CHANGE, STANDS, IN_TIME)
MAY_FILL = (STANDS, *MAY_ANSWER)
MAY_MOVE = (*rights.MAY_CHANGE, STANDS, IN_TIME_OR_REFILLED)
MAY_ACCEPT = (*rights.MAY_CHANGE, WAS_OFFERED)
STOOD, AT_A_TIME = (STANDS,), (SLOT_OPEN, TO_COME)
OFFERED = (OFFER_STANDS, TO_COME, COMMENT_FITS)
LETTER_MAY_MISS = (
    S.SUBMITTED, S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE, S.UNDELIVERABLE,
    S.CANCELLED_BY_PATIENT, S.CANCELLED_BY_CLINIC, S.MOVED, S.PASSED, S.USED, S.NO_SHOW,
)

BOOKING = Workflow("booking", Say("Tidsbestilling", "Booking"), (
    #    trigger             from             to                      by         only if     then           at once
    Step("submit",           S.DRAFT,         S.SUBMITTED,            R.PATIENT, MAY_BOOK,   (FILE,),       TAKE_TOLD, says=Wish),
    *arriving(),
    Step("displaced",        S.SUBMITTED,     S.ANSWERED,             R.SYSTEM,  (),         (NEWS,),       FREE, "taken_by_clinic", Failure),
    Step("confirm",          S.DELIVERED,     S.ANSWERED,             STAFF,     (),         (NEWS,),       (Now.SET_REMINDER,), "confirmed", Word),
    Step("decline",          S.DELIVERED,     S.ANSWERED,             STAFF,     (),         (NEWS,),       FREE, "declined", Word),
    Step("offer",            S.DELIVERED,     S.ANSWERED,             STAFF,     (OFFER_FREE,), (NEWS,),     HOLD, "other_time_offered", Offer),
    *telling(Letter.APPOINTMENT_NEWS),
    Step("accept",           S.ANSWERED,      S.MOVED,                R.PATIENT, MAY_ACCEPT, (),            RELEASE, says=Choice, followed_by="take_offered"),
    Step("accept",           S.NOTIFIED,      S.MOVED,                R.PATIENT, MAY_ACCEPT, (),            RELEASE, says=Choice, followed_by="take_offered"),
    Step("accept",           S.UNREACHABLE,   S.MOVED,                R.PATIENT, MAY_ACCEPT, (),            RELEASE, says=Choice, followed_by="take_offered"),
    Step("take_offered",     S.DRAFT,         S.SUBMITTED,            R.PATIENT, OFFERED,    (FILE,),       TAKE, says=Choice),
    *noticing_unread(),
    *following_up(*LETTER_MAY_MISS),
    Step("cancel",           S.SUBMITTED,     S.CANCELLED_BY_PATIENT, R.PATIENT, MAY_DROP,   (TELL_ENDED,), FREE),
    Step("cancel",           S.DELIVERED,     S.CANCELLED_BY_PATIENT, R.PATIENT, MAY_DROP,   (TELL_ENDED,), FREE),
    Step("cancel",           S.UNDELIVERABLE, S.CANCELLED_BY_PATIENT, R.PATIENT, (),         (TELL_ENDED,), FREE),
    Step("cancel",           S.ANSWERED,      S.CANCELLED_BY_PATIENT, R.PATIENT, MAY_CANCEL, (TELL_ENDED,), FREE),
    Step("cancel",           S.NOTIFIED,      S.CANCELLED_BY_PATIENT, R.PATIENT, MAY_CANCEL, (TELL_ENDED,), FREE),
    Step("cancel",           S.UNREACHABLE,   S.CANCELLED_BY_PATIENT, R.PATIENT, MAY_CANCEL, (TELL_ENDED,), FREE),
    Step("cancel_by_clinic", S.ANSWERED,      S.CANCELLED_BY_CLINIC,  STAFF,     STOOD,      (NEWS,),       FREE, says=Word),
    Step("cancel_by_clinic", S.NOTIFIED,      S.CANCELLED_BY_CLINIC,  STAFF,     STOOD,      (NEWS,),       FREE, says=Word),
    Step("cancel_by_clinic", S.UNREACHABLE,   S.CANCELLED_BY_CLINIC,  STAFF,     STOOD,      (NEWS,),       FREE, says=Word),
    Step("move",             S.ANSWERED,      S.MOVED,                R.PATIENT, MAY_MOVE,   (TELL_ENDED,), FREE, says=Wish, followed_by="submit"),
    Step("move",             S.NOTIFIED,      S.MOVED,                R.PATIENT, MAY_MOVE,   (TELL_ENDED,), FREE, says=Wish, followed_by="submit"),
    Step("move",             S.UNREACHABLE,   S.MOVED,                R.PATIENT, MAY_MOVE,   (TELL_ENDED,), FREE, says=Wish, followed_by="submit"),
    Step("move_by_clinic",   S.ANSWERED,      S.MOVED,                STAFF,     STOOD,      (),            FREE, says=Move, followed_by="arrange"),
    Step("move_by_clinic",   S.NOTIFIED,      S.MOVED,                STAFF,     STOOD,      (),            FREE, says=Move, followed_by="arrange"),
    Step("move_by_clinic",   S.UNREACHABLE,   S.MOVED,                STAFF,     STOOD,      (),            FREE, says=Move, followed_by="arrange"),
    Step("arrange",          S.DRAFT,         S.ANSWERED,             STAFF,     AT_A_TIME,  (NEWS,),       (*TAKE, Now.SET_REMINDER), "confirmed", Move),
    Step("remind",           S.NOTIFIED,      S.NOTIFIED,             R.SYSTEM,  STOOD,      (REMINDER,)),
    Step("fill_form",        S.DELIVERED,     S.DELIVERED,            R.PATIENT, MAY_ANSWER, (FILE_FORM,),  says=Answers),
    Step("fill_form",        S.ANSWERED,      S.ANSWERED,             R.PATIENT, MAY_FILL,   (FILE_FORM,),  says=Answers),
    Step("fill_form",        S.NOTIFIED,      S.NOTIFIED,             R.PATIENT, MAY_FILL,   (FILE_FORM,),  says=Answers),
    Step("fill_form",        S.UNREACHABLE,   S.UNREACHABLE,          R.PATIENT, MAY_FILL,   (FILE_FORM,),  says=Answers),
    Step("passed",           S.DELIVERED,     S.PASSED,               R.SYSTEM,  (),         (NEWS,),       FREE),
    Step("passed",           S.NOTIFIED,      S.PASSED,               R.SYSTEM,  STOOD,      (),            FREE),
    Step("passed",           S.UNREACHABLE,   S.PASSED,               R.SYSTEM,  STOOD,      (),            FREE),
    Step("used",             S.NOTIFIED,      S.USED,                 STAFF,     STOOD,      (),            FREE),
    Step("used",             S.UNREACHABLE,   S.USED,                 STAFF,     STOOD,      (),            FREE),
    Step("used",             S.PASSED,        S.USED,                 STAFF),
    Step("no_show",          S.NOTIFIED,      S.NO_SHOW,              STAFF,     STOOD,      (),            FREE),
    Step("no_show",          S.UNREACHABLE,   S.NO_SHOW,              STAFF,     STOOD,      (),            FREE),
    Step("no_show",          S.PASSED,        S.NO_SHOW,              STAFF),
), (
    *SAID_WHEN_LATE,
    Deadline(S.DELIVERED,   "passed", timedelta(0), Since.SLOT_END),
    *LISTED_WHEN_UNREAD,
    Deadline(S.NOTIFIED,    "passed", timedelta(0), Since.SLOT_END),
    Deadline(S.UNREACHABLE, "passed", timedelta(0), Since.SLOT_END),
), shelf=Say("Dine tider", "Your appointments"), invitation=Say("Bestil tid", "Book a time"))
# fmt: on
