"""Booking a time, or moving one: what for and with whom, when, a last look while the time is held, and off it goes."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.errors import RefusedError
from api.fresh import Fresh, FreshTime
from api.given import Services
from api.inputs import InvalidQueryError, WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.pages.walk import Walk, neighbours, walk_of, weeks_of
from api.patient.actions import Acting
from api.patient.periods import period_of
from api.patient.slot_holds import Held, SlotHolds
from api.patient.slot_views import days_of
from api.patient.slots import Looked, Slots
from api.patient.submissions import Submitting
from identity.outcomes import KeyReusedError, NotFoundError, TooManyRequestsError
from storage.clinics import find_clinic
from storage.free_times import FreeSlot, like
from workflows.appointments import HoldWish
from workflows.booking import Wish
from workflows.vocabulary import NotApplicableError
from workflows.working_days import local_day

_WRONG = 422
LARGEST_FORM = 32 * 1024
_ERRORS = (NotFoundError, WrongMediaTypeError, InvalidQueryError, TooManyRequestsError)
_GONE = {409: "The time is gone", 422: "Something is missing or cannot be"}


class BookPages:
    """Shows the steps and takes them; nothing is kept between them but the hold."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._slots, self._holds = Slots(services), SlotHolds(services)
        self._submitting, self._acting = Submitting(services), Acting(services)

    @contract(
        summary="Find a time to book",
        audience="pages",
        produces=HTML,
        query=Walk,
        errors=(NotFoundError, InvalidQueryError),
    )
    def look(self, call: Call, resp: falcon.Response, *, slug: str, query: Walk) -> None:
        """Answer what can be chosen; when that is chosen, the month, the week or the day."""
        at, wanted = _At(call, resp, slug, Form(), query), query.wanted(self._today())
        looked = self._slots.look(call, resp, slug, wanted)
        if not looked.choices.booking.allowed or not query.reason:
            self._write(at, "book_choose.html", looked)
            return
        period, around = period_of(wanted), neighbours(query, wanted, looked.times, slug)
        if period.view == "month":
            weeks = weeks_of(period, looked.times)
            self._write(at, "book_month.html", looked, period=period, around=around, weeks=weeks)
        else:
            shown = {"period": period, "around": around, "days": looked.times.days, "instead": False}
            self._write(at, "book_times.html", looked, **shown)

    @contract(
        summary="Hold a time while the form is filled in",
        audience="pages",
        produces=HTML,
        also=_GONE,
        errors=_ERRORS,
        largest_body=LARGEST_FORM,
    )
    def hold(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the last look, or what is free instead; sent again, it holds the same time for no longer."""
        form = form_of(call)
        self._last_look(_At(call, resp, slug, form, walk_of(form)))

    @contract(
        summary="Book the time",
        audience="pages",
        produces=HTML,
        also={303: "Sent to the clinic", **_GONE},
        headers={"Location": "The appointment"},
        errors=(*_ERRORS, NotApplicableError),
        largest_body=LARGEST_FORM,
    )
    def book(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Send the booking, or the move; a second click sends nothing again."""
        form = form_of(call)
        at, made, fresh = _At(call, resp, slug, form, walk_of(form)), None, None
        with telling(form, call.language):
            try:
                made = self._send(at)
            except KeyReusedError as error:
                refuse(form, error, _WRONG, call.language)
            except RefusedError as error:
                fresh = error.fresh
                raise
        if made is not None:
            go(resp, f"/{slug}/booking/{made}")
        elif fresh is not None:
            self._instead(at, fresh)
        else:
            self._last_look(at)

    def _send(self, at: "_At") -> UUID:
        """Return the request that is made, or the one that was moved already by the first of two clicks."""
        call, form, before = at.call, at.form, at.walk.instead_of
        members: dict[str, Any] = {name: form.typed(name) for name in ("slot", "reason", "comment")}
        members["notice_under_15"] = True if form.typed("notice_under_15") else None
        wish = shaped(Wish, members)
        if not before:
            return self._submitting.take(call, at.resp, at.slug, "booking", wish).id
        body = json.dumps({name: value for name, value in members.items() if value}).encode()
        try:
            return self._acting.act(call, before, "move", self._acting.bodies.unread("move", body)).id
        except NotApplicableError:
            return before

    def _last_look(self, at: "_At") -> None:
        """Hold the time and ask for the rest; what was wrong with the rest is told on the same page."""
        held: Held | None = None
        fresh: Fresh | None = None
        with telling(at.form, at.call.language):
            try:
                wish = shaped(HoldWish, {"slot": at.form.typed("slot")})
                held = self._holds.hold(at.call, at.resp, slug=at.slug, body=wish)
            except RefusedError as error:
                fresh = error.fresh
                raise
        at.form.wrong[:] = dict.fromkeys(at.form.wrong)  # the same may be wrong with the booking and with the hold
        at = at.on(self._day_of(at, held))
        looked = self._slots.look(at.call, at.resp, at.slug, at.walk.wanted(self._today()))
        time = next((each for day in looked.times.days for each in day.slots if held and each.key == held.slot), None)
        if time is None:
            self._instead(at, fresh, looked)
            return
        shown = {"time": time, "held": held, "key": self._services.new_id()}
        self._write(at, "book_last.html", looked, **shown)

    def _day_of(self, at: "_At", held: Held | None) -> date | None:
        """Return the day of the held time, whatever days were looked at."""
        if held is None:
            return None
        with self._services.database.reading() as connection:
            clinic = find_clinic(connection, at.slug)
            found = like(connection, clinic.id, held.slot)
        return None if found is None else local_day(found.starts_at)

    def _instead(self, at: "_At", fresh: Fresh | None, looked: Looked | None = None) -> None:
        """Show what is free in the place of a time that is gone, or the same days anew."""
        wanted, now = at.walk.wanted(self._today()), self._services.clock()
        looked = looked or self._slots.look(at.call, at.resp, at.slug, wanted)
        days = looked.times.days if fresh is None else days_of([_slot(each) for each in fresh.free_times], now, None)
        around = neighbours(at.walk, wanted, looked.times, at.slug)
        shown = {"period": period_of(wanted), "around": around, "days": days, "instead": fresh is not None}
        self._write(at, "book_times.html", looked, **shown)

    def _today(self) -> date:
        return local_day(self._services.clock())

    def _write(self, at: "_At", template: str, looked: Looked, **shown: object) -> None:
        visit = self._visits.of(at.call, looked.clinic)
        at.resp.status = at.form.status
        choices = looked.choices
        named = {
            "practitioners": {each.key: each.name for each in choices.practitioners},
            "reasons": {each.reason: each.name for each in choices.reasons},
        }
        stood = {"walk": at.walk, "form": at.form, "looked": looked}
        self._rendering.write(at.call, at.resp, template, **visit.shown, **named, **stood, **shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/booking/new", self.look, "patient.slot.read", CLINIC),
            Route("POST", "/{slug}/booking/hold", self.hold, "patient.slot.hold", CLINIC),
            Route("POST", "/{slug}/booking/new", self.book, "patient.request.submit", CLINIC),
        ]


@dataclass(frozen=True, slots=True)
class _At:
    """One step of the way: the call, where it was made, what was typed, and how far one has come."""

    call: Call
    resp: falcon.Response
    slug: str
    form: Form
    walk: Walk

    def on(self, day: date | None) -> "_At":
        """Return the same step, looking at this day."""
        if day is None:
            return self
        return replace(self, walk=self.walk.model_copy(update={"month": "", "week": "", "day": str(day)}))


def _slot(time: FreshTime) -> FreeSlot:
    return FreeSlot(time.key, time.practitioner, time.reason, time.starts_at, time.ends_at, None)
