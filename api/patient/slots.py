"""Free times of a clinic's calendar, by month, by week or by day; with whom and for what they can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call, Language
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.periods import Wanted, period_of
from api.patient.slot_views import FreeTimes, Window, days_of, links_of
from api.patient.words import Possibility, in_language, possible
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.database import Connection
from storage.decided import Asked, Decided, decided_for_all
from storage.free_times import FreeSlot, Search, free_slots
from storage.memberships import own_clinic
from storage.notices import with_age
from storage.slot_holds import holder_of
from storage.standing import ClinicStanding
from workflows.appointments import booking_window
from workflows.catalogue import taking_times
from workflows.facts import Facts
from workflows.rights import MAY_START, first_refusal
from workflows.working_days import local_day

MOST_TIMES = 5000
_SLOTS = "/v1/clinics/{slug}/slots"


class Reason(BaseModel):
    """What a time can be booked for: the word that a booking gives, and what patients call it (APP-2)."""

    model_config = ConfigDict(frozen=True)

    reason: str
    name: str
    minutes: int


class Bookable(BaseModel):
    """A practitioner with whom times can be booked; where a comment is required, a booking needs one (PRA-3)."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    comment_required: bool


class Choices(BaseModel):
    """What a patient chooses among before looking for a time; `booking` says whether they can book at all now."""

    model_config = ConfigDict(frozen=True)

    reasons: tuple[Reason, ...]
    practitioners: tuple[Bookable, ...]
    booking: Possibility


@dataclass(frozen=True, slots=True)
class Offering:
    """What a clinic offers one patient at one moment."""

    clinic: ClinicStanding
    decided: Decided
    booking: Possibility
    window: tuple[datetime, datetime]
    now: datetime
    holder: bytes
    kind: str
    channel: str

    def practitioners(self) -> tuple[str, ...]:
        """Return those with whom a time can be booked that way: switch on, calendar synchronised (PRA-5)."""
        everybody = self.decided.practitioners()
        return tuple(key for key, named in everybody.items() if named.takes(self.kind, self.channel))

    def reasons(self) -> tuple[str, ...]:
        """Return what patients can book a time for."""
        return tuple(key for key, each in self.decided.types().items() if each.for_patients)

    def search(
        self, start: datetime, end: datetime, practitioner: str | None = None, reason: str | None = None
    ) -> Search:
        """Return the search for times that start in [start, end) and inside the booking window."""
        earliest, latest = self.window
        return Search(
            practitioners=[key for key in self.practitioners() if practitioner in {None, key}],
            reasons=[key for key in self.reasons() if reason in {None, key}],
            start=max(start, earliest),
            end=min(end, latest),
            now=self.now,
            holder=self.holder,
        )


