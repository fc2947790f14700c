"""The operator's page: what the portal owes, what is parked and may be sent again, and what is running."""

import platform
from collections.abc import Iterable
from datetime import timedelta
from importlib.metadata import version
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import HTML, Route, contract
from api.errors import RefusedError
from api.given import Services
from api.metrics import Reading
from api.operator.parked import READ, RESEND, Most, ParkedRows
from api.pages.assets import Assets
from api.pages.audit_search import kinds, states
from api.pages.forms import Form, refuse, telling
from api.pages.granted import OPERATION, Frames
from api.pages.visits import go
from api.watch import gauges, readiness
from identity.outcomes import ForbiddenError, NotFoundError
from storage.scope import COUNTS, within
from workflows.catalogue import fingerprint
from workflows.vocabulary import NotApplicableError

_SHOWN = 100
_LARGEST_FORM = 8 * 1024
_FINGERPRINT = 12


class Sent(BaseModel):
    """Whether something has just been sent again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sent: Annotated[str, Field(max_length=10)] = ""


class OperationPages:
    """Shows the numbers of `/metrics` to people, and sends parked requests again through the operator's own door."""

    def __init__(self, services: Services, frames: Frames, assets: Assets) -> None:
        self._catalogue, self._frames, self._assets = services.catalogue, frames, assets
        self._parked, self._gauges, self._checks = ParkedRows(services), gauges(services), readiness(services)

    @contract(summary="See what the portal owes", audience="pages", produces=HTML, query=Sent)
    def show(self, call: Call, resp: falcon.Response, *, query: Sent) -> None:
        """Answer the page."""
        self._show(call, resp, Form(), sent=query.sent == "yes")

    @contract(
        summary="Send a parked request again",
        audience="pages",
        produces=HTML,
        also={303: "It is sent again", 404: "No such row", 409: "Not undeliverable any more", 422: "Refused"},
        headers={"Location": "The page one came from"},
        errors=(ForbiddenError, RefusedError),
        largest_body=_LARGEST_FORM,
    )
    def resend(self, call: Call, resp: falcon.Response, *, row: UUID) -> None:
        """Send it once more, and show what is parked now."""
        form, done = Form(), False
        with telling(form, call.language):
            try:
                self._parked.resend(call, resp, row=row)
                done = True
            except NotFoundError as error:
                refuse(form, error, 404, call.language)
            except NotApplicableError as error:
                refuse(form, error, 409, call.language)
        if done:
            go(resp, f"{OPERATION.home}?sent=yes")
        else:
            self._show(call, resp, form, sent=False)

    def _show(self, call: Call, resp: falcon.Response, form: Form, *, sent: bool) -> None:
        parked = self._parked.read(call, resp, query=Most(limit=_SHOWN))
        with within(COUNTS):
            readings = tuple(self._gauges())
        resp.status = form.status
        self._frames.write(
            call,
            resp,
            OPERATION,
            "operation.html",
            form=form,
            sent=sent,
            parked=parked.items,
            most=_SHOWN,
            owed={each.name: each.value for each in readings if not each.labels},
            oldest=_oldest(readings),
            requests=_requests(readings),
            kinds=kinds(self._catalogue, call.language),
            states=states(call.language),
            checks={name: check() for name, check in self._checks.items()},
            versions=self._versions(),
        )

    def _versions(self) -> dict[str, str]:
        tables = {f"workflow {kind}": fingerprint(each)[:_FINGERPRINT] for kind, each in self._catalogue.items()}
        return {
            "Python": platform.python_version(),
            "Falcon": version("falcon"),
            "assets": self._assets.version,
            **tables,
        }

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        row = {"row": "The parked row's id"}
        return [
            Route("GET", OPERATION.home, self.show, READ),
            Route("POST", f"{OPERATION.home}/parked/{{row:uuid}}/resend", self.resend, RESEND, row),
        ]


def _oldest(readings: Iterable[Reading]) -> timedelta:
    """Return how late the oldest due effect is."""
    return timedelta(seconds=next(each.value for each in readings if each.name == "outbox_oldest_seconds"))


def _requests(readings: Iterable[Reading]) -> list[tuple[str, str, int]]:
    """Return (kind, state, how many) of the requests that there are."""
    counted = (each for each in readings if each.labels)
    return sorted((dict(each.labels)["kind"], dict(each.labels)["state"], int(each.value)) for each in counted)
