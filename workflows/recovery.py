"""Glemt adgangskode: anyone may ask, WinPLC confirms the person, a single-use link goes to the known address.

Nothing here tells a stranger whether a person exists: no rule looks at the person before WinPLC has been asked,
and only auditors see the history (REC-3).
"""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from workflows.content import Code, Content, PlainText
from workflows.delivery import arriving, following_up, telling
from workflows.vocabulary import CHECK, Deadline, Layer, Letter, Need, Now, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S

LINK_LIVES = timedelta(minutes=30)
STAFF_HAVE = timedelta(days=7)
DISPUTE_LIVES = timedelta(days=7)
"""How long the person whose password was changed may still say that it was somebody else."""


class Claim(Content):
    """Who the caller says they are: CPR number and the address they enrolled with (REC-1)."""

    cpr: Annotated[str, Field(min_length=10, max_length=11)]
    email: Annotated[str, Field(min_length=3, max_length=254)]


class Finding(Content):
    """What the check of CPR and address against the clinic's records gave, as a machine word."""

    finding: Code

    @property
    def verdict(self) -> str | None:
        return self.finding

    @property
    def is_kept(self) -> bool:
        return False


class Decision(Content):
    """Why staff turned the recovery down."""

    reason: PlainText | None = None


LINK = mail(Letter.RECOVERY_LINK)
CHANGED = mail(Letter.PASSWORD_CHANGED)
FORGET = (Now.FORGET_WHAT_WAS_TYPED,)
SET = (Now.SET_PASSWORD, Now.FORGET_WHAT_WAS_TYPED)
LOCK = (Now.LOCK_ACCOUNT,)
WORKERS, STAFF = R.SYSTEM, R.CLINIC

# fmt: off
LINK_HOLDS = Rule("link_invalid", Layer.REQUEST,
    Say("Linket er brugt eller udløbet.", "The link has been used or has expired."),
    Say("Bed om et nyt link.", "Ask for a new link."),
    lambda f: f.link_valid, field="token", needs=Need.LINK)
DISPUTE_HOLDS = Rule("dispute_invalid", Layer.REQUEST,
    Say("Linket er brugt eller udløbet.", "The link has been used or has expired."),
    Say("Ring til klinikken.", "Phone the clinic."),
    lambda f: f.dispute_valid, field="token", needs=Need.DISPUTE)
HELD = (LINK_HOLDS,)
OPEN = (DISPUTE_HOLDS,)

RECOVERY = Workflow("recovery", Say("Glemt adgangskode", "Forgotten password"), (
    #    trigger         from             to           by        only if  then        at once
    Step("submit",       S.DRAFT,         S.SUBMITTED, R.ANYONE, (),      (CHECK,),   says=Claim),
    Step("turned_away",  S.SUBMITTED,     S.CLOSED,    WORKERS,  (),      (),         FORGET, "no_match", Finding),
    *arriving(CHECK, told=False),
    Step("matched",      S.DELIVERED,     S.ANSWERED,  WORKERS,  (),      (LINK,),    outcome="match",    says=Finding),
    Step("not_matched",  S.DELIVERED,     S.CLOSED,    WORKERS,  (),      (),         FORGET, "no_match", Finding),
    Step("staff_decide", S.DELIVERED,     S.DELIVERED, WORKERS,  (),      (),         says=Finding),
    Step("approve",      S.DELIVERED,     S.ANSWERED,  STAFF,    (),      (LINK,),    outcome="match"),
    Step("reject",       S.DELIVERED,     S.CLOSED,    STAFF,    (),      (),         FORGET, "no_match", Decision),
    *telling(Letter.RECOVERY_LINK),
    *following_up(S.NOTIFIED, S.UNREACHABLE, S.COMPLETED, S.EXPIRED),
    Step("complete",     S.ANSWERED,      S.COMPLETED, R.ANYONE, HELD,    (CHANGED,), SET),
    Step("complete",     S.NOTIFIED,      S.COMPLETED, R.ANYONE, HELD,    (CHANGED,), SET),
    Step("dispute",      S.COMPLETED,     S.COMPLETED, R.ANYONE, OPEN,    (),         LOCK,   "disputed"),
    Step("expire",       S.DELIVERED,     S.EXPIRED,   WORKERS,  (),      (),         FORGET),
    Step("expire",       S.NOTIFIED,      S.EXPIRED,   WORKERS,  (),      (),         FORGET),
    Step("expire",       S.UNREACHABLE,   S.EXPIRED,   WORKERS,  (),      (),         FORGET),
    Step("expire",       S.UNDELIVERABLE, S.EXPIRED,   WORKERS,  (),      (),         FORGET),
), (
    Deadline(S.DELIVERED,     "expire", STAFF_HAVE),
    Deadline(S.NOTIFIED,      "expire", LINK_LIVES),
    Deadline(S.UNREACHABLE,   "expire", timedelta(days=1)),
    Deadline(S.UNDELIVERABLE, "expire", timedelta(days=1)),
), public_timeline=False, door="recoveries")
# fmt: on