def offering(services: Services, connection: Connection, patient: Patient, slug: str, language: Language) -> Offering:
    """Return what a clinic of the patient's offers them now.

    Raises:
        NotFoundError: there is no such clinic, or the patient is none there.
    """
    now, kind = services.clock(), taking_times(services.catalogue).kind
    clinic, _ = own_clinic(connection, services.keyring, patient.person, slug)
    found = decided_for_all(connection, clinic.id, patient.person)
    today = local_day(now)
    facts = Facts(now=now, today=today, service=found.service(Asked(clinic, kind, patient.channel, None), today))
    return Offering(
        clinic,
        found,
        possible(first_refusal(MAY_START, facts), language),
        booking_window(clinic.settings, now),
        now,
        holder_of(services.keyring, patient.person, clinic.id),
        kind,
        patient.channel,
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at free times gives; `waiting` is whether those whom none of them suits may wait for another.

    `custody_notice` is whether a booking needs the notice to those under 15.
    """

    clinic: ClinicStanding
    choices: Choices
    times: FreeTimes
    waiting: Possibility
    custody_notice: bool


class Slots:
    """Shows the free times that a patient could ask for now."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)

    @contract(
        summary="Find a free time",
        audience="patient",
        query=Wanted,
        out=FreeTimes,
        errors=(NotFoundError,),
        description="A month shows of each day how many times are free and the first of them, a week and a day show "
        "them all. Times that are taken, held for somebody else, not released yet, or outside the clinic's booking "
        "window are not shown, nor those with practitioners or of kinds that patients cannot book online.",
    )
    def find(self, call: Call, resp: falcon.Response, *, slug: str, query: Wanted) -> FreeTimes:
        """Answer the free times of the period, and note the look."""
        with self._services.database.writing() as connection:
            offer, found = self._searched(connection, call, resp, slug, query)
        return _shown(call.path, query, offer, found)

    def look(self, call: Call, resp: falcon.Response, slug: str, query: Wanted) -> Looked:
        """Return what can be booked, and the free times of the period; the look is noted."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            offer, found = self._searched(connection, call, resp, slug, query)
            facts = Facts(now=offer.now, today=local_day(offer.now))
            facts = with_age(connection, services.keyring, offer.clinic.id, patient.person, facts)
        return Looked(
            offer.clinic,
            _choices(offer),
            _shown(call.path, query, offer, found),
            self._waiting(offer, facts, call.language),
            custody_notice=facts.under_15 and not facts.notice_seen,
        )

    def _searched(
        self, connection: Connection, call: Call, resp: falcon.Response, slug: str, query: Wanted
    ) -> tuple[Offering, Sequence[FreeSlot]]:
        """Return what is offered and what of it is free, and note the look."""
        services, period = self._services, period_of(query)
        offer = offering(services, connection, call.caller(Patient), slug, in_language(call, resp))
        wanted = offer.search(period.start, period.end, query.practitioner, query.reason)
        found = free_slots(connection, offer.clinic.id, wanted, MOST_TIMES + 1) if offer.booking.allowed else ()
        self._noting.within(connection, seen(services, call, "patient.slot.read", offer.clinic.id))
        return offer, found

    def _waiting(self, offer: Offering, facts: Facts, language: Language) -> Possibility:
        """Return whether the patient may join the list of those who wait for a time, or why not."""
        part = next((each.kind for each in self._services.catalogue.values() if each.part_of == offer.kind), offer.kind)
        asked = Asked(offer.clinic, part, offer.channel, None, None if part == offer.kind else offer.kind)
        asked_facts = replace(facts, service=offer.decided.service(asked, facts.today))
        return possible(first_refusal(MAY_START, asked_facts), language)

    @contract(
        summary="See what can be booked",
        audience="patient",
        out=Choices,
        errors=(NotFoundError,),
        description="The reasons and practitioners to choose among before looking for a free time.",
    )
    def choices(self, call: Call, resp: falcon.Response, *, slug: str) -> Choices:
        """Answer reasons and practitioners, and note the look."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            offer = offering(services, connection, patient, slug, in_language(call, resp))
            self._noting.within(connection, seen(services, call, "patient.slot.read", offer.clinic.id))
        return _choices(offer)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic, action = {"slug": "The clinic's short name"}, "patient.slot.read"
        return [
            Route("GET", _SLOTS, self.find, action, clinic),
            Route("GET", "/v1/clinics/{slug}/reasons", self.choices, action, clinic),
        ]


def _choices(offer: Offering) -> Choices:
    types, everybody = offer.decided.types(), offer.decided.practitioners()
    return Choices(
        reasons=tuple(
            Reason(reason=key, name=types[key].shown_name(), minutes=types[key].minutes) for key in offer.reasons()
        ),
        practitioners=tuple(
            Bookable(key=key, name=everybody[key].display_name(), comment_required=everybody[key].comment_required)
            for key in offer.practitioners()
        ),
        booking=offer.booking,
    )


def _shown(path: str, query: Wanted, offer: Offering, found: Sequence[FreeSlot]) -> FreeTimes:
    period = period_of(query)
    earliest, latest = offer.window
    return FreeTimes(
        view=period.view,
        period=period.name,
        days=days_of(found[:MOST_TIMES], offer.now, query.first if period.view == "month" else None),
        **links_of(path, query, period, offer.window),
        window=Window(earliest=earliest, latest=latest),
        booking=offer.booking,
        truncated=len(found) > MOST_TIMES,
    )
