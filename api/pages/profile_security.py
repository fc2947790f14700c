"""The profile's ways in and looks: the password, the log-ins that stand, and who has seen what is mine."""

from uuid import UUID

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.cursor import Paging
from api.given import Services
from api.inputs import InvalidBodyError, WrongMediaTypeError
from api.pages.forms import Form, form_of, shaped, telling
from api.pages.framed import LARGEST_FORM, Framed, Told
from api.pages.front import CLINIC
from api.pages.look_words import outcome_words, what_words
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.accesses import Accesses
from api.patient.log_ins import END, READ, LogInDoors
from api.patient.password import CHANGE, NewPassword, OwnPassword
from identity.outcomes import NotFoundError, TooManyRequestsError
from identity.subject import Patient

_OWN_WORD = "/{slug}/profile/password"
_LOG_INS = "/{slug}/profile/log-ins"


class Shelf(Paging, Told):
    """Which part of a list, and what has just come of a form."""


class SecurityPages(Framed):
    """Changes the password, ends log-ins, and shows the access log."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        super().__init__(services, rendering, visits)
        self._password, self._log_ins, self._accesses = OwnPassword(services), LogInDoors(services), Accesses(services)

    @contract(summary="See the password form", audience="pages", produces=HTML, errors=(NotFoundError,))
    def ask_password(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the form; after a one-time password it does not ask for that one again."""
        self._show(call, resp, slug, "password.html", Form(), must_choose=call.caller(Patient).must_choose)

    @contract(
        summary="Choose another password",
        audience="pages",
        produces=HTML,
        status=303,
        also={422: "A password is wrong or too weak"},
        headers={"Location": "The profile"},
        errors=(NotFoundError, WrongMediaTypeError, TooManyRequestsError),
        largest_body=LARGEST_FORM,
    )
    def change_password(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Set the password."""
        form = form_of(call)
        with telling(form, call.language):
            typed = {name: form.typed(name) for name in ("current", "password")}
            self._password.change(call, resp, body=shaped(NewPassword, typed))
            go(resp, f"/{slug}/profile?told=password")
            return
        self._show(call, resp, slug, "password.html", form, must_choose=call.caller(Patient).must_choose)

    @contract(summary="See my log-ins", audience="pages", produces=HTML, query=Shelf, errors=(NotFoundError,))
    def find_log_ins(self, call: Call, resp: falcon.Response, *, slug: str, query: Shelf) -> None:
        """Answer one page of the log-ins that stand."""
        page = self._log_ins.find(call, resp, query=query)
        self._show(call, resp, slug, "log_ins.html", Form(), page=page, told=query.told)

    @contract(
        summary="End one of my log-ins",
        audience="pages",
        produces=HTML,
        status=303,
        headers={"Location": "The list, or the front page where it was this one"},
        errors=(NotFoundError,),
        largest_body=LARGEST_FORM,
    )
    def end_log_in(self, call: Call, resp: falcon.Response, *, slug: str, log_in: UUID) -> None:
        """End it; this one is logged out of."""
        self._log_ins.end(call, resp, log_in=log_in)
        own = log_in == call.caller(Patient).log_in
        go(resp, f"/{slug}" if own else f"/{slug}/profile/log-ins?told=ended")

    @contract(
        summary="End all my other log-ins",
        audience="pages",
        produces=HTML,
        status=303,
        headers={"Location": "The list"},
        largest_body=LARGEST_FORM,
    )
    def end_others(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """End all but this one."""
        self._log_ins.end_others(call, resp)
        go(resp, f"/{slug}/profile/log-ins?told=ended")

    @contract(
        summary="See who has looked at what is mine",
        audience="pages",
        produces=HTML,
        query=Paging,
        errors=(NotFoundError, InvalidBodyError),
    )
    def find_accesses(self, call: Call, resp: falcon.Response, *, slug: str, query: Paging) -> None:
        """Answer one page of the access log, newest first, in words."""
        page = self._accesses.find(call, resp, query=query)
        language = call.language
        rows = [(row, what_words(row.act, language), outcome_words(row.outcome, language)) for row in page.items]
        self._show(call, resp, slug, "accesses.html", Form(), rows=rows, next_cursor=page.next_cursor)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = CLINIC | {"log_in": "The log-in's id"}
        return [
            Route("GET", _OWN_WORD, self.ask_password, CHANGE, CLINIC),
            Route("POST", _OWN_WORD, self.change_password, CHANGE, CLINIC),
            Route("GET", _LOG_INS, self.find_log_ins, READ, CLINIC),
            Route("POST", f"{_LOG_INS}/end-others", self.end_others, END, CLINIC),
            Route("POST", f"{_LOG_INS}/{{log_in:uuid}}/end", self.end_log_in, END, one),
            Route("GET", "/{slug}/profile/accesses", self.find_accesses, "patient.access.read", CLINIC),
        ]
