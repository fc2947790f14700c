"""Alive, and ready to take calls."""

from collections.abc import Callable, Mapping
from typing import Literal

import falcon
from pydantic import BaseModel

from api.call import Call
from api.contract import Route, contract

Check = Callable[[], bool]
"""Says whether one thing the portal needs is there; never waits long, never raises."""


class Alive(BaseModel):
    """The process answers."""

    alive: Literal[True] = True


class Readiness(BaseModel):
    """Whether calls can be taken, and each thing that is needed for it."""

    ready: bool
    checks: dict[str, Literal["ok", "failed"]]


class Health:
    """The two pages for whoever watches the process; `checks` are asked at each call, by name."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)

    @contract(summary="Ask whether the process lives", audience="operator", out=Alive)
    def live(self, _call: Call, _resp: falcon.Response) -> Alive:
        """Answer, which is all there is to it."""
        return Alive()

    @contract(
        summary="Ask whether calls can be taken",
        audience="operator",
        out=Readiness,
        also={503: "At least one check failed"},
        answer={"ready": True, "checks": {"database": "ok", "migrations": "ok"}},
    )
    def ready(self, _call: Call, resp: falcon.Response) -> Readiness:
        """Ask every check, also after one has failed."""
        passed = {name: check() for name, check in self._checks.items()}
        if not all(passed.values()):
            resp.status = 503
        return Readiness(
            ready=all(passed.values()),
            checks={name: "ok" if there else "failed" for name, there in passed.items()},
        )

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/health/live", self.live, "public"),
            Route("GET", "/health/ready", self.ready, "public"),
        ]
