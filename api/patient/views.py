"""How a request looks to its patient."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.call import Language
from api.patient.file_views import FileLink, links
from api.patient.items import Item
from api.patient.words import NEXT, WAITING, Possibility, actor_words, said, step_sentence
from api.strict_json import Moment
from storage.history import handler
from storage.messages import Spoken
from storage.reading import READER
from storage.requests import Found, HistoryRow
from workflows.catalogue import Catalogue
from workflows.vocabulary import State
from workflows.words import STATES

READ = "read"
"""What the timeline calls it that a message was read."""


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True)


class Appointment(_Shown):
    """The time that the request is about."""

    slot: str
    starts_at: Moment
    ends_at: Moment


class OfferedTime(_Shown):
    """A time that the clinic offers instead of the one that was wanted; `accept` takes one that is `free`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    key: str
    practitioner: str
    starts_at: Moment
    ends_at: Moment
    free: bool
    held_until: Moment | None = Field(description="Until then it is kept for this patient")


class Summary(_Shown):
    """A request in a list; `label` is its state in words, `next_actor` whose turn it is."""

    id: UUID
    clinic: str
    kind: str
    title: str
    state: State
    label: str
    next_actor: str | None = Field(description="portal, clinic, operator or patient; null when it is nobody's turn")
    thread: UUID
    practitioner: str | None
    appointment: Appointment | None
    outcome: str | None
    answer_by: date | None = Field(description="The day by which the clinic promises an answer, while that is awaited")
    late: bool = Field(description="Whether that day has passed without an answer, as the patient was told")
    submitted_at: Moment
    changed_at: Moment


class Message(_Shown):
    """What was said with a step, in the shape that the request type's page gives it."""

    id: UUID
    author: str
    trigger: str
    at: Moment
    read_at: Moment | None
    content: dict[str, Any]
    files: tuple[FileLink, ...]


class Whole(Summary):
    """A request with its words, and what the patient may do with it now."""

    cancel_before: Moment | None = Field(description="The last moment at which the appointment can be cancelled here")
    phone: str = Field(description="The clinic's telephone, for what cannot be done here")
    reference: str | None = Field(description="The clinic's own number for it, once it has arrived")
    messages: tuple[Message, ...]
    items: tuple[Item, ...] = Field((), description="The medicines asked for, each as the clinic decided it")
    offered: tuple[OfferedTime, ...] = Field(description="Times that the clinic has offered instead")
    actions: dict[str, Possibility] = Field(
        description="Everything the patient can ever do with such a request: whether now, and if not, why not"
    )


class Step(_Shown):
    """One step of a request's history; `read` is no step of its own and bears the number of what was read."""

    n: int
    at: Moment
    actor: str
    role: str | None = Field(description="The role of the member of staff who did it, where one did")
    trigger: str
    state: State
    label: str
    sentence: str


class Timeline(_Shown):
    """What has happened to a request, the oldest first, and by when an answer is promised while it is awaited."""

    answer_by: date | None
    steps: tuple[Step, ...]


class Look(_Shown):
    """One entry of the access log: who looked at something or tried to act on it; of staff, the role they had."""

    at: Moment
    who: str
    actor_kind: str
    role: str | None
    act: str
    outcome: str
    purpose: str | None


class LookAtMine(Look):
    """An entry about the patient, with the clinic and the request that it was about, if any."""

    clinic: str | None
    request: UUID | None


class Looks(_Shown):
    """The newest entries of the access log that concern a request, newest first."""

    items: tuple[Look, ...]


KEPT_BACK: Mapping[str, None] = {"practitioner": None, "appointment": None, "outcome": None}
"""What a summary does not show where the clinic keeps its content back: that a request is there, and its state."""


def summary(found: Found, catalogue: Catalogue, language: Language) -> dict[str, Any]:
    """Return the members of a summary."""
    timed = found.slot is not None and found.slot_start is not None and found.slot_end is not None
    return {
        "id": found.id,
        "clinic": found.clinic,
        "kind": found.kind,
        "title": said(catalogue[found.kind].title, language),
        "state": found.state,
        "label": said(STATES[found.state], language),
        "next_actor": NEXT.get(found.state),
        "thread": found.thread,
        "practitioner": found.practitioner,
        "appointment": {"slot": found.slot, "starts_at": found.slot_start, "ends_at": found.slot_end}
        if timed
        else None,
        "outcome": found.outcome,
        "answer_by": promised(found),
        "late": found.state in WAITING and found.late_at is not None,
        "submitted_at": found.created_at,
        "changed_at": found.changed_at,
    }


def promised(found: Found) -> date | None:
    """Return the day by which the answer to a request is promised, while it is awaited (NEW-1)."""
    return found.promised_on if found.state in WAITING else None


def message(spoken: Spoken) -> Message:
    """Return a message."""
    return Message(
        id=spoken.id,
        author=spoken.author,
        trigger=spoken.trigger,
        at=spoken.at,
        read_at=spoken.read_at,
        content=spoken.content.as_json(),
        files=links(spoken.files),
    )


def timeline(
    found: Found, rows: Sequence[HistoryRow], readings: Iterable[tuple[int, datetime]], language: Language
) -> Timeline:
    """Return the history in words, with when the clinic's messages were read (NEW-3)."""
    steps = [_step(row, language) for row in rows]
    read = [_reading(rows, n, at, language) for n, at in readings]
    in_order = sorted((*steps, *read), key=lambda step: step.at)
    return Timeline(answer_by=promised(found), steps=tuple(in_order))


def _step(row: HistoryRow, language: Language) -> Step:
    role = handler(row.body)
    return Step(
        n=row.n,
        at=row.at,
        actor=row.actor,
        role=role,
        trigger=row.trigger,
        state=State(row.to_state),
        label=said(STATES[State(row.to_state)], language),
        sentence=step_sentence(row.actor, row.trigger, language),
    )


def _reading(rows: Sequence[HistoryRow], n: int, at: datetime, language: Language) -> Step:
    """Return the reading of the message of step `n` as a step of its own, which leaves the request where it stood."""
    state = State(next((row.to_state for row in reversed(rows) if row.at <= at), rows[0].to_state))
    return Step(
        n=n,
        at=at,
        actor=READER,
        role=None,
        trigger=READ,
        state=state,
        label=said(STATES[state], language),
        sentence=step_sentence(READER, READ, language),
    )


def look(row: Any, language: Language) -> Look:
    """Return a row of the access log."""
    return Look.model_validate(_looked(row, language))


def look_at_mine(row: Any, language: Language) -> LookAtMine:
    """Return a row of the access log that was selected with the clinic's slug."""
    return LookAtMine.model_validate(_looked(row, language) | {"clinic": row.slug, "request": row.request_id})


def _looked(row: Any, language: Language) -> dict[str, Any]:
    """Return the members of a look: a kind and a role, no name and no id of whoever looked."""
    return {
        "at": row.at,
        "who": actor_words(row.actor_kind, language),
        "actor_kind": row.actor_kind,
        "role": row.role,
        "act": row.act,
        "outcome": row.outcome,
        "purpose": row.purpose,
    }
