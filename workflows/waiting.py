"""Venteliste: the patient waits for an earlier time; whoever has waited longest is offered it, for a while, by mail."""

from workflows import rights
from workflows.booking import Wish
from workflows.delivery import SAID_WHEN_LATE, arriving, following_up, telling
from workflows.facts import Facts
from workflows.handover import Handover
from workflows.vocabulary import FILE, TELL_ENDED, Layer, Letter, Need, Now, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S
from workflows.waiting_words import Closing, Join, Offered


def _still_ahead(facts: Facts) -> bool:
    return not isinstance(facts.content, Join) or facts.content.last_day >= facts.today


def _not_over(facts: Facts) -> bool:
    return facts.offer_until is not None and facts.now <= facts.offer_until


def _the_offered_one(facts: Facts) -> bool:
    return facts.slot is not None and facts.content.wanted_slot in {None, facts.slot.key}


OFFER = mail(Letter.SLOT_OFFERED)
NEWS = mail(Letter.APPOINTMENT_NEWS)
JOIN, LEAVE = (Now.JOIN_LINE,), (Now.LEAVE_LINE,)
BACK = (Now.FREE_SLOT, Now.JOIN_LINE)
OUT = (Now.FREE_SLOT, Now.LEAVE_LINE)
BOOKED = (Now.HAND_OVER_SLOT, Now.LEAVE_LINE)
INTO_A_BOOKING = Handover("booking", "submit", "move")

# fmt: off
AHEAD = Rule("days_past", Layer.CONTENT,
    Say("Den sidste dag er allerede gået.", "The last day has passed already."),
    Say("Vælg dage, der kommer.", "Choose days to come."),
    _still_ahead, field="last_day")
OWN_BOOKING = Rule("booking_not_standing", Layer.REQUEST,
    Say("Den tid, du vil bytte, er ikke en bekræftet tid, du har her.",
        "The time you would swap is no confirmed time of yours here."),
    Say("Vælg en af dine tider, eller stil dig på listen uden at bytte.",
        "Choose one of your times, or join the list without a swap."),
    lambda f: f.swap_stands, field="instead_of", conflict=True, needs=Need.SWAP)
SLOT_THERE = Rule("slot_taken", Layer.CALENDAR,
    Say("Tiden er ikke ledig længere.", "The time is no longer free."),
    Say("Se de andre tider.", "See the other times."),
    lambda f: f.slot is not None and f.slot.free and f.slot.offered, field="slot", conflict=True, needs=Need.SLOT)
IN_TIME = Rule("offer_over", Layer.REQUEST,
    Say("Tilbuddet er udløbet, og tiden er gået videre.", "The offer has run out, and the time has gone to the next."),
    Say("Du står stadig på ventelisten.", "You are still on the waiting list."),
    _not_over, conflict=True, needs=Need.TURN)
SAME_TIME = Rule("another_time", Layer.CALENDAR,
    Say("Det er en anden tid end den, du er tilbudt.", "That is another time than the one you were offered."),
    Say("Se tilbuddet igen.", "See the offer again."),
    _the_offered_one, field="slot", conflict=True, needs=Need.SLOT)
MAY_WAIT = (*rights.MAY_START, AHEAD, OWN_BOOKING)
MAY_ACCEPT = (IN_TIME, SAME_TIME)
LETTER_MAY_MISS = (
    S.SUBMITTED, S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE, S.UNDELIVERABLE, S.WITHDRAWN, S.CLOSED, S.EXPIRED,
)
FREE, TOLD = (SLOT_THERE,), (TELL_ENDED,)

WAITING = Workflow("waiting", Say("Venteliste", "Waiting list"), (
    #    trigger       from             to             by         only if      then          at once
    Step("submit",     S.DRAFT,         S.SUBMITTED,   R.PATIENT, MAY_WAIT,    (FILE,),      JOIN,   says=Join),
    *arriving(),
    Step("offer_time", S.DELIVERED,     S.ANSWERED,    R.SYSTEM,  FREE,        (OFFER,),     (Now.TAKE_SLOT, Now.STEP_ASIDE), "offered", Offered),
    *telling(Letter.SLOT_OFFERED),
    *following_up(*LETTER_MAY_MISS),
    Step("accept",     S.ANSWERED,      S.CLOSED,      R.PATIENT, MAY_ACCEPT,  TOLD,         BOOKED, "accepted", Wish, hands_over=INTO_A_BOOKING),
    Step("accept",     S.NOTIFIED,      S.CLOSED,      R.PATIENT, MAY_ACCEPT,  TOLD,         BOOKED, "accepted", Wish, hands_over=INTO_A_BOOKING),
    Step("accept",     S.UNREACHABLE,   S.CLOSED,      R.PATIENT, MAY_ACCEPT,  TOLD,         BOOKED, "accepted", Wish, hands_over=INTO_A_BOOKING),
    Step("decline",    S.ANSWERED,      S.DELIVERED,   R.PATIENT, (),          (),           BACK,   "declined"),
    Step("decline",    S.NOTIFIED,      S.DELIVERED,   R.PATIENT, (),          (),           BACK,   "declined"),
    Step("decline",    S.UNREACHABLE,   S.DELIVERED,   R.PATIENT, (),          (),           BACK,   "declined"),
    Step("lapse",      S.ANSWERED,      S.DELIVERED,   R.SYSTEM,  (),          (),           BACK,   "lapsed"),
    Step("lapse",      S.NOTIFIED,      S.DELIVERED,   R.SYSTEM,  (),          (),           BACK,   "lapsed"),
    Step("lapse",      S.UNREACHABLE,   S.DELIVERED,   R.SYSTEM,  (),          (),           BACK,   "lapsed"),
    Step("withdraw",   S.SUBMITTED,     S.WITHDRAWN,   R.PATIENT, (),          TOLD,         LEAVE),
    Step("withdraw",   S.UNDELIVERABLE, S.WITHDRAWN,   R.PATIENT, (),          TOLD,         LEAVE),
    Step("withdraw",   S.DELIVERED,     S.WITHDRAWN,   R.PATIENT, (),          TOLD,         LEAVE),
    Step("withdraw",   S.ANSWERED,      S.WITHDRAWN,   R.PATIENT, (),          TOLD,         OUT),
    Step("withdraw",   S.NOTIFIED,      S.WITHDRAWN,   R.PATIENT, (),          TOLD,         OUT),
    Step("withdraw",   S.UNREACHABLE,   S.WITHDRAWN,   R.PATIENT, (),          TOLD,         OUT),
    Step("close",      S.DELIVERED,     S.CLOSED,      R.CLINIC,  (),          (mail(Letter.REQUEST_CLOSED),), LEAVE, "closed", Closing),
    Step("run_out",    S.SUBMITTED,     S.EXPIRED,     R.SYSTEM,  (),          (NEWS, TELL_ENDED), LEAVE),
    Step("run_out",    S.UNDELIVERABLE, S.EXPIRED,     R.SYSTEM,  (),          (NEWS, TELL_ENDED), LEAVE),
    Step("run_out",    S.DELIVERED,     S.EXPIRED,     R.SYSTEM,  (),          (NEWS, TELL_ENDED), LEAVE),
), SAID_WHEN_LATE, promised=False, part_of="booking")
# fmt: on
