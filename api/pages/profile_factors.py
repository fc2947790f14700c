"""The profile's second factors: what one has, an authenticator app set up, one of them ended."""

from uuid import UUID

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.forms import Form, form_of, refuse, shaped, telling
from api.pages.framed import LARGEST_FORM, Framed, Told
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits, go
from api.patient.factor_changes import CHANGE
from api.patient.factors import READ, AppCode, Factors, NewApp, StartedApp
from identity.outcomes import AlreadyEnoughError, NotFoundError, UnauthenticatedError

_FACTORS = "/{slug}/profile/factors"
_NOT_FRESH, _ENOUGH = 401, 409


class FactorPages(Framed):
    """Lists and ends second factors, and sets up apps; a passkey is made in an app's or another page's script."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        super().__init__(services, rendering, visits)
        self._factors = Factors(services)

    @contract(summary="See my second factors", audience="pages", produces=HTML, query=Told, errors=(NotFoundError,))
    def read(self, call: Call, resp: falcon.Response, *, slug: str, query: Told) -> None:
        """Answer what is in force."""
        self._list(call, resp, slug, Form(), told=query.told)

    @contract(
        summary="Begin to set up an authenticator app",
        audience="pages",
        produces=HTML,
        also={401: "The log-in is too old", 409: "There are enough", 422: "Something is missing"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def start(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Show what the app needs, this once, and ask for its first code."""
        form, started = form_of(call), None
        try:
            started = self._started(call, resp, form)
        except UnauthenticatedError as error:
            refuse(form, error, _NOT_FRESH, call.language)
        except AlreadyEnoughError as error:
            refuse(form, error, _ENOUGH, call.language)
        if started is None:
            self._list(call, resp, slug, form)
        else:
            shown = {"factor": started.id, "secret": started.secret, "uri": started.uri}
            self._show(call, resp, slug, "app_code.html", Form(), **shown)

    def _started(self, call: Call, resp: falcon.Response, form: Form) -> StartedApp | None:
        with telling(form, call.language):
            return self._factors.start_app(call, resp, body=shaped(NewApp, {"label": form.typed("label").strip()}))
        return None

    @contract(
        summary="Put an authenticator app in force",
        audience="pages",
        produces=HTML,
        status=303,
        also={422: "The code does not fit"},
        headers={"Location": "The list"},
        errors=(NotFoundError, WrongMediaTypeError),
        largest_body=LARGEST_FORM,
    )
    def confirm(self, call: Call, resp: falcon.Response, *, slug: str, factor: UUID) -> None:
        """Take the app's first code; the form brings the secret along, so that it can be typed in once more."""
        form = form_of(call)
        with telling(form, call.language):
            code = shaped(AppCode, {"code": form.typed("code").strip().replace(" ", "")})
            self._factors.confirm_app(call, resp, factor=factor, body=code)
            go(resp, f"/{slug}/profile/factors?told=added")
            return
        shown = {"factor": factor, "secret": form.typed("secret"), "uri": ""}
        self._show(call, resp, slug, "app_code.html", form, **shown)

    @contract(
        summary="Remove one of my second factors",
        audience="pages",
        produces=HTML,
        status=303,
        also={401: "The log-in is too old"},
        headers={"Location": "The list"},
        errors=(NotFoundError,),
        largest_body=LARGEST_FORM,
    )
    def end(self, call: Call, resp: falcon.Response, *, slug: str, factor: UUID) -> None:
        """End one factor."""
        form = form_of(call)
        try:
            self._factors.end(call, resp, factor=factor)
        except UnauthenticatedError as error:
            refuse(form, error, _NOT_FRESH, call.language)
            self._list(call, resp, slug, form)
        else:
            go(resp, f"/{slug}/profile/factors?told=removed")

    def _list(self, call: Call, resp: falcon.Response, slug: str, form: Form, told: str | None = None) -> None:
        factors = self._factors.read(call, resp).factors
        self._show(call, resp, slug, "factors.html", form, factors=factors, told=told)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        one = CLINIC | {"factor": "The factor's id"}
        return [
            Route("GET", _FACTORS, self.read, READ, CLINIC),
            Route("POST", f"{_FACTORS}/app", self.start, CHANGE, CLINIC),
            Route("POST", f"{_FACTORS}/{{factor:uuid}}/code", self.confirm, CHANGE, one),
            Route("POST", f"{_FACTORS}/{{factor:uuid}}/end", self.end, CHANGE, one),
        ]
