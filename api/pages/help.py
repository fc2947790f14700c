"""Help and the accessibility statement: how to log in for visitors, how to use the pages for users (HLP-1)."""

import falcon

from api.call import Call
from api.contract import HTML, Route, contract
from api.given import Services
from api.pages.front import CLINIC
from api.pages.rendering import Rendering
from api.pages.visits import Visits
from identity.outcomes import NotFoundError


class HelpPages:
    """Shows what a reader needs to know, by whether they have logged in."""

    def __init__(self, services: Services, rendering: Rendering, visits: Visits) -> None:
        self._services, self._rendering, self._visits = services, rendering, visits

    @contract(summary="See the help", audience="pages", produces=HTML, errors=(NotFoundError,))
    def help(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer how to log in, or how to use the pages to who has logged in."""
        self._show(call, resp, slug, "help.html")

    @contract(summary="See the accessibility statement", audience="pages", produces=HTML, errors=(NotFoundError,))
    def accessibility(self, call: Call, resp: falcon.Response, *, slug: str) -> None:
        """Answer what is known of the pages' accessibility, and whom to tell of what is not."""
        self._show(call, resp, slug, "accessibility.html")

    def _show(self, call: Call, resp: falcon.Response, slug: str, template: str) -> None:
        self._visits.recognise(call)
        with self._services.database.reading() as connection:
            visit = self._visits.at(call, connection, slug)
        settings = visit.clinic.settings
        about = {"cancel_hours": settings.cancel_hours, "days": settings.answer_promise_days}
        self._rendering.write(call, resp, template, **visit.shown, **about, has_mitid=self._services.mitid is not None)

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/{slug}/help", self.help, "public", CLINIC),
            Route("GET", "/{slug}/accessibility", self.accessibility, "public", CLINIC),
        ]
