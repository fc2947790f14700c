"""Who holds a grant, and their pages' frame: auditors and operators have pages of no clinic."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import falcon

from api.call import Call
from api.given import Services
from api.pages.rendering import HTML, Rendering
from api.pages.visits import go
from api.patient.words import said
from api.problem_document import ProblemDocument
from api.proofs import GRANT_COOKIES, cookie
from api.same_site import csrf_token_of_grant
from identity.policy import Who
from identity.subject import Auditor, Operator
from workflows.vocabulary import Say

_UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True)
class Area:
    """The pages of one kind of grant: where they begin, what they are called, and the places that they lead to."""

    who: Who
    home: str
    title: Say
    places: tuple[tuple[str, Say], ...]

    def holds(self, address: str) -> bool:
        """Return whether an address is a page of this area: no other is ever sent to."""
        inside = address == self.home or address.startswith((f"{self.home}/", f"{self.home}?"))
        return inside and address.isprintable() and "\\" not in address

    def log_in(self, afterwards: str) -> str:
        """Return where one logs in, to come back to a page of the area."""
        back = f"?next={quote(afterwards, safe='')}" if self.holds(afterwards) else ""
        return f"{self.home}/log-in{back}"


AUDIT = Area(
    Who.AUDITOR,
    "/audit",
    Say("Revision", "Audit"),
    (("/audit", Say("Henvendelser", "Requests")), ("/audit/statistics", Say("Statistik", "Statistics"))),
)
OPERATION = Area(
    Who.OPERATOR,
    "/operator",
    Say("Drift", "Operations"),
    (("/operator", Say("Overblik", "Overview")),),
)
AREAS = (AUDIT, OPERATION)


class Frames:
    """Shows what stands around every page of an area, and tells of problems there."""

    def __init__(self, services: Services, rendering: Rendering) -> None:
        self._keyring, self._rendering = services.keyring, rendering

    def write(self, call: Call, resp: falcon.Response, area: Area, template: str, **shown: object) -> None:
        """Answer a page of the area."""
        self._rendering.write(call, resp, template, **self._frame(call, area), **shown)

    def _frame(self, call: Call, area: Area) -> Mapping[str, object]:
        holder, token = call.principal, cookie(call, GRANT_COOKIES[area.who])
        logged_in = isinstance(holder, Auditor | Operator)
        return {
            "home": area.home,
            "area": said(area.title, call.language),
            "places": [(address, said(name, call.language)) for address, name in area.places],
            "here": call.relative_uri if call.method == "GET" else area.home,
            "holder": holder.name if isinstance(holder, Auditor | Operator) else "",
            "csrf": csrf_token_of_grant(self._keyring, token) if logged_in and token else "",
        }

    def tell(self, call: Call, resp: falcon.Response, problem: ProblemDocument) -> None:
        """Answer a problem in words; who must log in first is led there, and back afterwards."""
        area = area_of(call.path) or AUDIT
        resp.data = None
        if problem.status == _UNAUTHENTICATED:
            resp.text, resp.content_type = "", HTML
            go(resp, area.log_in(call.relative_uri if call.method == "GET" else ""))
            return
        self.write(call, resp, area, "grant_problem.html", problem=problem)


def area_of(path: str) -> Area | None:
    """Return the area of a path, if it is in one."""
    return next((area for area in AREAS if area.holds(path)), None)
