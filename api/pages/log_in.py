"""Logging in on the pages: CPR number and password, then a code; and out again."""

from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import HTML, Route, contract
from api.errors import RefusedError
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go, is_own
from api.patient.session import Claim, Code, Session
from identity.outcomes import ForbiddenError, NotFoundError, TooManyRequestsError, UnauthenticatedError

LARGEST_FORM = 8 * 1024
_FORM_ERRORS = (NotFoundError, WrongMediaTypeError, TooManyRequestsError, ForbiddenError)


class Back(BaseModel):
    """The page that one wanted to see."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    next: Annotated[str, Field(max_length=500)] = ""


class LogInPages:
    """Shows the two steps of a log-in, and takes them through the same door as everybody else."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits
        self._session = Session(services)

    @contract(summary="See the log-in form", audience="pages", produces=HTML, query=Back, errors=(NotFoundError,))
    def ask(self, call: Call, resp: falcon.Response, *, slug: str, query: Back) -> None:
        """Answer the first form."""
        self._show(call, resp, slug, "log_in.html", Form({"next": (query.next,)}))

    @contract(
        summary="Send number and password",
        audience="pages",
        produces=HTML,
        also={422: "Something is missing or cannot be"},
        errors=_FORM_ERRORS,
        largest_body=LARGEST_FORM,
    )
    def begin(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Take the first factor; the next form is the same for everybody."""
        form, attempt = form_of(call), None
        with telling(form, call.language):
            claim = shaped(Claim, {"clinic": slug, "cpr": form.typed("cpr"), "password": form.typed("password")})
            attempt = self._session.begin(call, resp, body=claim).attempt
        if attempt is None:
            self._show(call, resp, slug, "log_in.html", form)
        else:
            self._show(call, resp, slug, "code.html", Form({"next": (form.typed("next"),)}), attempt=attempt)

    @contract(
        summary="Send the code",
        audience="pages",
        produces=HTML,
        also={303: "Logged in", 401: "The code does not fit", 422: "The code cannot be"},
        headers={"Location": "The page one wanted to see", "Set-Cookie": "The log-in"},
        errors=_FORM_ERRORS,
        largest_body=LARGEST_FORM,
    )
    def complete(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Take the second factor, keep the log-in in the browser, and go where one wanted to go."""
        form = form_of(call)
        attempt, done = form.typed("attempt"), False
        with telling(form, call.language):
            try:
                code = shaped(Code, {"attempt": attempt, "code": form.typed("code").strip(), "keep": "cookie"})
                self._session.complete(call, resp, body=code)
                done = True
            except UnauthenticatedError as error:
                refuse(form, error, 401, call.language, "code")
        if done:
            wanted = form.typed("next")
            go(resp, wanted if is_own(slug, wanted) else f"/{slug}")
        else:
            self._show(call, resp, slug, "code.html", form, attempt=_id_or_none(attempt))

    @contract(
        summary="Log out",
        audience="pages",
        produces=HTML,
        status=303,
        headers={"Location": "The clinic's front page", "Set-Cookie": "Ends the log-in"},
        errors=(NotFoundError, RefusedError),
        largest_body=LARGEST_FORM,
    )
    def end(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """End the log-in of this browser."""
        self._session.end(call, resp)
        go(resp, f"/{slug}")

    def _show(self, call: Call, resp: falcon.Response, slug: str, template: str, form: Form, **shown: object) -> None:
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        resp.status = form.status
        has_mitid = self._services.mitid is not None
        self._rendering.write(call, resp, template, **visit.shown, form=form, has_mitid=has_mitid, **shown)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/log-in", self.ask, "public", CLINIC),
            Route("POST", "/{slug}/log-in", self.begin, "public", CLINIC),
            Route("POST", "/{slug}/log-in/code", self.complete, "public", CLINIC),
            Route("POST", "/{slug}/log-out", self.end, "patient.session.end", CLINIC),
        ]


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
