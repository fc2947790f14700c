"""Receptfornyelse: the patient picks medicines from the list, the clinic decides each one, a mail says "log in"."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from workflows import rights
from workflows.content import Content, Key, PlainText
from workflows.delivery import LISTED_WHEN_UNREAD, SAID_WHEN_LATE, arriving, following_up, noticing_unread, telling
from workflows.facts import Facts
from workflows.vocabulary import FILE, TELL_ENDED, Layer, Letter, Need, Now, Rule, Say, Step, Workflow, mail
from workflows.vocabulary import Role as R
from workflows.vocabulary import State as S


class Wish(Content):
    """The medicines to renew, as the clinic's list names them (REN-3), and an optional comment."""

    medicines: Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
    practitioner: Key | None = None
    comment: PlainText | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.medicines)) < len(self.medicines):
            raise PydanticCustomError("medicine_twice", "The same medicine is named twice")
        return self

    @property
    def written(self) -> str:
        return self.comment or ""

    @property
    def addressed_to(self) -> str | None:
        return self.practitioner

    @property
    def wanted_medicines(self) -> tuple[str, ...]:
        return self.medicines


Reason = Literal[
    "needs_checkup",
    "needs_consultation",
    "open_prescription",
    "other_prescriber",
    "not_on_card",
    "dose_unclear",
    "other",
]

LEADS_TO: Mapping[str, str] = MappingProxyType({"needs_checkup": "booking", "needs_consultation": "booking"})
"""Reasons after which the patient is one step from a booking (REN-11, NEW-14)."""


class ItemDecision(Content):
    """The clinic's decision on one medicine; a rejection gives its reason (REN-10)."""

    medicine: Key
    decision: Literal["approved", "approved_changed", "rejected"]
    reason: Reason | None = None
    text: PlainText | None = None

    @model_validator(mode="after")
    def _rejection_says_why(self) -> Self:
        if self.decision == "rejected" and self.reason is None:
            raise PydanticCustomError("reason_missing", "A rejection needs a reason")
        return self

    @property
    def verdict(self) -> str | None:
        return self.decision if self.reason is None else f"{self.decision}:{self.reason}"

    @property
    def leads_to(self) -> str | None:
        return LEADS_TO.get(self.reason or "")


class Answer(Content):
    """The clinic's closing word when every medicine is decided."""

    message_id: Key
    text: PlainText | None = None

    @property
    def clinic_message(self) -> str | None:
        return self.message_id


def _forms_dependency(facts: Facts) -> bool:
    return any(item.dependency_forming for item in facts.medicines)


def _has_leave(facts: Facts) -> bool:
    until = (item.exception_until for item in facts.medicines if item.dependency_forming)
    return all(day is not None and facts.today <= day for day in until)


def _renewable_today(facts: Facts) -> bool:
    return all(
        item.renewable_from <= facts.today if item.renewable_from else not item.open_prescription
        for item in facts.medicines
    )


def _concerns_an_open_item(facts: Facts) -> bool:
    return isinstance(facts.content, ItemDecision) and facts.content.medicine in facts.undecided


OPENED = (Now.MARK_OPENED,)
NEWS = mail(Letter.MESSAGE_WAITING)

# fmt: off
KNOWN = Rule("not_on_list", Layer.MEDICINE,
    Say("Medicinen står ikke på din liste.", "The medicine is not on your list."),
    Say("Vælg fra listen, eller ring til klinikken.", "Choose from the list, or phone the clinic."),
    lambda f: not f.unknown_medicines, field="medicines", needs=Need.MEDICINES)
NOT_DEPENDENCY = Rule("needs_consultation", Layer.MEDICINE,
    Say("Denne medicin kræver, at du taler med lægen.", "This medicine needs a talk with the doctor."),
    Say("Bestil en tid.", "Book a time."),
    _has_leave, field="medicines", needs=Need.MEDICINES, leads_to="booking", excepted=_forms_dependency)
DUE = Rule("not_yet_renewable", Layer.MEDICINE,
    Say("Du har stadig en åben recept.", "You still have an open prescription."),
    Say("Se datoen på listen.", "See the date on the list."),
    _renewable_today, field="medicines", needs=Need.MEDICINES)
COMMENT_FITS = Rule("text_too_long", Layer.CONTENT,
    Say("Kommentaren er længere, end klinikken tillader.", "The comment is longer than the clinic allows."),
    Say("Skriv kortere.", "Write less."),
    lambda f: len(f.content.written) <= f.longest_text, field="comment")
NOT_OPENED = Rule("already_opened", Layer.REQUEST,
    Say("Klinikken er allerede i gang.", "The clinic has already begun."),
    Say("Ring til klinikken.", "Phone the clinic."),
    lambda f: not f.opened, conflict=True)
OPEN_ITEM = Rule("item_not_open", Layer.REQUEST,
    Say("Medicinen er ikke med eller er allerede afgjort.", "The medicine is not included or is already decided."),
    Say("Se anmodningen.", "See the request."),
    _concerns_an_open_item, field="medicine", conflict=True, needs=Need.ITEMS)
ALL_DECIDED = Rule("items_undecided", Layer.REQUEST,
    Say("Alle lægemidler skal afgøres først.", "Every medicine must be decided first."),
    Say("Afgør de sidste.", "Decide the last ones."),
    lambda f: not f.undecided, conflict=True, needs=Need.ITEMS)
LETTER_MAY_MISS = (S.SUBMITTED, S.DELIVERED, S.ANSWERED, S.NOTIFIED, S.UNREACHABLE, S.UNDELIVERABLE, S.WITHDRAWN)
MAY_RENEW = (*rights.MAY_START, KNOWN, NOT_DEPENDENCY, DUE, COMMENT_FITS)

RENEWAL = Workflow("renewal", Say("Receptfornyelse", "Prescription renewal"), (
    #    trigger     from             to           by          only if         then
    Step("submit",   S.DRAFT,         S.SUBMITTED, R.PATIENT,  MAY_RENEW,      (FILE,),        says=Wish),
    *arriving(),
    Step("open",     S.DELIVERED,     S.DELIVERED, R.CLINIC,   (),             (),             OPENED),
    Step("decide",   S.DELIVERED,     S.DELIVERED, R.CLINIC,   (OPEN_ITEM,),   says=ItemDecision),
    Step("answer",   S.DELIVERED,     S.ANSWERED,  R.CLINIC,   (ALL_DECIDED,), (NEWS,),        says=Answer),
    *telling(Letter.MESSAGE_WAITING),
    *noticing_unread(),
    *following_up(*LETTER_MAY_MISS),
    Step("withdraw", S.SUBMITTED,     S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,),  (TELL_ENDED,)),
    Step("withdraw", S.DELIVERED,     S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,),  (TELL_ENDED,)),
    Step("withdraw", S.UNDELIVERABLE, S.WITHDRAWN, R.PATIENT,  (NOT_OPENED,),  (TELL_ENDED,)),
), (*SAID_WHEN_LATE, *LISTED_WHEN_UNREAD),
    shelf=Say("Dine fornyelser", "Your renewals"),
    invitation=Say("Forny recept", "Renew a prescription"))
# fmt: on
