"""How a patient wishes to be told: by which way, in which language, when not; and what exactly is said (NEW-21)."""

from datetime import UTC, datetime, time
from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import Fault, InvalidBodyError, InvalidQueryError
from api.noting import Noting
from api.patient.acting import seen
from api.patient.session import Slug
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Patient
from notifications.cards import card_of
from notifications.letters import ClinicCard, write
from notifications.rendering import Language
from notifications.sms import UnusableNumberError, usable_number
from notifications.text_messages import checked, text_message
from notifications.visit_letters import VisitTime
from storage.accounts import address_of, membership_key
from storage.clinics import find_clinic
from storage.mailings import NAMES_A_TIME
from storage.notice_wishes import Chosen, choose, chosen_by
from workflows.notices import NOTICES, Way, Wish
from workflows.vocabulary import Letter

READ, CHANGE = "patient.notice.read", "patient.notice.change"
EXAMPLE = VisitTime(datetime(2030, 1, 2, 9, 15, tzinfo=UTC))
Clock = Annotated[
    str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:00"], description="A time of day in Denmark")
]


class Quiet(BaseModel):
    """Hours in which nothing is sent but what guards the account; over midnight where the end is the earlier one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    begins: Clock
    ends: Clock


class Choices(BaseModel):
    """How the patient wishes to be told. A text message needs a number, and that the patient agrees to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    way: Way = "mail"
    language: Language
    phone: Annotated[
        str | None,
        Field(max_length=20, repr=False, examples=["+4520123456"], description="Of Denmark, Greenland or the Faroes"),
    ] = None
    sms_agreed: bool = False
    quiet_hours: Quiet | None = None
    digest_at: Annotated[
        Clock | None, Field(description="Messages of a day are told as one, at this time; news of times never waits")
    ] = None


class InForce(BaseModel):
    """What is in force, and when the patient agreed to text messages and ended that."""

    way: Way
    language: str
    phone: Annotated[str | None, Field(repr=False)]
    sms_agreed_at: Moment | None
    sms_ended_at: Moment | None
    quiet_hours: Quiet | None
    digest_at: str | None
    sms_offered: bool = Field(description="Whether text messages can be chosen here")


