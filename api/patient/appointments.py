"""Dine tider: the patient's appointments at every clinic, coming and past (BOO-6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import falcon
from pydantic import Field

from api.call import Call, Language
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
from storage.decided import decided_for_all
from storage.memberships import own_clinic
from storage.requests import Found
from storage.standing import ClinicStanding
from workflows.catalogue import taking_times


class When(Paging):
    """Which of the patient's appointments."""

    when: Annotated[
        Literal["coming", "past"],
        Field(description="`coming`: times that are the patient's and have not begun; `past`: begun, over or ended"),
    ] = "coming"
    clinic: Annotated[Slug | None, Field(description="At this clinic only")] = None


MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """A patient's coming times at one clinic, what waits for a word of theirs, and who `practitioners` are by key."""

    clinic: ClinicStanding
    coming: tuple[views.Summary, ...]
    in_hand: tuple[views.Summary, ...]
    practitioners: Mapping[str, str]


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
        more = None
        if len(found) > query.limit and page[-1].slot_start is not None:
            more = self._cursors.seal((page[-1].slot_start.isoformat(), str(page[-1].id)), scope)
        return Page(items=self._summaries(patient, page, language), next_cursor=more)

    def overview(self, call: Call, resp: falcon.Response, slug: str) -> Overview:
        """Return what is coming and what is in hand at one clinic of the patient's, and note the look.

        Raises:
            NotFoundError: there is no such clinic, or the patient is none there.
        """
        patient, services, language = call.caller(Patient), self._services, in_language(call, resp)
        whole = taking_times(services.catalogue).kind
        part = next((kind for kind, each in services.catalogue.items() if each.part_of == whole), whole)
        with services.database.writing() as connection:
            clinic, _ = own_clinic(connection, services.keyring, patient.person, slug)
            reader = Appointments(connection, services.keyring, patient)
            coming = reader.by_time(TimedPage(True, services.clock(), slug, None, MOST_SHOWN))
            in_hand = reader.in_hand(slug, part, whole, MOST_SHOWN)
            everybody = decided_for_all(connection, clinic.id, None).practitioners()
            self._noting.within(connection, seen(services, call, "patient.request.list", clinic.id))
        return Overview(
            clinic,
            self._summaries(patient, (each for each in coming if each.kind == whole), language),
            self._summaries(patient, in_hand, language),
            {key: each.display_name() for key, each in everybody.items()},
        )

    def _summaries(self, patient: Patient, found: Iterable[Found], language: Language) -> tuple[views.Summary, ...]:
        return tuple(
            views.Summary.model_validate(
                {
                    **views.summary(each, self._services.catalogue, language),
                    **(views.KEPT_BACK if patient.held_at(each.clinic_id) else {}),
                }
            )
            for each in found
        )

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/v1/appointments", self.find, "patient.request.list")]
