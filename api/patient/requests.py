"""Following requests: the list, one request, what has happened to it, and who has seen it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import Field

from api.call import Call, Language
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.inputs import Fault, InvalidQueryError
from api.noting import Noting
from api.onward import Onwards
from api.patient import views
from api.patient.acting import seen
from api.patient.actions import possibilities
from api.patient.items import Decided, Item, items
from api.patient.session import Slug
from api.patient.words import in_language
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage import access
from storage.database import Connection
from storage.medicines import names_of
from storage.messages import Spoken, spoken
from storage.offers import offered_times
from storage.reading import readings_of
from storage.requests import Found, Requests
from storage.requests import Page as Wanted
from storage.service_facts import Caller
from storage.slot_holds import holder_of
from storage.standing import ClinicStanding, Standing, look
from workflows.acts import Acts
from workflows.vocabulary import State
from workflows.working_days import last_moment_to_cancel

LONGEST_LOG = 200
_ONE = "/v1/requests/{request:uuid}"


class Filters(Paging):
    """Which of the patient's requests."""

    clinic: Annotated[Slug | None, Field(description="Of this clinic only")] = None
    kind: Annotated[str | None, Field(max_length=40, description="Of this type only")] = None
    state: Annotated[State | None, Field(description="In this state only")] = None


@dataclass(frozen=True, slots=True)
class Story:
    """A request, what has happened to it, and its clinic."""

    whole: views.Whole
    timeline: views.Timeline
    clinic: ClinicStanding


