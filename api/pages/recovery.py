"""The page behind a recovery link: choose a new password."""

from collections.abc import Mapping
from types import MappingProxyType

import falcon

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import InvalidBodyError, WrongMediaTypeError
from api.pages.link_page import FOLDER, FORM, LARGEST_FORM, Form, LinkPage, Told, told, typed
from api.patient.recovering import Recovering
from api.throttle import Throttle
from identity.outcomes import NotFoundError, TooManyRequestsError
from workflows.vocabulary import Say

_MEDIA = {"recovery.js": "text/javascript", "recovery.css": "text/css"}
_WEAK = 422
_DONE = Say(
    "Adgangskoden er skiftet. Du kan nu logge ind med den nye. Logger du ind med kode på mail, er dine beskeder lukket "
    "i et døgn, eller til klinikken har bekræftet, at det er dig. Med MitID kan du læse dem med det samme.",
    "The password is changed. You can now log in with the new one. If you log in with a code by mail, your messages "
    "are closed for a day, or until the clinic has confirmed that it is you. With MitID you can read them at once.",
)
WORDS: Mapping[str, Say] = MappingProxyType(
    {
        "title": Say("Vælg en ny adgangskode", "Choose a new password"),
        "explanation": Say(
            "Har du MitID, behøver du ingen adgangskode: log ind med MitID.",
            "If you have MitID, you need no password: log in with MitID.",
        ),
        "send": Say("Skift adgangskode", "Change password"),
    },
)


class RecoveryPage:
    """Shows the form and takes it."""

    def __init__(self, services: Services) -> None:
        self._recovering = Recovering(services)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)
        self._page = LinkPage(services, Form("recovery", WORDS, asks_password=True))
        self._files = {name: (FOLDER / name).read_bytes() for name in _MEDIA}

    @contract(summary="See the recovery form", audience="pages", produces="text/html", errors=(NotFoundError,))
    def show(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the empty form."""
        self._page.write(call, resp, slug, None)

    @contract(
        summary="Send the recovery form",
        audience="pages",
        produces="text/html",
        also={409: "The link does not hold", 422: "The link does not hold, or the password is too weak"},
        errors=(NotFoundError, WrongMediaTypeError, TooManyRequestsError),
        largest_body=LARGEST_FORM,
        description=f"A form ({FORM}) with `token` and `password`, as the page sends it.",
    )
    def take(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Use the link and say how it went."""
        self._throttle.knock(call)
        form = typed(call, ("token", "password"))
        try:
            refusal = self._recovering.use(call, slug, form["token"], form["password"])
        except InvalidBodyError as error:
            outcome = Told(error.faults[0].words[call.language], _WEAK)
        else:
            outcome = told(refusal, _DONE, call.language)
        self._page.write(call, resp, slug, outcome)

    @contract(
        summary="Read a file of the pages behind links",
        audience="pages",
        produces="text/plain",
        errors=(NotFoundError,),
    )
    def file(self, _call: Call, resp: falcon.Response, *, name: str) -> None:
        """Answer one of the pages' own files; no other can be named."""
        if name not in self._files:
            raise NotFoundError
        resp.data = self._files[name]
        resp.content_type = f"{_MEDIA[name]}; charset=utf-8"

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("GET", "/{slug}/recovery", self.show, "public", clinic),
            Route("POST", "/{slug}/recovery", self.take, "public", clinic),
            Route("GET", "/pages/{name}", self.file, "public", {"name": "The file's name"}),
        ]
