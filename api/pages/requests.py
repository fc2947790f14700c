"""One request on the pages, of whatever type: where it stands, what has happened, and what can be done now."""

from collections.abc import Mapping
from uuid import UUID

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, telling
from api.pages.front import CLINIC
from api.pages.log_in import LARGEST_FORM
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.actions import Acting
from api.patient.requests import PatientRequests
from identity.outcomes import ContentHeldError, NotFoundError
from workflows.catalogue import Catalogue
from workflows.vocabulary import NotApplicableError, Role, State

_REQUEST = CLINIC | {"request": "The request's id"}
_NOTHING = b"{}"
_CONFLICT = 409


class RequestPages:
    """Shows a request, and does with it what needs no more words."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._rendering, self._visits = rendering, visits
        self._requests, self._acting = PatientRequests(services), Acting(services)
        self._wordless = _wordless(services.catalogue)

    @contract(summary="See a request", audience="pages", produces=HTML, errors=(NotFoundError, ContentHeldError))
    def read(self, call: Call, resp: falcon.Response, *, slug: str, request: UUID) -> None:
        """Answer it; a request to another clinic is not here."""
        self._show(call, resp, slug, request, Form())

    @contract(
        summary="Act on a request",
        audience="pages",
        produces=HTML,
        also={303: "Done", 409: "It stands otherwise now", 422: "A rule refuses"},
        headers={"Location": "The request as it stands now"},
        errors=(NotFoundError, ContentHeldError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def act(self, call: Call, resp: falcon.Response, *, slug: str, request: UUID, trigger: str) -> None:
        """Do it, and show what came of it; or show what refuses it."""
        form, done = form_of(call), None
        body = self._acting.bodies.unread(trigger, _NOTHING)
        with telling(form, call.language):
            try:
                done = self._acting.act(call, request, trigger, body)
            except NotApplicableError as error:
                refuse(form, error, _CONFLICT, call.language)
        if done is None:
            self._show(call, resp, slug, request, form)
        else:
            go(resp, f"/{slug}/requests/{done.id}")

    def _show(self, call: Call, resp: falcon.Response, slug: str, request: UUID, form: Form) -> None:
        story = self._requests.story(call, resp, request)
        if story.whole.clinic != slug:
            raise NotFoundError
        resp.status = form.status
        shown = {**self._visits.of(call, story.clinic).shown, "request": story.whole, "timeline": story.timeline}
        self._rendering.write(call, resp, "request.html", **shown, wordless=self._wordless[story.whole.kind], form=form)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        acting = _REQUEST | {"trigger": "What is done"}
        one = "/{slug}/requests/{request:uuid}"
        return [
            Route("GET", one, self.read, "patient.request.read", _REQUEST),
            Route("POST", f"{one}/{{trigger}}", self.act, "patient.request.change", acting),
        ]


def _wordless(catalogue: Catalogue) -> Mapping[str, frozenset[str]]:
    """Return, for each kind, what a patient can do with a request without writing or choosing anything."""
    return {
        kind: frozenset(
            step.trigger
            for step in workflow.steps
            if Role.PATIENT in step.by
            and step.source is not State.DRAFT
            and not any(member.is_required() for member in step.says.model_fields.values())
        )
        for kind, workflow in catalogue.items()
    }
