"""Joining the waiting list: what for, with whom, and which days and parts of the day would do."""

from typing import Any

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import InvalidQueryError, WrongMediaTypeError
from api.pages.book import LARGEST_FORM
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.pages.walk import Walk
from api.patient.periods import Wanted
from api.patient.slots import Slots
from api.patient.submissions import Submitting
from identity.outcomes import KeyReusedError, NotFoundError
from workflows.waiting_words import WHOLE_DAY, Join
from workflows.working_days import local_day

_WRONG = 422
_MEMBERS = ("reason", "practitioner", "first_day", "last_day", "instead_of")


class WaitingPages:
    """Shows the form and takes it."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._slots, self._submitting = Slots(services), Submitting(services)

    @contract(
        summary="See the form of the waiting list",
        audience="pages",
        produces=HTML,
        query=Walk,
        errors=(NotFoundError, InvalidQueryError),
    )
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, query: Walk) -> None:
        """Answer the form with what has been chosen already."""
        chosen = {name: (value,) for name, value in query.chosen.items()}
        today = local_day(self._services.clock())
        self._show(call, resp, slug, Form({"first_day": (str(today),), "parts_of_day": WHOLE_DAY, **chosen}))

    @contract(
        summary="Join the waiting list",
        audience="pages",
        produces=HTML,
        also={303: "Sent to the clinic", 409: "Not as things stand", 422: "Something is missing or cannot be"},
        headers={"Location": "The patient's appointments"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def join(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Send the wish; a second click sends nothing again."""
        form, made = form_of(call), None
        members: dict[str, Any] = {name: form.typed(name) for name in _MEMBERS}
        members["parts_of_day"] = list(form.chosen("parts_of_day"))
        with telling(form, call.language):
            try:
                made = self._submitting.take(call, resp, slug, "waiting", shaped(Join, members))
            except KeyReusedError as error:
                refuse(form, error, _WRONG, call.language)
        if made is None:
            self._show(call, resp, slug, form)
        else:
            go(resp, f"/{slug}/booking/{made.id}")

    def _show(self, call: Call, resp: falcon.Response, slug: str, form: Form) -> None:
        today = Wanted(day=str(local_day(self._services.clock())))
        looked = self._slots.look(call, resp, slug, today)
        visit = self._visits.of(call, looked.clinic)
        resp.status = form.status
        shown = {"choices": looked.choices, "waiting": looked.waiting, "key": self._services.new_id()}
        self._rendering.write(call, resp, "waiting_join.html", **visit.shown, **shown, form=form)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/booking/wait", self.ask, "patient.slot.read", CLINIC),
            Route("POST", "/{slug}/booking/wait", self.join, "patient.request.submit", CLINIC),
        ]