class PatientRequests:
    """Shows a patient their own requests; a type without a public timeline is not shown at all (REC-3)."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting, self._onwards = services, Noting(services), Onwards(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"patient"))
        shown = {kind for kind, workflow in services.catalogue.items() if workflow.public_timeline}
        self._acts = {kind: Acts(workflow) for kind, workflow in services.catalogue.items()}
        self._kinds, self._hidden = sorted(shown), tuple(services.catalogue.keys() - shown)

    @contract(summary="List my requests", audience="patient", query=Filters, out=Page[views.Summary])
    def find(self, call: Call, resp: falcon.Response, *, query: Filters) -> Page[views.Summary]:
        """Answer one page, newest first, and note the look."""
        patient, services, language = call.caller(Patient), self._services, in_language(call, resp)
        if query.kind is not None and query.kind not in self._kinds:
            raise InvalidQueryError((Fault("kind", "enum", {"expected": ", ".join(self._kinds)}),))
        scope = f"requests:{patient.person}:{query.clinic}:{query.kind}:{query.state}"
        wanted = Wanted(
            kind=query.kind,
            state=query.state,
            clinic=query.clinic,
            after=self._after(query.cursor, scope),
            limit=query.limit + 1,
            hidden=self._hidden,
        )
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, patient).page(wanted)
            self._noting.within(connection, seen(services, call, "patient.request.list"))
        page = found[: query.limit]
        return Page(
            items=tuple(
                views.Summary.model_validate(
                    {
                        **views.summary(each, services.catalogue, language),
                        **(views.KEPT_BACK if patient.held_at(each.clinic_id) else {}),
                    }
                )
                for each in page
            ),
            next_cursor=self._cursors.seal(_position(page[-1]), scope) if len(found) > query.limit else None,
        )

    @contract(
        summary="Read a request",
        audience="patient",
        out=views.Whole,
        errors=(NotFoundError,),
        description="Looking is not reading: say what was read by `POST /v1/messages/read`.",
    )
    def read(self, call: Call, resp: falcon.Response, *, request: UUID) -> views.Whole:
        """Answer the request with its words, and note the look."""
        language = in_language(call, resp)
        with self._looking(call, request, "patient.request.read") as (connection, found):
            standing = look(connection, self._services.keyring, request)
            return self._whole(connection, call, found, standing, language)

    def story(self, call: Call, resp: falcon.Response, request: UUID) -> Story:
        """Return what `read` and `timeline` answer, as one look.

        Raises:
            NotFoundError: as they do.
        """
        language = in_language(call, resp)
        with self._looking(call, request, "patient.request.read") as (connection, found):
            standing = look(connection, self._services.keyring, request)
            whole = self._whole(connection, call, found, standing, language)
            return Story(whole, self._timeline(connection, call, found, language), standing.clinic)

    def _whole(
        self, connection: Connection, call: Call, found: Found, standing: Standing, language: Language
    ) -> views.Whole:
        services, request = self._services, found.id
        standing = replace(standing, channel=call.caller(Patient).channel)
        workflow, settings = services.catalogue[found.kind], standing.clinic.settings
        words = spoken(connection, workflow, request, standing.key)
        holder, now = holder_of(services.keyring, found.person, found.clinic_id), services.clock()
        offered = offered_times(connection, found.clinic_id, words, holder, now)
        actions = possibilities(connection, services.ledger, self._acts[found.kind], standing, language)
        medicines = self._items(connection, standing, words, language)
        return views.Whole.model_validate(
            views.summary(found, services.catalogue, language)
            | {
                "cancel_before": found.slot_start and last_moment_to_cancel(found.slot_start, settings.cancel_hours),
                "phone": settings.phone,
                "reference": found.reference,
                "messages": tuple(views.message(each) for each in words),
                "items": medicines,
                "offered": tuple(views.OfferedTime.model_validate(each) for each in offered),
                "actions": actions,
            },
        )

    @contract(
        summary="Read what has happened to a request", audience="patient", out=views.Timeline, errors=(NotFoundError,)
    )
    def timeline(self, call: Call, resp: falcon.Response, *, request: UUID) -> views.Timeline:
        """Answer the history in words, and note the look."""
        with self._looking(call, request, "patient.request.read") as (connection, found):
            return self._timeline(connection, call, found, in_language(call, resp))

    def _timeline(self, connection: Connection, call: Call, found: Found, language: Language) -> views.Timeline:
        rows = Requests(connection, self._services.keyring, call.caller(Patient)).history(found.id)
        return views.timeline(found, rows, readings_of(connection, found.id), language)

    @contract(summary="Read who has seen a request", audience="patient", out=views.Looks, errors=(NotFoundError,))
    def seen(self, call: Call, resp: falcon.Response, *, request: UUID) -> views.Looks:
        """Answer the access log of the request, and note the look."""
        with self._looking(call, request, "patient.access.read") as (connection, _):
            rows = access.accesses_of(connection, request, LONGEST_LOG)
        language = in_language(call, resp)
        return views.Looks(items=tuple(views.look(row, language) for row in rows))

    def _items(
        self, connection: Connection, standing: Standing, words: Iterable[Spoken], language: Language
    ) -> tuple[Item, ...]:
        """Return what became of each medicine of the request, with the way on where one needs to be seen first."""
        decided = Decided.of(words)
        if standing.person is None or not decided.wanted:
            return ()
        names = names_of(connection, standing.clinic.id, standing.person, standing.key, decided.wanted)
        caller = Caller(standing.person, standing.channel)
        onward = {
            kind: self._onwards.to(connection, standing.clinic, caller, kind, standing.practitioner)
            for kind in decided.leads_to()
        }
        return items(decided, standing.state, names, onward, language)

    @contextmanager
    def _looking(self, call: Call, request: UUID, act: str) -> Iterator[tuple[Connection, Found]]:
        """Give a transaction in which the patient's request was found; the look is noted in it (who, what, when).

        Raises:
            NotFoundError: it is not there, not theirs, or of a type that is not shown.
        """
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            found = Requests(connection, services.keyring, patient).one(request)
            if found.kind not in self._kinds:
                raise NotFoundError
            yield connection, found
            self._noting.within(connection, seen(services, call, act, found.clinic_id, request))

    def _after(self, cursor: str | None, scope: str) -> tuple[datetime, UUID] | None:
        if cursor is None:
            return None
        at, identifier = self._cursors.read(cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = {"request": "The request's id"}
        return [
            Route("GET", "/v1/requests", self.find, "patient.request.list"),
            Route("GET", _ONE, self.read, "patient.request.read", one),
            Route("GET", f"{_ONE}/timeline", self.timeline, "patient.request.read", one),
            Route("GET", f"{_ONE}/access", self.seen, "patient.access.read", one),
        ]


def _position(found: Found) -> tuple[str, str]:
    return found.created_at.isoformat(), str(found.id)
