"""Conversations: the list, one of them, and saying which messages were read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call, Language
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.patient import thread_views as views
from api.patient.acting import seen
from api.patient.session import Slug
from api.patient.words import Possibility, in_language, possible, refused
from api.shapes import SUBMIT
from api.strict_json import Moment
from identity.outcomes import ContentHeldError, NotFoundError
from identity.subject import Patient
from storage.clinics import find_clinic
from storage.database import Connection
from storage.first_words import first_step
from storage.reading import mark_read
from storage.service_facts import Caller, services
from storage.standing import ClinicStanding
from storage.threads import Position, Thread, Threads
from workflows.acts import REPLY, START, Acts
from workflows.facts import Facts
from workflows.vocabulary import Rule, State

LIST, READ, MARK = "patient.thread.list", "patient.thread.read", "patient.message.read"
MOST_AT_ONCE = 100


class ThreadFilters(Paging):
    """Which of the patient's conversations."""

    clinic: Annotated[Slug | None, Field(description="Of this clinic only")] = None


class WhatWasRead(BaseModel):
    """The messages that were shown to the patient, by their ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    messages: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class NowRead(BaseModel):
    """A message, and when it was first read; null for one that the patient wrote."""

    id: UUID
    read_at: Moment | None


class MarkedRead(BaseModel):
    """The messages as they stand now."""

    messages: tuple[NowRead, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic, and the facts that decide whether the patient may write there."""

    clinic: ClinicStanding
    facts: Facts


