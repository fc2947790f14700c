"""The rows that every request to the clinic shares: arriving, failing to arrive, being told, not being reached."""

from datetime import timedelta
from typing import Literal

from workflows.content import Code, Content, Key
from workflows.vocabulary import (
    FILE,
    Deadline,
    Effect,
    Layer,
    Letter,
    Need,
    Now,
    Rule,
    Say,
    Since,
    Step,
    mail,
)
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S

TOLD_OF_DELAY_AFTER = timedelta(hours=1)


class Receipt(Content):
    """WinPLC's word that it has the request: its own reference and the journal copy (EKO-8)."""

    reference: Key | None = None
    journal_copy: Key | None = None

    @property
    def is_kept(self) -> bool:
        return False


class Failure(Content):
    """Why something did not succeed: a machine word."""

    reason: Code

    @property
    def verdict(self) -> str | None:
        return f"failed:{self.reason}"

    @property
    def is_kept(self) -> bool:
        return False


class Handover(Content):
    """How sure it is that the mail server took the letter."""

    certain: bool = True

    @property
    def verdict(self) -> str | None:
        return None if self.certain else "unknown"

    @property
    def is_kept(self) -> bool:
        return False


class Handling(Content):
    """How the clinic has reached a patient whom a letter did not reach."""

    how: Literal["phone", "letter", "in_person", "other"]

    @property
    def verdict(self) -> str | None:
        return self.how

    @property
    def is_kept(self) -> bool:
        return False


DELAYED = mail(Letter.REQUEST_DELAYED)
LATE = mail(Letter.REQUEST_LATE)
LOST = mail(Letter.REQUEST_UNDELIVERED)
WORKERS = R.SYSTEM
EITHER = R.SYSTEM | R.CLINIC
SETTLE = (Now.SETTLE_NOT_REACHED,)
AGAIN = R.PATIENT | R.CLINIC | R.OPERATOR

# fmt: off
ON_THE_LIST = Rule("not_on_the_list", Layer.REQUEST,
    Say("Anmodningen står ikke på listen over patienter, der ikke er nået.",
        "The request is not on the list of patients not reached."),
    Say("Der er ikke mere at gøre.", "There is nothing more to do."),
    lambda f: f.listed, conflict=True, needs=Need.REACH)
STILL_UNREAD = Rule("already_read", Layer.REQUEST,
    Say("Patienten har læst svaret.", "The patient has read the answer."),
    Say("Der er ikke mere at gøre.", "There is nothing more to do."),
    lambda f: f.unread, conflict=True, needs=Need.READING)
# fmt: on


# fmt: off
def arriving(send: Effect = FILE, *, told: bool = True) -> tuple[Step, ...]:
    """Return the rows from submitted to delivered or undeliverable, and what is said when the promised day has passed.

    `told` is whether the patient hears of trouble.
    """
    delayed, lost = ((DELAYED,), (LOST,)) if told else ((), ())
    late = _saying_that_it_is_late() if told else ()
    return (
        #    trigger      from             to               by          only if  then
        Step("delivered", S.SUBMITTED,     S.DELIVERED,     EITHER,     says=Receipt),
        Step("delivered", S.UNDELIVERABLE, S.DELIVERED,     EITHER,     says=Receipt),
        Step("delayed",   S.SUBMITTED,     S.SUBMITTED,     WORKERS,    (),      delayed),
        Step("refused",   S.SUBMITTED,     S.UNDELIVERABLE, WORKERS,    (),      lost,    says=Failure),
        Step("gave_up",   S.SUBMITTED,     S.UNDELIVERABLE, WORKERS,    (),      lost,    says=Failure),
        Step("resend",    S.UNDELIVERABLE, S.SUBMITTED,     R.OPERATOR, (),      (send,)),
        *late,
    )


def _saying_that_it_is_late() -> tuple[Step, ...]:
    return (
        #    trigger      from             to               by          only if  then     at once
        Step("late",      S.SUBMITTED,     S.SUBMITTED,     WORKERS,    (),      (LATE,), (Now.MARK_LATE,)),
        Step("late",      S.DELIVERED,     S.DELIVERED,     WORKERS,    (),      (LATE,), (Now.MARK_LATE,)),
    )


def telling(letter: Letter, again_if: tuple[Rule, ...] = ()) -> tuple[Step, ...]:
    """Return the rows from answered to notified or unreachable, and back when the address has changed."""
    return (
        #    trigger        from           to             by                                    only if  then
        Step("notified",    S.ANSWERED,    S.NOTIFIED,    WORKERS,                              says=Handover),
        Step("unreachable", S.ANSWERED,    S.UNREACHABLE, WORKERS,                              says=Failure),
        Step("bounced",     S.NOTIFIED,    S.UNREACHABLE, WORKERS | R.OPERATOR,                 says=Failure),
        Step("renotify",    S.UNREACHABLE, S.ANSWERED,    AGAIN,                                again_if, (mail(letter),), SETTLE),
    )


def following_up(*states: S) -> tuple[Step, ...]:
    """Return the rows of a letter that reached nobody and of the clinic's word that it has reached the patient since.

    Neither moves the request: they hold in each of the states in which such a letter may have been sent.
    """
    listed = (ON_THE_LIST,)
    return tuple(
        step
        for state in states
        for step in (
            Step("not_reached", state, state, WORKERS,  (),     says=Failure),
            Step("handled",     state, state, R.CLINIC, listed, at_once=SETTLE, says=Handling),
        )
    )


def noticing_unread() -> tuple[Step, ...]:
    """Return the row of an answer that nobody has read for as long as the clinic allows (NEW-5)."""
    return (Step("unread", S.NOTIFIED, S.NOTIFIED, WORKERS, (STILL_UNREAD,), at_once=(Now.LIST_UNREAD,)),)
# fmt: on


# fmt: off
SAID_WHEN_LATE = (
    Deadline(S.SUBMITTED, "delayed", TOLD_OF_DELAY_AFTER),
    Deadline(S.SUBMITTED, "late",    timedelta(0), Since.PROMISE),
    Deadline(S.DELIVERED, "late",    timedelta(0), Since.PROMISE),
)
# fmt: on
"""After an hour without arrival the patient is told so, and once when the promised day has passed without an answer."""

LISTED_WHEN_UNREAD = (Deadline(S.NOTIFIED, "unread", timedelta(0), Since.UNREAD),)
"""An answer that nobody reads comes on the clinic's list."""
