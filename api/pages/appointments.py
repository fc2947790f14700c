"""Dine tider: what is coming and past, who waits for a time, and each appointment with what may be done with it."""

import json
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import InvalidQueryError, WrongMediaTypeError
from api.pages.book import LARGEST_FORM
from api.pages.forms import Form, form_of, refuse, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.actions import Acting
from api.patient.appointments import OwnAppointments, When
from api.patient.requests import PatientRequests
from api.patient.views import Whole
from identity.outcomes import NotFoundError
from storage.decided import decided_for_all
from workflows.vocabulary import NotApplicableError

_CONFLICT = 409
_KINDS = {"booking", "waiting"}
_CONFIRMED = {"cancel", "withdraw"}
_ACTS = {*_CONFIRMED, "accept", "decline"}
_WORDED = {"confirm", "decline", "offer", "cancel_by_clinic", "move_by_clinic", "arrange", "close"}
_MEMBERS = ("slot", "reason", "comment")
_ONE = "/{slug}/booking/{request:uuid}"


class Shown(BaseModel):
    """Which part of the list, and where in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    when: Literal["coming", "past"] = "coming"
    cursor: str | None = None


class AppointmentPages:
    """Shows a patient their times at a clinic, and takes what they want done with them."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._own, self._requests, self._acting = OwnAppointments(services), PatientRequests(services), Acting(services)

    @contract(
        summary="See my appointments",
        audience="pages",
        produces=HTML,
        query=Shown,
        errors=(NotFoundError, InvalidQueryError),
    )
    def find(self, call: Call, resp: falcon.Response, *, slug: str, query: Shown) -> None:
        """Answer what is coming and what waits for a word; or a page of what is past."""
        if query.when == "past":
            asked = When(when="past", clinic=slug, cursor=query.cursor)
            self._write(call, resp, slug, "appointments_past.html", page=self._own.find(call, resp, query=asked))
            return
        overview = self._own.overview(call, resp, slug)
        visit = self._visits.of(call, overview.clinic)
        self._rendering.write(call, resp, "appointments.html", **visit.shown, overview=overview)

    @contract(summary="See an appointment", audience="pages", produces=HTML, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str, request: UUID) -> None:
        """Answer when and with whom, how it stands, and what may be done now."""
        self._show(call, resp, slug, request, Form())

    @contract(summary="Confirm before giving up", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, request: UUID, trigger: str) -> None:
        """Answer what is about to be given up, with a button that does it."""
        if trigger not in _CONFIRMED:
            raise NotFoundError
        one = self._one(call, resp, slug, request)
        self._write(call, resp, slug, "appointment_end.html", one=one, trigger=trigger, wanted=_wanted(one))

    @contract(
        summary="Cancel, accept or decline",
        audience="pages",
        produces=HTML,
        also={303: "Done", 409: "Not as things stand", 422: "Something is missing or cannot be"},
        headers={"Location": "The appointment"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def act(self, call: Call, resp: falcon.Response, *, slug: str, request: UUID, trigger: str) -> None:
        """Do it by the door's own method; what refuses is told on the appointment's page."""
        if trigger not in _ACTS:
            raise NotFoundError
        form, done = form_of(call), None
        members: dict[str, Any] = {name: form.typed(name) for name in _MEMBERS if form.typed(name)}
        if form.typed("notice_under_15"):
            members["notice_under_15"] = True
        with telling(form, call.language):
            try:
                body = json.dumps(members).encode()
                done = self._acting.act(call, request, trigger, self._acting.bodies.unread(trigger, body))
            except NotApplicableError as error:
                refuse(form, error, _CONFLICT, call.language)
        if done is None:
            self._show(call, resp, slug, request, form)
        else:
            go(resp, f"/{slug}/booking/{done.id}")

    def _one(self, call: Call, resp: falcon.Response, slug: str, request: UUID) -> Whole:
        """Return an appointment of the clinic's, or a place on its waiting list.

        Raises:
            NotFoundError: it is not there, not theirs, of another clinic or of another type.
        """
        one = self._requests.read(call, resp, request=request)
        if one.clinic != slug or one.kind not in _KINDS:
            raise NotFoundError
        return one

    def _show(self, call: Call, resp: falcon.Response, slug: str, request: UUID, form: Form) -> None:
        one = self._one(call, resp, slug, request)
        resp.status = form.status
        shown = {"one": one, "form": form, "wanted": _wanted(one), "words": _clinic_words(one)}
        self._write(call, resp, slug, "appointment.html", **shown)

    def _write(self, call: Call, resp: falcon.Response, slug: str, template: str, **shown: object) -> None:
        """Write a page, with what practitioners and reasons are called."""
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
            found = decided_for_all(connection, visit.clinic.id, None)
        everybody = found.practitioners()
        shown |= {
            "practitioners": {key: each.display_name() for key, each in everybody.items()},
            "reasons": {key: each.shown_name() for key, each in found.types().items()},
            "comments": {key for key, each in everybody.items() if each.comment_required},
        }
        self._rendering.write(call, resp, template, **visit.shown, **shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {**CLINIC, "request": "The appointment's id"}
        acted = {**one, "trigger": "What is done"}
        return [
            Route("GET", "/{slug}/booking", self.find, "patient.request.list", CLINIC),
            Route("GET", _ONE, self.read, "patient.request.read", one),
            Route("GET", f"{_ONE}/{{trigger}}", self.ask, "patient.request.read", acted),
            Route("POST", f"{_ONE}/{{trigger}}", self.act, "patient.request.change", acted),
        ]


def _wanted(one: Whole) -> Mapping[str, Any]:
    """Return what was asked for at first, and of the waiting list the time that is offered now."""
    first = one.messages[0].content if one.messages else {}
    offers = [each.content for each in one.messages if each.trigger == "offer_time"]
    return {"first": first, "offer": offers[-1] if offers and one.outcome == "offered" else None}


def _clinic_words(one: Whole) -> str:
    """Return the clinic's last word in writing, if it has written one."""
    written = [each.content.get("reason") for each in one.messages if each.trigger in _WORDED]
    return next((str(each) for each in reversed(written) if each), "")