class Which(BaseModel):
    """Of which clinic, and which letter only, if one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clinic: Slug
    letter: Annotated[str | None, Field(max_length=40)] = None


class Said(BaseModel):
    """One notice in one language, word for word."""

    letter: str
    language: Language
    subject: str
    text: str
    sms: str
    with_time: str | None = Field(
        default=None, description="The text where the patient agreed to times in mails, with a time for an example"
    )
    with_form: str | None = Field(default=None, description="The text where a form must be filled in before the visit")


class Preview(BaseModel):
    """All that a notice can say; nothing is added to it when it is sent."""

    items: tuple[Said, ...]


class Notices:
    """Shows and changes what a patient wishes of notices."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(summary="Read how I am told", audience="patient", out=InForce)
    def read(self, call: Call, _resp: falcon.Response) -> InForce:
        """Answer what is in force, and note the look."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            chosen = chosen_by(connection, services.keyring, patient.person)
            _, language = address_of(connection, services.keyring, patient.person)
            self._noting.within(connection, seen(services, call, READ))
        return self._shown(chosen, language)

    @contract(
        summary="Choose how I am told",
        audience="patient",
        body=Choices,
        out=InForce,
        errors=(InvalidBodyError,),
        description="Codes, links, and news of the account itself go by mail and at once, whatever is chosen. Leaving "
        "`phone` out forgets the number and ends the agreement to text messages.",
    )
    def change(self, call: Call, _resp: falcon.Response, *, body: Choices) -> InForce:
        """Put the choices in force."""
        services, patient = self._services, call.caller(Patient)
        phone = self._phone(body)
        wish = Wish(body.way, *_quiet(body.quiet_hours), digest_at=_clock(body.digest_at))
        now = services.clock()
        with services.database.writing() as connection:
            chosen = choose(connection, services.keyring, patient.person, wish, phone, body.language, now)
            self._noting.within(connection, seen(services, call, CHANGE))
        return self._shown(chosen, body.language)

    @contract(
        summary="Read what a notice will say",
        audience="patient",
        query=Which,
        out=Preview,
        errors=(NotFoundError, InvalidQueryError),
    )
    def preview(self, call: Call, _resp: falcon.Response, *, query: Which) -> Preview:
        """Answer each notice of a clinic of the patient's, in both languages, and note the look."""
        services, patient = self._services, call.caller(Patient)
        if query.letter is not None and query.letter not in NOTICES:
            raise InvalidQueryError((Fault("letter", "enum", {"expected": ", ".join(sorted(NOTICES))}),))
        with services.database.writing() as connection:
            clinic = find_clinic(connection, query.clinic)
            if membership_key(connection, services.keyring, patient.person, clinic.id) is None:
                raise NotFoundError
            self._noting.within(connection, seen(services, call, READ, clinic.id))
        card = card_of(clinic.settings)
        named = sorted(NOTICES) if query.letter is None else [query.letter]
        languages: tuple[Language, ...] = ("da", "en")
        return Preview(items=tuple(_said(name, card, language) for name in named for language in languages))

    def _phone(self, body: Choices) -> str | None:
        """Return the number in the form it is kept in.

        Raises:
            InvalidBodyError: it is none, or text messages are wished without one, unasked for, or not to be had here.
        """
        if body.way != "mail" and not self._services.settings.sms_url:
            raise InvalidBodyError((Fault("/way", "sms_not_offered"),))
        if body.way != "mail" and not body.sms_agreed:
            raise InvalidBodyError((Fault("/sms_agreed", "sms_not_agreed"),))
        if body.phone is None:
            if body.way != "mail":
                raise InvalidBodyError((Fault("/phone", "missing"),))
            return None
        try:
            return usable_number(body.phone)
        except UnusableNumberError:
            raise InvalidBodyError((Fault("/phone", "phone_unusable"),)) from None

    def _shown(self, chosen: Chosen, language: str) -> InForce:
        wish = chosen.wish
        quiet = (
            wish.quiet_from and wish.quiet_until and Quiet(begins=_text(wish.quiet_from), ends=_text(wish.quiet_until))
        )
        return InForce(
            way=wish.way,
            language=language,
            phone=chosen.phone,
            sms_agreed_at=chosen.sms_agreed_at,
            sms_ended_at=chosen.sms_ended_at,
            quiet_hours=quiet,
            digest_at=wish.digest_at and _text(wish.digest_at),
            sms_offered=bool(self._services.settings.sms_url),
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/me/notices", self.read, READ),
            Route("PUT", "/v1/me/notices", self.change, CHANGE),
            Route("GET", "/v1/me/notices/preview", self.preview, READ),
        ]


def _said(name: str, card: ClinicCard, language: Language) -> Said:
    """Return what a notice says in each case there is."""
    letter, sms = write(name, card, language), text_message(name, card, language)
    more = {}
    if name in NAMES_A_TIME:
        more["with_time"] = checked(write(name, card, language, visit=EXAMPLE).text)
    if name == Letter.APPOINTMENT_REMINDER:
        more["with_form"] = checked(write(name, card, language, form_due=True).text)
    return Said(letter=name, language=language, subject=letter.subject, text=checked(letter.text), sms=sms, **more)


def _quiet(hours: Quiet | None) -> tuple[time | None, time | None]:
    """Return when quiet hours begin and end.

    Raises:
        InvalidBodyError: they would never end.
    """
    if hours is None:
        return None, None
    if hours.begins == hours.ends:
        raise InvalidBodyError((Fault("/quiet_hours/ends", "quiet_all_day"),))
    return time.fromisoformat(hours.begins), time.fromisoformat(hours.ends)


def _clock(written: str | None) -> time | None:
    return None if written is None else time.fromisoformat(written)


def _text(clock: time) -> str:
    return clock.strftime("%H:%M")
