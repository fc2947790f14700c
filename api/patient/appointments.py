"""Dine tider: the patient's appointments at every clinic, coming and past (BOO-6)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import falcon
from pydantic import Field

from api.call import Call
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.patient import views
from api.patient.acting import seen
from api.patient.session import Slug
from api.patient.words import in_language
from identity.subject import Patient
from storage.appointments import Appointments, TimedPage


class When(Paging):
    """Which of the patient's appointments."""

    when: Annotated[
        Literal["coming", "past"],
        Field(description="`coming`: times that are the patient's and have not begun; `past`: begun, over or ended"),
    ] = "coming"
    clinic: Annotated[Slug | None, Field(description="At this clinic only")] = None


class OwnAppointments:
    """Shows a patient their own times; whatever is switched off, they stay readable (BOO-12)."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"appointments"))

    @contract(
        summary="List my appointments",
        audience="patient",
        query=When,
        out=Page[views.Summary],
        description="What is coming begins with the next one, what is past with the latest.",
    )
    def find(self, call: Call, resp: falcon.Response, *, query: When) -> Page[views.Summary]:
        """Answer one page, and note the look."""
        patient, services, language = call.caller(Patient), self._services, in_language(call, resp)
        scope = f"appointments:{patient.person}:{query.when}:{query.clinic}"
        after = None
        if query.cursor is not None:
            at, identifier = self._cursors.read(query.cursor, scope)
            after = datetime.fromisoformat(str(at)), UUID(str(identifier))
        wanted = TimedPage(query.when == "coming", services.clock(), query.clinic, after, query.limit + 1)
        with services.database.writing() as connection:
            found = Appointments(connection, services.keyring, patient).by_time(wanted)
            self._noting.within(connection, seen(services, call, "patient.request.list"))
        page = found[: query.limit]
        items = (
            {
                **views.summary(each, services.catalogue, language),
                **(views.KEPT_BACK if patient.held_at(each.clinic_id) else {}),
            }
            for each in page
        )
        more = None
        if len(found) > query.limit and page[-1].slot_start is not None:
            more = self._cursors.seal((page[-1].slot_start.isoformat(), str(page[-1].id)), scope)
        return Page(items=tuple(views.Summary.model_validate(each) for each in items), next_cursor=more)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/v1/appointments", self.find, "patient.request.list")]
