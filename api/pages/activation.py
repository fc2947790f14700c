"""The page behind an activation link: choose a password and become a user."""

from collections.abc import Mapping
from types import MappingProxyType

import falcon

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import InvalidBodyError, WrongMediaTypeError
from api.pages.link_page import FORM, LARGEST_FORM, Form, LinkPage, Told, told, typed
from api.patient.activating import Activating
from api.throttle import Throttle
from identity.outcomes import NotFoundError, TooManyRequestsError
from workflows.vocabulary import Say

_WRONG = 422
_DONE = Say(
    "Du er nu bruger. Log ind med dit CPR-nummer og din adgangskode.",
    "You are now a user. Log in with your CPR number and your password.",
)
WORDS: Mapping[str, Say] = MappingProxyType(
    {
        "title": Say("Bliv bruger", "Become a user"),
        "explanation": Say(
            "Er du allerede bruger hos en anden klinik, så skriv den adgangskode, du har.",
            "If you are a user at another clinic already, type the password you have.",
        ),
        "password": Say("Adgangskode", "Password"),
        "send": Say("Bliv bruger", "Become a user"),
    },
)


class ActivationPage:
    """Shows the form and takes it."""

    def __init__(self, services: Services) -> None:
        self._activating = Activating(services)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)
        self._page = LinkPage(services, Form("activation", WORDS, asks_password=True))

    @contract(summary="See the activation form", audience="pages", produces="text/html", errors=(NotFoundError,))
    def show(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the empty form."""
        self._page.write(call, resp, slug, None)

    @contract(
        summary="Send the activation form",
        audience="pages",
        produces="text/html",
        also={409: "The link does not hold", 422: "The link does not hold, or the password does not"},
        errors=(NotFoundError, WrongMediaTypeError, TooManyRequestsError),
        largest_body=LARGEST_FORM,
        description=f"A form ({FORM}) with `token` and `password`, as the page sends it.",
    )
    def take(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Use the link and say how it went."""
        self._throttle.knock(call)
        form = typed(call, ("token", "password"))
        try:
            refusal = self._activating.use(call, slug, form["token"], form["password"])
        except InvalidBodyError as error:
            outcome = Told(error.faults[0].words[call.language], _WRONG)
        else:
            outcome = told(refusal, _DONE, call.language)
        self._page.write(call, resp, slug, outcome)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("GET", "/{slug}/activation", self.show, "public", clinic),
            Route("POST", "/{slug}/activation", self.take, "public", clinic),
        ]
