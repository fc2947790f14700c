"""The rows that every request to the clinic shares: arriving, failing to arrive, being told, not being reached."""

from datetime import timedelta

from workflows.content import Code, Content, Key
from workflows.vocabulary import FILE, Deadline, Effect, Letter, Now, Rule, Since, Step, mail
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


DELAYED = mail(Letter.REQUEST_DELAYED)
LATE = mail(Letter.REQUEST_LATE)
LOST = mail(Letter.REQUEST_UNDELIVERED)
WORKERS = R.SYSTEM
EITHER = R.SYSTEM | R.CLINIC


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
        Step("renotify",    S.UNREACHABLE, S.ANSWERED,    R.PATIENT | R.CLINIC | R.OPERATOR,    again_if, (mail(letter),)),
    )
# fmt: on


# fmt: off
SAID_WHEN_LATE = (
    Deadline(S.SUBMITTED, "delayed", TOLD_OF_DELAY_AFTER),
    Deadline(S.SUBMITTED, "late",    timedelta(0), Since.PROMISE),
    Deadline(S.DELIVERED, "late",    timedelta(0), Since.PROMISE),
)
# fmt: on
"""After an hour without arrival the patient is told so, and once when the promised day has passed without an answer."""
