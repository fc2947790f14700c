"""The history of a clinic's settings: which version, who, when, and what was changed (NEW-10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import falcon
from pydantic import BaseModel, Field

from api.call import Call
from api.clinic.versions import Who
from api.contract import Route, contract
from api.cursor import Cursors, Page, Paging
from api.given import Services
from api.inputs import InvalidQueryError
from api.strict_json import Moment
from identity.subject import Clinic
from storage.changes import Changed, Position, Sought, changes
from workflows.content import Key
from workflows.differences import differences

Topic = Literal["settings", "practitioner", "closure", "appointment_type", "warning_signs"]
TOPICS: tuple[Topic, ...] = ("settings", "practitioner", "closure", "appointment_type", "warning_signs")
"""What a list of changes shows; a patient's rights are read with the patient's card."""

READ = "clinic.settings.read"


class WantedChanges(Paging):
    """The query of the list: a filter that is left out admits everything."""

    topic: Topic | None = None
    key: Annotated[
        Key | None, Field(description="The clinic's own key of a practitioner, a holiday or an appointment type")
    ] = None


class MemberChange(BaseModel):
    """One member that is not as it was before; null also where there was or is none."""

    field: str = Field(description="JSON pointer into the content")
    before: Any
    after: Any


class Change(BaseModel):
    """One version: what it is about, who decided it when, and what is different from the version before."""

    topic: str
    key: str
    version: int
    at: Moment
    by: Who
    cancelled: bool = Field(description="Whether this version took it out of force")
    members: tuple[MemberChange, ...]


def change_of(changed: Changed, key: str | None = None) -> Change:
    """Return a change as it is answered; `key` stands in where the stored one must not be shown."""
    now = changed.now
    different = () if changed.cancelled else differences(changed.before, now.body)
    return Change(
        topic=changed.topic,
        key=now.key if key is None else key,
        version=now.version,
        at=now.at,
        by=Who(id=now.by, name=now.name, role=now.role),
        cancelled=changed.cancelled,
        members=tuple(MemberChange(field=each.field, before=each.before, after=each.after) for each in different),
    )


def position_in(cursors: Cursors, cursor: str | None, scope: str) -> Position | None:
    """Return where a list goes on.

    Raises:
        InvalidQueryError: the cursor is not one of this list.
    """
    if cursor is None:
        return None
    at, topic, key, version = cursors.read(cursor, scope)
    return datetime.fromisoformat(str(at)), str(topic), str(key), int(version)


def page_of(found: Sequence[Changed], limit: int, cursors: Cursors, scope: str) -> Page[Change]:
    """Return the page that shows these, of which one more than fits was looked for."""
    fitting = found[:limit]
    more = None
    if len(found) > limit:
        at, topic, key, version = fitting[-1].position
        more = cursors.seal([at.isoformat(), topic, key, version], scope)
    return Page(items=tuple(change_of(each) for each in fitting), next_cursor=more)


class SettingsChanges:
    """Shows a clinic the history of its own settings."""

    def __init__(self, services: Services, cursors: Cursors) -> None:
        self._services = services
        self._cursors = cursors

    @contract(
        summary="Read how the settings came to be as they are",
        audience="clinic",
        query=WantedChanges,
        out=Page[Change],
        errors=(InvalidQueryError,),
        description="Newest first. A patient's rights are not among them: `POST /v1/clinic/rights/lookup` shows those.",
    )
    def read(self, call: Call, _resp: falcon.Response, *, query: WantedChanges) -> Page[Change]:
        """Answer one page."""
        clinic = call.caller(Clinic)
        scope = f"changes:{clinic.clinic}:{query.topic}:{query.key}"
        after = position_in(self._cursors, query.cursor, scope)
        sought = Sought((query.topic,) if query.topic else TOPICS, query.key)
        with self._services.database.reading() as connection:
            found = changes(connection, clinic.clinic, sought, after, query.limit + 1)
        return page_of(found, query.limit, self._cursors, scope)

    def routes(self) -> list[Route]:
        """Return the row of the route table."""
        return [Route("GET", "/v1/clinic/changes", self.read, READ)]
