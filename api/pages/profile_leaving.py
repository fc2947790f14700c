"""Leaving on pages: the clinic, or the portal, said twice over (ACC-13)."""

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.forms import Form, form_of, shaped, telling
from api.pages.framed import LARGEST_FORM, Framed
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits
from api.patient.leaving import Confirmation, LeavingDoors
from identity.outcomes import NotFoundError
from identity.subject import Anyone

_CLINIC, _USER = "patient.clinic.leave", "patient.me.leave"


class LeavingPages(Framed):
    """Says what leaving means, asks whether it is meant, and does it."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        super().__init__(services, rendering, visits)
        self._leaving = LeavingDoors(services)

    @contract(summary="See what leaving the clinic means", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask_clinic(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the form."""
        self._show(call, resp, slug, "leave.html", Form(), whole=False)

    @contract(summary="See what deleting my user means", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask_user(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the form."""
        self._show(call, resp, slug, "leave.html", Form(), whole=True)

    @contract(
        summary="Leave the clinic",
        audience="pages",
        produces=HTML,
        also={422: "It was not said that it is meant"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def leave_clinic(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """End the membership, and say what stays."""
        form = form_of(call)
        with telling(form, call.language):
            left = self._leaving.clinic(call, resp, slug=slug, body=_confirmed(form))
            self._show(call, resp, slug, "left.html", form, whole=False, staying=len(left.staying))
            return
        self._show(call, resp, slug, "leave.html", form, whole=False)

    @contract(
        summary="Delete my user",
        audience="pages",
        produces=HTML,
        also={422: "It was not said that it is meant"},
        headers={"Set-Cookie": "Ends the log-in"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def leave_portal(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """End the user, and say what stays; nobody is logged in any more."""
        form = form_of(call)
        with telling(form, call.language):
            left = self._leaving.portal(call, resp, body=_confirmed(form))
            call.principal = Anyone()
            self._show(call, resp, slug, "left.html", form, whole=True, staying=len(left.staying))
            return
        self._show(call, resp, slug, "leave.html", form, whole=True)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/profile/leave", self.ask_clinic, _CLINIC, CLINIC),
            Route("POST", "/{slug}/profile/leave", self.leave_clinic, _CLINIC, CLINIC),
            Route("GET", "/{slug}/profile/delete", self.ask_user, _USER, CLINIC),
            Route("POST", "/{slug}/profile/delete", self.leave_portal, _USER, CLINIC),
        ]


def _confirmed(form: Form) -> Confirmation:
    return shaped(Confirmation, {"confirm": form.typed("confirm") == "yes"})
