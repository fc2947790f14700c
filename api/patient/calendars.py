"""Appointments in a calendar of the patient's own: one as a file, or all under a secret address."""

from collections.abc import Sequence
from urllib.parse import urlsplit
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.patient.acting import PURPOSE, net, seen
from api.patient.words import in_language
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Patient
from notifications.calendars import Visit, calendar
from storage.access import Seen
from storage.calendar_feeds import Appointment, appointments, end_feed, made_at, make_feed, whose_feed
from storage.requests import Requests
from storage.scope import concerning

READ, CHANGE, FEED = "patient.calendar.read", "patient.calendar.change", "patient.calendar.feed"
ICS = "text/calendar; charset=utf-8"


class Feed(BaseModel):
    """Whether there is a secret address, and since when."""

    model_config = ConfigDict(frozen=True)

    made_at: Moment | None


class NewFeed(Feed):
    """The secret address, told this once."""

    url: str = Field(repr=False)


class Calendars:
    """Gives calendar files."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._host = urlsplit(services.settings.public_url).hostname or "portal"

    @contract(
        summary="Save an appointment in my calendar",
        audience="patient",
        produces=ICS,
        errors=(NotFoundError,),
        description="A file for a calendar, with the clinic's name and the time. What is no confirmed time is 404.",
    )
    def one(self, call: Call, resp: falcon.Response, *, request: UUID) -> None:
        """Answer one appointment, and note the look."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, patient).one(request)
            booked = appointments(connection, patient.person, services.clock(), request)
            if not booked:
                raise NotFoundError
            self._noting.within(connection, seen(services, call, "patient.request.read", found.clinic_id, request))
        self._answer(resp, booked, in_language(call, resp))

    @contract(
        summary="Read my appointments into a calendar",
        audience="public",
        produces=ICS,
        errors=(NotFoundError,),
        description="The address is the proof: whoever has it reads clinics' names and times. A dead one is 404.",
    )
    def feed(self, call: Call, resp: falcon.Response, *, token: str) -> None:
        """Answer the appointments of whoever made the address, and note the look."""
        services = self._services
        with services.database.writing() as connection:
            person = whose_feed(connection, token)
            if person is None:
                raise NotFoundError
            with concerning(person):
                booked = appointments(connection, person, services.clock())
                whose, corr = str(person), call.request_id
                at = net(services, call)
                looked = Seen("patient", FEED, "ok", actor=whose, person=person, purpose=PURPOSE, corr=corr, net=at)
                self._noting.within(connection, looked)
        self._answer(resp, booked, call.language)

    @contract(summary="Read whether my calendar has a secret address", audience="patient", out=Feed)
    def state(self, call: Call, _resp: falcon.Response) -> Feed:
        """Answer since when, and note the look."""
        with self._services.database.writing() as connection:
            at = made_at(connection, call.caller(Patient).person)
            self._noting.within(connection, seen(self._services, call, READ))
        return Feed(made_at=at)

    @contract(
        summary="Make a secret address for my calendar",
        audience="patient",
        out=NewFeed,
        description="In place of the one before, which is dead from then on. It is told this once.",
    )
    def make(self, call: Call, _resp: falcon.Response) -> NewFeed:
        """Make the address, and note it."""
        services = self._services
        with services.database.writing() as connection:
            token = make_feed(connection, call.caller(Patient).person, services.clock())
            self._noting.within(connection, seen(services, call, CHANGE))
        return NewFeed(made_at=services.clock(), url=f"{services.settings.public_url}/v1/calendars/{token}")

    @contract(summary="End the secret address of my calendar", audience="patient", status=204)
    def end(self, call: Call, _resp: falcon.Response) -> None:
        """Let it lead nowhere, and note it."""
        with self._services.database.writing() as connection:
            end_feed(connection, call.caller(Patient).person)
            self._noting.within(connection, seen(self._services, call, CHANGE))

    def _answer(self, resp: falcon.Response, booked: Sequence[Appointment], language: str) -> None:
        visits = (
            Visit(
                uid=f"{each.thread}@{self._host}",
                sequence=each.changes,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                clinic=each.clinic,
                cancelled=each.given_up,
                changed_at=each.changed_at,
            )
            for each in booked
        )
        resp.data, resp.content_type = calendar(visits, language), ICS

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"request": "The request's id"}
        token = {"token": "The secret part of the address"}
        return [
            Route("GET", "/v1/requests/{request:uuid}/appointment.ics", self.one, "patient.request.read", one),
            Route("GET", "/v1/calendars/{token}", self.feed, "public", token),
            Route("GET", "/v1/me/calendar", self.state, READ),
            Route("PUT", "/v1/me/calendar", self.make, CHANGE),
            Route("DELETE", "/v1/me/calendar", self.end, CHANGE),
        ]
