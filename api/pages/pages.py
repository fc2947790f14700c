"""Every page that people see, in one place: what they share is built once."""

import falcon

from api.call import Call
from api.contract import Route
from api.given import Services
from api.pages.appointments import AppointmentPages
from api.pages.assets import Assets
from api.pages.book import BookPages
from api.pages.front import FrontPages
from api.pages.granted import area_of
from api.pages.grants import GrantPages
from api.pages.help import HelpPages
from api.pages.log_in import LogInPages
from api.pages.newcomers import NewcomerPages
from api.pages.profile import ProfilePages
from api.pages.profile_factors import FactorPages
from api.pages.profile_leaving import LeavingPages
from api.pages.profile_security import SecurityPages
from api.pages.rendering import Rendering
from api.pages.renewals import RenewalPages
from api.pages.requests import RequestPages
from api.pages.threads import ThreadPages
from api.pages.visits import Visits
from api.pages.waiting import WaitingPages
from api.pages.writing import WritingPages
from api.problem_document import ProblemDocument


class Pages:
    """The pages' rows of the route table, and how they tell of problems."""

    def __init__(self, services: Services) -> None:
        assets = Assets()
        rendering = Rendering()
        visits = Visits(services, rendering)
        grants = GrantPages(services, rendering, assets)
        self._tell, self._tell_holder = visits.tell, grants.tell
        self._parts = (
            assets,
            grants,
            FrontPages(services, rendering, visits),
            HelpPages(services, rendering, visits),
            LogInPages(services, rendering, visits),
            NewcomerPages(services, rendering, visits),
            RenewalPages(services, rendering, visits),
            ThreadPages(services, rendering, visits),
            WritingPages(services, rendering, visits),
            RequestPages(services, rendering, visits),
            BookPages(services, rendering, visits),
            WaitingPages(services, rendering, visits),
            AppointmentPages(services, rendering, visits),
            ProfilePages(services, rendering, visits),
            FactorPages(services, rendering, visits),
            SecurityPages(services, rendering, visits),
            LeavingPages(services, rendering, visits),
        )

    def tell(self, call: Call, resp: falcon.Response, problem: ProblemDocument) -> None:
        """Answer a problem in words, in the frame of the pages where it arose."""
        (self._tell if area_of(call.path) is None else self._tell_holder)(call, resp, problem)

    def routes(self) -> list[Route]:
        """Return the rows."""
        return [row for part in self._parts for row in part.routes()]
