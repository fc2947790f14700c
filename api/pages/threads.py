"""A patient's conversations on the pages: the list, one of them, and saying that it was read."""

from uuid import UUID

import falcon
from pydantic import ConfigDict

from api.call import Call
from api.contract import HTML, Route, contract
from api.cursor import Paging
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.forms import form_of, shaped
from api.pages.front import CLINIC
from api.pages.log_in import LARGEST_FORM
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.threads import LIST, MARK, READ, ThreadDoors, ThreadFilters, WhatWasRead
from identity.outcomes import ContentHeldError, NotFoundError
from storage.first_words import first_step

_THREAD = CLINIC | {"thread": "The conversation's id"}


class Further(Paging):
    """Where the page before ended."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ThreadPages:
    """Shows conversations; a look marks nothing as read."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._rendering, self._visits = rendering, visits
        self._doors = ThreadDoors(services)
        self._kind, _ = first_step(services.catalogue)

    @contract(
        summary="See my conversations",
        audience="pages",
        produces=HTML,
        query=Further,
        errors=(NotFoundError, ContentHeldError),
    )
    def find(self, call: Call, resp: falcon.Response, *, slug: str, query: Further) -> None:
        """Answer one page of them, and whether a new one can be begun."""
        wanted = ThreadFilters(clinic=slug, cursor=query.cursor, limit=query.limit)
        page, places = self._doors.listed(call, resp, wanted, slug)
        place = places[slug]
        shown = {**self._visits.of(call, place.clinic).shown, "page": page, "first": query.cursor is None}
        service = self._doors.service(place, call.language)
        self._rendering.write(call, resp, "threads.html", **shown, service=service)

    @contract(
        summary="See a conversation",
        audience="pages",
        produces=HTML,
        query=Further,
        errors=(NotFoundError, ContentHeldError),
    )
    def read(self, call: Call, resp: falcon.Response, *, slug: str, thread: UUID, query: Further) -> None:
        """Answer its newest messages, or those before; a conversation with another clinic is not here."""
        whole, clinic = self._doors.opened(call, resp, thread, query)
        if whole.clinic != slug:
            raise NotFoundError
        unread = [each.id for each in whole.messages if each.author == "clinic" and each.read_at is None]
        shown = {
            **self._visits.of(call, clinic).shown,
            "thread": whole,
            "unread": unread,
            "first": query.cursor is None,
        }
        self._rendering.write(call, resp, "thread.html", **shown)

    @contract(
        summary="Say what was read of a conversation",
        audience="pages",
        produces=HTML,
        status=303,
        headers={"Location": "The conversation"},
        errors=(NotFoundError, ContentHeldError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def mark(self, call: Call, resp: falcon.Response, *, slug: str, thread: UUID) -> None:
        """Mark exactly the messages that the page showed."""
        form = form_of(call)
        self._doors.mark(call, resp, body=shaped(WhatWasRead, {"messages": form.chosen("message")}))
        go(resp, f"/{slug}/threads/{thread}")

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", f"/{{slug}}/{self._kind}", self.find, LIST, CLINIC),
            Route("GET", "/{slug}/threads/{thread:uuid}", self.read, READ, _THREAD),
            Route("POST", "/{slug}/threads/{thread:uuid}/read", self.mark, MARK, _THREAD),
        ]
