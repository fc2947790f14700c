"""Auditors and operators log in on the pages, by the token of their grant and a code of its app; and out again."""

from typing import Annotated

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import LANGUAGE_COOKIE, Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.granted import GrantAndCode, Granted
from api.inputs import WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.front import YEAR, Chosen
from api.pages.granted import Area, Frames
from api.pages.visits import go
from identity.outcomes import ForbiddenError, TooManyRequestsError, UnauthenticatedError

_LARGEST_FORM = 8 * 1024
_WRONG = 401


class Next(BaseModel):
    """The page that one wanted to see."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    next: Annotated[str, Field(max_length=2000)] = ""


class GrantLogInPages:
    """The way into one area and out of it."""

    def __init__(self, services: Services, frames: Frames, area: Area) -> None:
        self._frames, self._area, self._granted = frames, area, Granted(services, area.who)

    @contract(summary="See the log-in form of a grant", audience="pages", produces=HTML, query=Next)
    def ask(self, call: Call, resp: falcon.Response, *, query: Next) -> None:
        """Answer the form."""
        self._show(call, resp, Form({"next": (query.next,)}))

    @contract(
        summary="Log in by a grant",
        audience="pages",
        produces=HTML,
        also={303: "Logged in", 401: "The grant or the code does not fit", 422: "One of them cannot be"},
        headers={"Location": "The page one wanted to see", "Set-Cookie": "The log-in"},
        errors=(WrongMediaTypeError, TooManyRequestsError, ForbiddenError),
        largest_body=_LARGEST_FORM,
    )
    def begin(self, call: Call, resp: falcon.Response) -> None:
        """Take both factors, keep the log-in in the browser, and go where one wanted to go."""
        form, done = form_of(call), False
        with telling(form, call.language):
            members = {name: form.typed(name).strip() for name in ("token", "code")}
            try:
                self._granted.keep(call, resp, shaped(GrantAndCode, members))
                done = True
            except UnauthenticatedError as error:
                refuse(form, error, _WRONG, call.language, "code")
        if done:
            wanted = form.typed("next")
            go(resp, wanted if self._area.holds(wanted) else self._area.home)
        else:
            self._show(call, resp, form)

    @contract(
        summary="Log out of a grant",
        audience="pages",
        produces=HTML,
        status=303,
        headers={"Location": "Where the area begins", "Set-Cookie": "Ends the log-in"},
        largest_body=_LARGEST_FORM,
    )
    def end(self, call: Call, resp: falcon.Response) -> None:
        """End the log-in of this browser."""
        self._granted.end(call, resp)
        go(resp, self._area.home)

    @contract(
        summary="Choose the language of a grant's pages",
        audience="pages",
        produces=HTML,
        query=Chosen,
        status=303,
        headers={"Location": "The page one came from", "Set-Cookie": "The language"},
    )
    def choose(self, _call: Call, resp: falcon.Response, *, query: Chosen) -> None:
        """Remember the language in this browser, and go back."""
        kept = {"max_age": YEAR, "path": "/", "secure": True, "http_only": True, "same_site": "Lax"}
        resp.set_cookie(LANGUAGE_COOKIE, query.to, **kept)  # type: ignore[arg-type]
        go(resp, query.back if self._area.holds(query.back) else self._area.home)

    def _show(self, call: Call, resp: falcon.Response, form: Form) -> None:
        resp.status = form.status
        self._frames.write(call, resp, self._area, "grant_log_in.html", form=form)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        home, who = self._area.home, self._area.who
        return [
            Route("GET", f"{home}/log-in", self.ask, "public"),
            Route("POST", f"{home}/log-in", self.begin, "public"),
            Route("POST", f"{home}/log-out", self.end, f"{who}.session.end"),
            Route("GET", f"{home}/language", self.choose, "public"),
        ]
