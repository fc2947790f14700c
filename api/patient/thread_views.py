"""How a conversation looks to its patient."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.call import Language
from api.patient.file_views import FileLink, links
from api.patient.words import Possibility, said
from api.strict_json import Moment
from storage.reading import READER
from storage.threads import Case, Line, Thread
from workflows.vocabulary import State
from workflows.words import STATES


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class ThreadCase(_Shown):
    """One case of a conversation: what the patient or the clinic began, and where that stands."""

    id: UUID
    state: State
    label: str
    begun_by: str = Field(description="patient or clinic")
    practitioner: str | None = Field(description="Whom it is addressed to; other staff may read and answer it")
    submitted_at: Moment


class ThreadSummary(_Shown):
    """A conversation in the list. `reply` says whether the patient may write in it, and if not, why and what then."""

    id: UUID
    clinic: str
    newest: UUID = Field(description="The newest case; a list may unfold it")
    last_at: Moment = Field(description="When something was last said in it")
    cases: int
    unread: int = Field(description="How many of the clinic's messages wait to be read")
    closed: bool
    unanswered: bool = Field(description="Whether something that the patient wrote waits for an answer")
    reply: Possibility
    hints: tuple[Possibility, ...] = Field((), description="What to consider first; a reply can be sent all the same")


class ThreadMessage(_Shown):
    """What was said. `handled_by` is the role of whoever wrote it for the clinic; `content` has the page's shape."""

    id: UUID
    request: UUID
    author: str = Field(description="patient or clinic")
    trigger: str
    at: Moment
    read_at: Moment | None = Field(description="When the patient first read it; null also for what they wrote")
    handled_by: str | None
    newest: bool = Field(description="The last message of the conversation: a page unfolds it")
    content: dict[str, Any]
    files: tuple[FileLink, ...]


class ThreadWhole(ThreadSummary):
    """A conversation with its cases and a page of its messages, each the oldest first.

    `next_cursor` leads to the messages before.
    """

    requests: tuple[ThreadCase, ...]
    messages: tuple[ThreadMessage, ...]
    next_cursor: str | None


def summary(thread: Thread, reply: Possibility, hints: Sequence[Possibility]) -> dict[str, Any]:
    """Return the members of a summary."""
    return {
        "id": thread.id,
        "clinic": thread.clinic,
        "newest": thread.newest,
        "last_at": thread.spoken_at,
        "cases": len(thread.cases),
        "unread": thread.unread,
        "closed": thread.is_closed,
        "unanswered": thread.is_unanswered,
        "reply": reply,
        "hints": tuple(hints),
    }


def case(each: Case, language: Language) -> ThreadCase:
    """Return a case of a thread."""
    return ThreadCase(
        id=each.id,
        state=each.state,
        label=said(STATES[each.state], language),
        begun_by=_side(each.initiator),
        practitioner=each.practitioner,
        submitted_at=each.created_at,
    )


def messages(lines: Sequence[Line], *, from_the_newest: bool) -> tuple[ThreadMessage, ...]:
    """Return the messages of a page that was read from the newest on, the oldest first."""
    return tuple(
        ThreadMessage(
            id=line.spoken.id,
            request=line.request,
            author=_side(line.spoken.author),
            trigger=line.spoken.trigger,
            at=line.spoken.at,
            read_at=line.spoken.read_at,
            handled_by=line.handled_by,
            newest=from_the_newest and line is lines[0],
            content=line.spoken.content.as_json(),
            files=links(line.spoken.files),
        )
        for line in reversed(lines)
    )


def _side(author: str) -> str:
    return READER if author == READER else "clinic"
