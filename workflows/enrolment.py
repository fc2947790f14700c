"""Tilmelding: anyone may ask to become a user, the clinic decides, a single-use link goes to the given address.

Nothing here tells a stranger whether a person exists: no rule looks at the person, only at what was typed and at what
the clinic has decided; only auditors see the history. What was typed is destroyed at the end.
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from workflows.content import Code, Content, WrittenText
from workflows.delivery import SAID_WHEN_LATE, arriving, following_up, telling
from workflows.facts import Facts
from workflows.rights import PHONE, TAKES_SIGN_UPS
from workflows.vocabulary import FILE, Deadline, Layer, Letter, Need, Now, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S

LINK_LIVES = timedelta(days=7)
STAFF_HAVE = timedelta(days=30)

Address = Annotated[str, Field(min_length=3, max_length=254)]
Language = Literal["da", "en"]
KnownAs = Literal["nobody", "user", "user_with_another_address"]
"""What the portal knows of the number: nobody who logs in, or a user, with the typed address or with another one."""


class SignUp(Content):
    """Who wants to become a user, as typed, and what the portal adds for whoever decides.

    `services` are the rights asked for; `proven` is whether MitID has vouched for the number; `left_before` marks
    somebody who was a user of the clinic before (ACC-5); `notice_under_15` is that a person under 15 was told who can see
    what they write (ACC-12).
    """

    cpr: Annotated[str, Field(min_length=10, max_length=11, repr=False)]
    email: Annotated[Address, Field(repr=False)]
    name: Annotated[WrittenText, Field(max_length=100, repr=False)]
    language: Language = "da"
    services: tuple[Code, ...]
    proven: bool = False
    left_before: bool = False
    known_as: KnownAs = "nobody"
    under_15: bool = False
    notice_under_15: bool = False

    @property
    def asked_rights(self) -> tuple[str, ...]:
        return self.services

    @property
    def verdict(self) -> str | None:
        return "notice_shown" if self.under_15 and self.notice_under_15 else None


class Creation(Content):
    """The clinic makes somebody a user by itself: where the link goes, and what the person may do (ACC-8, ACC-9)."""

    email: Annotated[Address, Field(repr=False)]
    language: Language = "da"
    services: tuple[Code, ...]
    no_mitid: bool


class Approval(Content):
    """The clinic says yes: the rights it grants, whether it marks "no MitID" (ACC-9), and whether it is the own GP."""

    services: tuple[Code, ...]
    no_mitid: bool = False
    own_gp: bool = False


class Rejection(Content):
    """The clinic says no: a word from a closed list, so that no health information can be in it (ACC-4)."""

    reason: Literal["not_own_gp", "identity_unclear", "use_mitid", "not_taking_patients", "other"]

    @property
    def verdict(self) -> str | None:
        return f"rejected:{self.reason}"

    @property
    def is_kept(self) -> bool:
        return False


def _is_proven(facts: Facts) -> bool:
    typed_only = isinstance(facts.content, SignUp) and not facts.content.proven
    return facts.sign_up != "without_approval" or not typed_only


def _is_told(facts: Facts) -> bool:
    is_child = isinstance(facts.content, SignUp) and facts.content.under_15
    return not is_child or facts.content.verdict is not None


def _is_offered(facts: Facts) -> bool:
    return set(facts.content.asked_rights) <= set(facts.offered)


def _is_own_gp(facts: Facts) -> bool:
    is_other = isinstance(facts.content, Approval) and not facts.content.own_gp
    return facts.sign_up != "without_approval" or not is_other


def _is_asked_for(facts: Facts) -> bool:
    return not isinstance(facts.content, Approval) or set(facts.content.services) <= set(facts.asked_rights)


LINK = mail(Letter.ACTIVATION_LINK)
DECLINED = mail(Letter.ENROLMENT_DECLINED)
NAME = (Now.NAME_PERSON,)
FORGET = (Now.FORGET_WHAT_WAS_TYPED,)
ADMIT = (Now.ADMIT, Now.FORGET_WHAT_WAS_TYPED)
WORKERS, STAFF = R.SYSTEM, R.CLINIC

# fmt: off
MITID_FIRST = Rule("needs_mitid", Layer.CLINIC,
    Say("Klinikken opretter kun brugere på nettet med MitID.", "The clinic creates accounts online with MitID only."),
    Say("Brug MitID, eller ring til klinikken.", "Use MitID, or phone the clinic."),
    _is_proven)
TOLD_WHO_SEES = Rule("custody_notice", Layer.AGE,
    Say("Er du under 15 år, kan alle med forældremyndighed se dine beskeder og tider i Min Læge.",
        "If you are under 15, all who hold custody can see your messages and appointments in Min Læge."),
    Say("Sig, at du har læst det, og send igen.", "Say that you have read this, and send again."),
    _is_told, field="notice_under_15")
ON_OFFER = Rule("not_offered", Layer.CLINIC,
    Say("Klinikken tilbyder ikke dette på nettet.", "The clinic does not offer this online."),
    Say("Vælg blandt det, klinikken tilbyder.", "Choose among what the clinic offers."),
    _is_offered, field="services")
OWN_GP = Rule("not_own_gp", Layer.PATIENT,
    Say("Klinikken er ikke patientens egen læge.", "The clinic is not the patient's own GP."),
    PHONE,
    _is_own_gp, field="own_gp")
ASKED_FOR = Rule("not_asked_for", Layer.CONTENT,
    Say("Der gives flere rettigheder, end der er bedt om.", "More rights are granted than were asked for."),
    Say("Giv højst de rettigheder, der er bedt om.", "Grant at most the rights that were asked for."),
    _is_asked_for, field="services", needs=Need.RIGHTS)
APPROVED = Rule("not_approved", Layer.REQUEST,
    Say("Tilmeldingen er ikke godkendt.", "The enrolment is not approved."),
    PHONE,
    lambda f: f.outcome is not None)
LINK_HOLDS = Rule("link_invalid", Layer.REQUEST,
    Say("Linket er brugt eller udløbet.", "The link has been used or has expired."),
    Say("Tilmeld dig igen, eller ring til klinikken.", "Enrol again, or phone the clinic."),
    lambda f: f.link_valid, field="token", needs=Need.ACTIVATION)
MAY_ASK = (TAKES_SIGN_UPS, MITID_FIRST, TOLD_WHO_SEES, ON_OFFER)
FITS = (OWN_GP, ASKED_FOR)
HELD = (LINK_HOLDS,)
LETTER_MAY_MISS = (S.SUBMITTED, S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE, S.UNDELIVERABLE, S.CLOSED, S.EXPIRED, S.ACTIVATED)

ENROLMENT = Workflow("enrolment", Say("Tilmelding", "Enrolment"), (
    #    trigger     from             to           by        only if  then         at once
    Step("submit",   S.DRAFT,         S.SUBMITTED, R.ANYONE, MAY_ASK, (FILE,),     says=SignUp),
    Step("create",   S.DRAFT,         S.ANSWERED,  STAFF,    (),      (LINK,),     outcome="approved", says=Creation),
    *arriving(),
    Step("approve",  S.DELIVERED,     S.ANSWERED,  STAFF,    FITS,    (LINK,),     NAME, "approved",   says=Approval),
    Step("reject",   S.DELIVERED,     S.ANSWERED,  STAFF,    (),      (DECLINED,), says=Rejection),
    *telling(Letter.ACTIVATION_LINK, again_if=(APPROVED,)),
    *following_up(*LETTER_MAY_MISS),
    Step("activate", S.ANSWERED,      S.ACTIVATED, R.ANYONE, HELD,    (),          ADMIT),
    Step("activate", S.NOTIFIED,      S.ACTIVATED, R.ANYONE, HELD,    (),          ADMIT),
    Step("linked",   S.NOTIFIED,      S.ACTIVATED, WORKERS,  (),      (),          ADMIT),
    Step("close",    S.NOTIFIED,      S.CLOSED,    WORKERS,  (),      (),          FORGET),
    Step("expire",   S.DELIVERED,     S.EXPIRED,   WORKERS,  (),      (),          FORGET),
    Step("expire",   S.NOTIFIED,      S.EXPIRED,   WORKERS,  (),      (),          FORGET),
    Step("expire",   S.UNREACHABLE,   S.EXPIRED,   WORKERS,  (),      (),          FORGET),
    Step("expire",   S.UNDELIVERABLE, S.EXPIRED,   WORKERS,  (),      (),          FORGET),
), (
    *SAID_WHEN_LATE,
    Deadline(S.DELIVERED,     "expire", STAFF_HAVE),
    Deadline(S.NOTIFIED,      "expire", LINK_LIVES),
    Deadline(S.UNREACHABLE,   "expire", STAFF_HAVE),
    Deadline(S.UNDELIVERABLE, "expire", STAFF_HAVE),
), public_timeline=False, door="enrolments")
# fmt: on
