"""A patient's own log-ins: this one, the others that stand, and ending them."""

from datetime import datetime
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.patient.acting import seen
from api.patient.keeping import forget
from api.same_site import csrf_token
from identity.outcomes import NotFoundError
from identity.subject import Patient
from storage.recognition import IDLE
from storage.standing_log_ins import StandingLogIn, StandingLogIns
from workflows.channels import PORTAL

READ, END = "patient.log_in.read", "patient.log_in.end"
_ALL, _ONE = "/v1/session/log-ins", "/v1/session/log-ins/{log_in:uuid}"


class LogIn(BaseModel):
    """A log-in that stands."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    is_this: bool = Field(description="Whether it is the one that this call came with")
    channel: str = Field(description="`portal` for the pages, `api` for a program of one's own, or an app's channel")
    client: str | None = Field(description="The app or other API client that made it")
    auth: str = Field(description="The way in, such as `password+code`")
    loa: str | None = Field(description="The NSIS level of assurance, where an identity provider vouched for it")
    created_at: datetime
    seen_at: datetime = Field(description="When it was last used, to the minute")
    ends_at: datetime = Field(description="When it ends however much it is used")
    idle_seconds: int = Field(description="It ends earlier when it is not used for so many seconds")


class ThisLogIn(LogIn):
    """The log-in that the call came with."""

    csrf: str | None = Field(
        None,
        description="What to send as `X-CSRF-Token` with every call that changes something; only with a cookie",
        exclude_if=lambda value: value is None,
    )


class LogInDoors:
    """Shows patients their log-ins and ends them."""

    def __init__(self, services: Services) -> None:
        self._services, self._noting = services, Noting(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"log-ins"))

    @contract(summary="Read this log-in", audience="patient", out=ThisLogIn, errors=(NotFoundError,))
    def this(self, call: Call, _resp: falcon.Response) -> ThisLogIn:
        """Answer the log-in that the call came with."""
        services, patient = self._services, call.caller(Patient)
        with services.database.reading() as connection:
            found = StandingLogIns(connection, patient.person, services.clock()).one(patient.log_in)
        csrf = csrf_token(services.keyring, found.id) if found.channel == PORTAL else None
        return ThisLogIn(**_shown(found, patient).model_dump(), csrf=csrf)

    @contract(summary="List my log-ins", audience="patient", query=Paging, out=Page[LogIn])
    def find(self, call: Call, _resp: falcon.Response, *, query: Paging) -> Page[LogIn]:
        """Answer one page of the log-ins that stand, newest first, and note the look."""
        services, patient = self._services, call.caller(Patient)
        scope = f"log-ins:{patient.person}"
        after = None if query.cursor is None else _read(self._cursors.read(query.cursor, scope))
        with services.database.writing() as connection:
            found = StandingLogIns(connection, patient.person, services.clock()).page(after, query.limit + 1)
            self._noting.within(connection, seen(services, call, READ))
        page = found[: query.limit]
        return Page(
            items=tuple(_shown(each, patient) for each in page),
            next_cursor=self._cursors.seal(_position(page[-1]), scope) if len(found) > query.limit else None,
        )

    @contract(summary="End one of my log-ins", audience="patient", status=204, errors=(NotFoundError,))
    def end(self, call: Call, resp: falcon.Response, *, log_in: UUID) -> None:
        """End it: whoever holds its token is logged out."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            StandingLogIns(connection, patient.person, services.clock()).end(log_in)
            self._noting.within(connection, seen(services, call, END))
        if log_in == patient.log_in and patient.channel == PORTAL:
            forget(resp)

    @contract(summary="End all my other log-ins", audience="patient", status=204)
    def end_others(self, call: Call, _resp: falcon.Response) -> None:
        """End all but the one that the call came with."""
        services, patient = self._services, call.caller(Patient)
        with services.database.writing() as connection:
            StandingLogIns(connection, patient.person, services.clock()).end_others(patient.log_in)
            self._noting.within(connection, seen(services, call, END))

    def routes(self) -> list[Route]:
        """Return the rows of the route table."""
        return [
            Route("GET", "/v1/session", self.this, "patient.session.read"),
            Route("GET", _ALL, self.find, READ),
            Route("DELETE", _ONE, self.end, END, {"log_in": "The log-in's id"}),
            Route("DELETE", _ALL, self.end_others, END),
        ]


def _shown(found: StandingLogIn, patient: Patient) -> LogIn:
    return LogIn(
        id=found.id,
        is_this=found.id == patient.log_in,
        channel=found.channel,
        client=found.client,
        auth=found.auth,
        loa=found.loa,
        created_at=found.created_at,
        seen_at=found.seen_at,
        ends_at=found.ends_at,
        idle_seconds=int(IDLE.total_seconds()),
    )


def _position(found: StandingLogIn) -> tuple[str, str]:
    return found.ends_at.isoformat(), str(found.id)


def _read(position: tuple[str | int, ...]) -> tuple[datetime, UUID]:
    ends_at, identifier = position
    return datetime.fromisoformat(str(ends_at)), UUID(str(identifier))
