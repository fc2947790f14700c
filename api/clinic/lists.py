"""The clinic's lists of what needs a look: letters that did not get through, promises not kept, answers not read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import falcon
from pydantic import BaseModel, ConfigDict, Field

from api.call import Call
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.noting import Noting
from api.strict_json import Moment
from identity.outcomes import NotFoundError
from identity.subject import Clinic
from storage.access import Seen
from storage.clinics import find_clinic
from storage.database import Connection
from storage.worklists import After, Entry, Worklists
from workflows.promise import due_soon_until
from workflows.vocabulary import State
from workflows.working_days import local_day

ACTION = "clinic.list.read"


class Wanted(Paging):
    """Which page of a list is wanted."""

    limit: Annotated[int, Field(ge=1, le=500, description="Most items on the page")] = 100


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
    answer_by: Annotated[date | None, Field(description="The day by which the patient was promised an answer")]
    late_at: Annotated[Moment | None, Field(description="When the patient was told that the day has passed")]
    reason: Annotated[
        str | None, Field(description="Why the patient was not reached: `unread`, `bounced`, `refused`, `address`, …")
    ] = None
    letter: Annotated[str | None, Field(description="The letter that did not arrive")] = None
    since: Annotated[Moment, Field(description="Since when it stands on the list, or waits for an answer")]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One page of a list: of which clinic, on which day, after which entry, how much."""

    lists: Worklists
    today: date
    soon: date
    after: After | None
    limit: int
    now: datetime
    clinic_closed: bool


_LOOKS: Mapping[str, Callable[[_Wanted], Sequence[Entry]]] = {
    "not-reached": lambda wanted: wanted.lists.not_reached(wanted.after, wanted.limit),
    "unread-answers": lambda wanted: wanted.lists.unread_answers(wanted.after, wanted.limit),
    "bookings-without-time": lambda wanted: wanted.lists.bookings_without_time(wanted.now, wanted.after, wanted.limit),
    "overdue": lambda wanted: wanted.lists.overdue(wanted.today, wanted.after, wanted.limit),
    "departed": lambda wanted: wanted.lists.departed(
        wanted.after, wanted.limit, now=wanted.now, everyone=wanted.clinic_closed
    ),
    "due-soon": lambda wanted: wanted.lists.due_soon(wanted.today, wanted.soon, wanted.after, wanted.limit),
}


class ClinicLists:
    """Shows the lists; each look is recorded."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._noting = Noting(services)
        self._cursors = Cursors(services.keyring.keyed("cursor", b"clinic"))

    @contract(
        summary="Read a list of what needs a look",
        audience="clinic",
        query=Wanted,
        out=Page[Listed],
        errors=(NotFoundError,),
        description="`not-reached`: a letter was refused, came back or has no address, or an answer is unread for "
        "longer than the clinic allows; `handled` takes a request off. `overdue`: no answer, and the promised day has "
        "passed. `due-soon`: no answer, and the promised day is today or the clinic's next working day. "
        "`unread-answers`: the patient has not read an answer that the clinic watches. `departed`: what waits, or has "
        "a time, of patients who have moved or died, or of all when the clinic has closed. "
        "`bookings-without-time`: a coming booking whose time the calendar has no longer, or has at another hour or "
        "with somebody else: it stands until the clinic moves or cancels it.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, name: str, query: Wanted) -> Page[Listed]:
        """Answer one page of a list, what has waited longest first."""
        clinic = call.caller(Clinic)
        if name not in _LOOKS:
            raise NotFoundError
        scope = f"{clinic.clinic}:{name}"
        seen = Seen("clinic", ACTION, "ok", actor=clinic.slug, clinic=clinic.clinic, purpose=name, corr=call.request_id)
        with self._services.database.writing() as connection:
            self._noting.within(connection, seen)
            found = _LOOKS[name](self._wanted(connection, clinic, self._after(query.cursor, scope), query.limit + 1))
        page = found[: query.limit]
        more = self._cursors.seal(_position(page[-1].after), scope) if len(found) > query.limit else None
        return Page(items=tuple(Listed.model_validate(each) for each in page), next_cursor=more)

    def _wanted(self, connection: Connection, clinic: Clinic, after: After | None, limit: int) -> _Wanted:
        settings, now = find_clinic(connection, clinic.slug).settings, self._services.clock()
        lists, today = Worklists(connection, clinic.clinic), local_day(now)
        soon, closed = due_soon_until(settings, today), settings.is_closed(today)
        return _Wanted(lists, today, soon, after, limit, now, closed)

    def _after(self, cursor: str | None, scope: str) -> After | None:
        if cursor is None:
            return None
        place, identifier = (str(part) for part in self._cursors.read(cursor, scope))
        return date.fromisoformat(place) if _is_day(place) else datetime.fromisoformat(place), UUID(identifier)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        names = ", ".join(f"`{name}`" for name in sorted(_LOOKS))
        return [Route("GET", "/v1/clinic/lists/{name}", self.read, ACTION, {"name": f"Which list: {names}"})]


def _position(after: After) -> tuple[str, str]:
    return after[0].isoformat(), str(after[1])


def _is_day(place: str) -> bool:
    return "T" not in place
