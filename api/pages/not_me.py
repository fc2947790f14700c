"""The page behind the link of the mail that tells of a new password: somebody else set it, so lock the account."""

from collections.abc import Mapping
from types import MappingProxyType

import falcon

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.inputs import WrongMediaTypeError
from api.pages.link_page import FORM, LARGEST_FORM, Form, LinkPage, told, typed
from api.patient.recovering import Recovering
from api.throttle import Throttle
from identity.outcomes import NotFoundError, TooManyRequestsError
from workflows.vocabulary import Say

_DONE = Say(
    "Adgangskoden er spærret, og alle er logget af. Ring til klinikken, eller log ind med MitID, for at åbne igen.",
    "The password is locked, and everyone is logged out. Phone the clinic, or log in with MitID, to open it again.",
)
WORDS: Mapping[str, Say] = MappingProxyType(
    {
        "title": Say("Det var ikke mig", "It was not me"),
        "explanation": Say(
            "Har en anden skiftet din adgangskode, så spær den her. Den gamle adgangskode kommer ikke tilbage: "
            "klinikken eller MitID skal først bekræfte, at det er dig.",
            "If somebody else changed your password, lock it here. The old password does not come back: the clinic or "
            "MitID must first confirm that it is you.",
        ),
        "send": Say("Spær min adgangskode", "Lock my password"),
    },
)


class NotMePage:
    """Shows the form and takes it."""

    def __init__(self, services: Services) -> None:
        self._recovering = Recovering(services)
        self._throttle = Throttle("30/minute", services.settings.trusted_proxies)
        self._page = LinkPage(services, Form("not-me", WORDS, asks_password=False))

    @contract(
        summary="See the form that locks a password", audience="pages", produces="text/html", errors=(NotFoundError,)
    )
    def show(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer the empty form."""
        self._page.write(call, resp, slug, None)

    @contract(
        summary="Send the form that locks a password",
        audience="pages",
        produces="text/html",
        also={409: "The link does not hold", 422: "The link does not hold"},
        errors=(NotFoundError, WrongMediaTypeError, TooManyRequestsError),
        largest_body=LARGEST_FORM,
        description=f"A form ({FORM}) with `token`, as the page sends it.",
    )
    def take(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Use the link and say how it went."""
        self._throttle.knock(call)
        refusal = self._recovering.dispute(call, slug, typed(call, ("token",))["token"])
        self._page.write(call, resp, slug, told(refusal, _DONE, call.language))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        clinic = {"slug": "The clinic's short name"}
        return [
            Route("GET", "/{slug}/not-me", self.show, "public", clinic),
            Route("POST", "/{slug}/not-me", self.take, "public", clinic),
        ]
