"""Every page that people see, in one place: what they share is built once."""

from api.contract import Route
from api.given import Services
from api.pages.appointments import AppointmentPages
from api.pages.assets import Assets
from api.pages.book import BookPages
from api.pages.front import FrontPages
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


class Pages:
    """The pages' rows of the route table, and how they tell of problems."""

    def __init__(self, services: Services) -> None:
        assets = Assets()
        rendering = Rendering(assets)
        visits = Visits(services, rendering)
        self.tell = visits.tell
        self._parts = (
            assets,
            FrontPages(services, rendering, visits),
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

    def routes(self) -> list[Route]:
        """Return the rows."""
        return [row for part in self._parts for row in part.routes()]
