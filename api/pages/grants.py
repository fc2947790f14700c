"""The pages of those who hold a grant, in one place."""

from typing import Protocol

from api.contract import Route
from api.cursor import Cursors
from api.given import Services
from api.pages.assets import Assets
from api.pages.audit_request import AuditRequestPages
from api.pages.audit_search import AuditSearchPages
from api.pages.audit_statistics import AuditStatisticsPages
from api.pages.grant_log_in import GrantLogInPages
from api.pages.granted import AREAS, Frames
from api.pages.operation import OperationPages
from api.pages.rendering import Rendering


class _Part(Protocol):
    """Some of the pages."""

    def routes(self) -> list[Route]:
        """Return their rows."""


class GrantPages:
    """The auditor's and the operator's rows of the route table, and how their pages tell of problems."""

    def __init__(self, services: Services, rendering: Rendering, assets: Assets) -> None:
        frames, cursors = Frames(services, rendering), Cursors(services.keyring.keyed("cursor", b""))
        self.tell = frames.tell
        self._parts: tuple[_Part, ...] = (
            *(GrantLogInPages(services, frames, area) for area in AREAS),
            AuditSearchPages(services, frames, cursors),
            AuditRequestPages(services, frames, cursors),
            AuditStatisticsPages(services, frames),
            OperationPages(services, frames, assets),
        )

    def routes(self) -> list[Route]:
        """Return the rows."""
        return [row for part in self._parts for row in part.routes()]
