"""The clinic's lists of what needs a look: letters that did not get through, promises not kept, answers not read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.access import Seen
from storage.clinics import find_clinic
from storage.requests import Found, Requests
from workflows.vocabulary import State
from workflows.working_days import COPENHAGEN, answer_by, local_day

ACTION = "clinic.list.read"
Look = Callable[[Requests, int], Sequence[Found]]


class Most(BaseModel):
    """How much of a list is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500, description="Most items on the list")] = 100


class Listed(BaseModel):
    """A request that needs a look, by the names that the clinic's own system knows it by."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    state: State
    reference: str | None
    practitioner: str | None
    thread: UUID
    created_at: Moment
    changed_at: Moment


class Worklist(BaseModel):
    """The list, the oldest request first."""

    items: tuple[Listed, ...]


class ClinicLists:
    """Shows the lists; each look is recorded."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting = Noting(services)
        self._looks: Mapping[str, Callable[[Clinic], Look]] = {
            "not-reached": lambda _clinic: Requests.not_reached,
            "unread-answers": lambda _clinic: Requests.unread_answers,
            "overdue": self._overdue,
        }

    @contract(
        summary="Read a list of what needs a look",
        audience="clinic",
        query=Most,
        out=Worklist,
        errors=(NotFoundError,),
        description="`not-reached`: a letter could not be sent. `overdue`: no answer within the promised working days. "
        "`unread-answers`: the patient has not read an answer that the clinic watches.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, name: str, query: Most) -> Worklist:
        """Answer one list."""
        clinic = call.caller(Clinic)
        if name not in self._looks:
            raise NotFoundError
        seen = Seen("clinic", ACTION, "ok", actor=clinic.slug, clinic=clinic.clinic, purpose=name, corr=call.request_id)
        look = self._looks[name](clinic)
        with self._services.database.writing() as connection:
            self._noting.within(connection, seen)
            found = look(Requests(connection, self._services.keyring, clinic), query.limit)
        return Worklist(items=tuple(Listed.model_validate(each) for each in found))

    def _overdue(self, clinic: Clinic) -> Look:
        with self._services.database.reading() as connection:
            promise = find_clinic(connection, clinic.slug).settings.answer_promise_days
        before = _made_before(local_day(self._services.clock()), promise)
        return lambda requests, limit: requests.overdue(before, limit)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        names = ", ".join(f"`{name}`" for name in sorted(self._looks))
        return [Route("GET", "/v1/clinic/lists/{name}", self.read, ACTION, {"name": f"Which list: {names}"})]


def _made_before(today: date, promise: int) -> datetime:
    """Return the moment before which a request must have been made for its promised last day to have passed."""
    day = today
    while answer_by(day, promise) >= today:
        day -= timedelta(days=1)
    return datetime.combine(day + timedelta(days=1), time(), COPENHAGEN).astimezone(UTC)