class ThreadDoors:
    """Shows patients their own conversations."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"threads"))
        kind, _ = first_step(services.catalogue)
        self._workflow = services.catalogue[kind]
        submit = self._workflow.step(SUBMIT, State.DRAFT)
        self._hints = tuple(rule for rule in submit.only_if if rule.hint) if submit else ()
        self._acts = Acts(self._workflow)

    @contract(
        summary="List my conversations",
        audience="patient",
        query=ThreadFilters,
        out=Page[views.ThreadSummary],
        description="By their last message, the newest first.",
    )
    def find(self, call: Call, resp: falcon.Response, *, query: ThreadFilters) -> Page[views.ThreadSummary]:
        """Answer one page, and note the look."""
        return self.listed(call, resp, query)[0]

    def listed(
        self, call: Call, resp: falcon.Response, query: ThreadFilters, *beside: str
    ) -> tuple[Page[views.ThreadSummary], Mapping[str, Place]]:
        """Return what `find` answers, and the page's clinics and those named beside them.

        Raises:
            NotFoundError: there is no such clinic beside.
        """
        patient, language = call.caller(Patient), in_language(call, resp)
        scope = f"threads:{patient.person}:{query.clinic}"
        with self._services.database.writing() as connection:
            found = self._reader(connection, patient).page(
                query.clinic, self._after(query.cursor, scope), query.limit + 1
            )
            page = found[: query.limit]
            places = self._places(connection, patient, {*beside, *(thread.clinic for thread in page)})
            self._noting.within(connection, seen(self._services, call, LIST))
        shown = (self._summary(each, places[each.clinic].facts, language) for each in page)
        further = self._seal(page[-1].spoken_at, page[-1].newest, scope) if len(found) > query.limit else None
        items = tuple(views.ThreadSummary.model_validate(each) for each in shown)
        return Page(items=items, next_cursor=further), places

    def service(self, place: Place, language: Language) -> Possibility:
        """Return whether the patient may begin a conversation there, once told who can see it."""
        return possible(self._acts.refusal(START, replace(place.facts, notice_seen=True)), language)

    @contract(
        summary="Read a conversation",
        audience="patient",
        query=Paging,
        out=views.ThreadWhole,
        errors=(NotFoundError, ContentHeldError),
        description="Looking is not reading: say what was read by `POST /v1/messages/read`.",
    )
    def read(self, call: Call, resp: falcon.Response, *, thread: UUID, query: Paging) -> views.ThreadWhole:
        """Answer the newest messages, or those before a cursor, and note the look."""
        return self.opened(call, resp, thread, query)[0]

    def opened(
        self, call: Call, resp: falcon.Response, thread: UUID, query: Paging
    ) -> tuple[views.ThreadWhole, ClinicStanding]:
        """Return what `read` answers, and the clinic.

        Raises:
            NotFoundError: as it does.
        """
        patient, language = call.caller(Patient), in_language(call, resp)
        scope = f"thread:{patient.person}:{thread}"
        with self._services.database.writing() as connection:
            reader = self._reader(connection, patient)
            found = reader.one(thread)
            lines = reader.lines(thread, self._after(query.cursor, scope), query.limit + 1)
            page = lines[: query.limit]
            place = self._places(connection, patient, {found.clinic})[found.clinic]
            self._noting.within(connection, seen(self._services, call, READ, found.clinic_id, found.newest))
        last = page[-1].spoken if page else None
        whole = views.ThreadWhole.model_validate(
            self._summary(found, place.facts, language)
            | {
                "requests": tuple(views.case(each, language) for each in found.cases),
                "messages": views.messages(page, from_the_newest=query.cursor is None),
                "next_cursor": self._seal(last.at, last.id, scope) if last and len(lines) > query.limit else None,
            }
        )
        return whole, place.clinic

    @contract(
        summary="Say that messages were read",
        audience="patient",
        body=WhatWasRead,
        out=MarkedRead,
        errors=(NotFoundError, ContentHeldError),
        description="Name exactly what was shown. The first time counts; the clinic sees when it was.",
    )
    def mark(self, call: Call, _resp: falcon.Response, *, body: WhatWasRead) -> MarkedRead:
        """Note what was read, tell the clinics, and note the act for each request."""
        given, patient = self._services, call.caller(Patient)
        with given.database.writing() as connection:
            read = mark_read(connection, patient, body.messages, given.new_id, given.clock())
            for clinic, request in sorted({(each.clinic, each.request) for each in read}):
                self._noting.within(connection, seen(given, call, MARK, clinic, request))
        return MarkedRead(messages=tuple(NowRead(id=each.id, read_at=each.read_at) for each in read))

    def _reader(self, connection: Connection, patient: Patient) -> Threads:
        return Threads(connection, self._services.keyring, patient, self._workflow)

    def _places(self, connection: Connection, patient: Patient, slugs: Iterable[str]) -> Mapping[str, Place]:
        """Return each clinic, and what says whether the patient may write there at all."""
        given, kind = self._services, self._workflow.kind
        caller, now = Caller(patient.person, patient.channel), given.clock()
        found = {slug: find_clinic(connection, slug) for slug in sorted(slugs)}
        return {
            slug: Place(clinic, services(connection, given.keyring, clinic, caller, [kind], now)[kind])
            for slug, clinic in found.items()
        }

    def _summary(self, thread: Thread, facts: Facts, language: Language) -> dict[str, object]:
        here = replace(facts, thread_closed=thread.is_closed, thread_unanswered=thread.is_unanswered)
        reply = possible(self._acts.refusal(REPLY, here), language)
        return views.summary(thread, reply, _hints(self._hints, here, language) if reply.allowed else ())

    def _after(self, cursor: str | None, scope: str) -> Position | None:
        if cursor is None:
            return None
        at, identifier = self._cursors.read(cursor, scope)
        return datetime.fromisoformat(str(at)), UUID(str(identifier))

    def _seal(self, at: datetime, identifier: UUID, scope: str) -> str:
        return self._cursors.seal((at.isoformat(), str(identifier)), scope)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/threads", self.find, LIST),
            Route("GET", "/v1/threads/{thread:uuid}", self.read, READ, {"thread": "The conversation's id"}),
            Route("POST", "/v1/messages/read", self.mark, MARK),
        ]


def _hints(rules: Sequence[Rule], facts: Facts, language: Language) -> tuple[Possibility, ...]:
    return tuple(refused(rule, language) for rule in rules if not rule.holds(facts))
