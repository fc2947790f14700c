"""Writing to the clinic on the pages: what is asked first, the text, and a draft that is not lost."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contacts import Contact
from api.contract import HTML, Route, contract
from api.errors import RefusedError
from api.given import Services
from api.inputs import IdempotencyKeyMissingError, WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.pages.writing_desk import Desk, typed
from api.patient.drafts import CHANGE, READ, Drafts, Typed
from api.patient.submissions import Accepted, Submitting
from api.shapes import SUBMIT
from identity.outcomes import ContentHeldError, KeyReusedError, NotFoundError, VersionMismatchError
from storage.first_words import first_step
from workflows.content import Content

LARGEST_LETTER = 256 * 1024  # bytes of a form: 5,000 characters, each percent-encoded, and the answers
_UNPROCESSABLE, _PRECONDITION = 422, 412
_DIGITS = 10
_ERRORS = (NotFoundError, ContentHeldError, WrongMediaTypeError, IdempotencyKeyMissingError)


class Wanted(BaseModel):
    """The conversation that one wants to write in; none for a new one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    thread: Annotated[UUID | None, Field(description="The conversation")] = None


class WritingPages:
    """Shows what to know before writing, keeps what is typed, and sends it."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._kind, _ = first_step(services.catalogue)
        self._shape = services.catalogue[self._kind].shape(SUBMIT) or Content
        self._desk, self._drafts, self._submitting = Desk(services), Drafts(services), Submitting(services)

    @contract(
        summary="See what to know before writing, and the draft",
        audience="pages",
        produces=HTML,
        query=Wanted,
        errors=(NotFoundError, ContentHeldError),
    )
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, query: Wanted) -> None:
        """Answer the form, with what was kept of it."""
        self._show(call, resp, slug, None, str(query.thread or ""))

    @contract(
        summary="Write to the clinic",
        audience="pages",
        produces=HTML,
        also={
            303: "Sent",
            409: "It stands otherwise now",
            422: "Something is missing, a rule refuses, or a warning sign says to phone",
        },
        headers={"Location": "The conversation or the request"},
        errors=_ERRORS,
        largest_body=LARGEST_LETTER,
    )
    def send(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Send it as the door does; what was typed is kept until it is sent."""
        form, accepted, contact = form_of(call), None, None
        thread = form.typed("thread")
        if form.typed("do") == "change":
            self._show(call, resp, slug, form, thread)
            return
        with telling(form, call.language):
            try:
                accepted = self._take(call, resp, slug, form)
            except RefusedError as error:
                contact = error.contact
                raise
            except KeyReusedError as error:
                refuse(form, error, _UNPROCESSABLE, call.language)
                form.values = {**form.values, "key": ()}
        if accepted is not None:
            go(resp, f"/{slug}/threads/{thread}" if thread else f"/{slug}/requests/{accepted.id}")
        elif contact is not None:
            self._stop(call, resp, slug, form, contact)
        else:
            self._show(call, resp, slug, form, thread)

    def _take(self, call: Call, resp: falcon.Response, slug: str, form: Form) -> Accepted:
        """Hand the form to the door; the draft goes with it, unless it belongs to another conversation."""
        said = {name: True for name in ("notice_under_15", "despite_unanswered") if form.typed(name) == "yes"}
        body = shaped(self._shape, typed(form) | said)
        draft = None if form.typed("elsewhere") else _version(form) or None
        return self._submitting.take(call, resp, slug, self._kind, body, draft)

    @contract(
        summary="Keep a draft",
        audience="pages",
        produces=HTML,
        also={303: "Thrown away", 412: "Something else was kept meanwhile", 422: "It is too large"},
        headers={"Location": "The empty form"},
        errors=_ERRORS,
        largest_body=LARGEST_LETTER,
    )
    def keep(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Keep what is typed, or throw the draft away; a page that keeps by itself is answered what it keeps now."""
        form = form_of(call)
        thread = form.typed("thread")
        if form.typed("do") == "discard":
            with suppress(NotFoundError):
                self._drafts.remove(call, resp, slug=slug, about=self._kind)
            go(resp, f"/{slug}/{self._kind}/new" + (f"?thread={quote(thread)}" if thread else ""))
            return
        content = typed(form)
        form.values = {**form.values, "files": content.get("files", ())}
        with telling(form, call.language):
            try:
                self._drafts.keep(call, slug, self._kind, Typed(content=content), _version(form))
            except VersionMismatchError as error:
                refuse(form, error, _PRECONDITION, call.language)
        self._show(call, resp, slug, form, thread, kept=not form.wrong)

    def _show(
        self, call: Call, resp: falcon.Response, slug: str, form: Form | None, thread: str, *, kept: bool = False
    ) -> None:
        with self._services.database.writing() as connection:
            laid = self._desk.lay(connection, call, slug, thread)
        version = laid.version if form is None or kept else _version(form)
        form = laid.form() if form is None else form
        resp.status = form.status
        shown = {
            **self._visits.of(call, laid.clinic).shown,
            "laid": laid,
            "form": form,
            "thread": thread,
            "kept": kept,
            "version": version,
        }
        key = form.typed("key") or str(self._services.new_id())
        self._rendering.write(call, resp, "writing.html", **shown, kind=self._kind, key=key)

    def _stop(self, call: Call, resp: falcon.Response, slug: str, form: Form, contact: Contact) -> None:
        """Say whom to phone now; what was typed can be gone back to."""
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        resp.status = form.status
        self._rendering.write(call, resp, "stop.html", **visit.shown, form=form, contact=contact, kind=self._kind)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        new = f"/{{slug}}/{self._kind}/new"
        return [
            Route("GET", new, self.ask, READ, CLINIC),
            Route("POST", new, self.send, "patient.request.submit", CLINIC),
            Route("POST", f"/{{slug}}/{self._kind}/draft", self.keep, CHANGE, CLINIC),
        ]


def _version(form: Form) -> int:
    """Return the draft's version that the form was made with; 0 for none."""
    version = form.typed("draft")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < _DIGITS else 0
