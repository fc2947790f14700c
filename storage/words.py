"""Words from the clinic against the page: may the clinic say this, in which shape, and has it said it before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic, Staff
from storage.ledger import Recorded
from storage.models import MESSAGE, REQUEST
from workflows.content import Content
from workflows.vocabulary import Role, State, Workflow

# Built once, for every word asks it.
_SENT_BEFORE = (
    sa.select(REQUEST.c.id, REQUEST.c.state, REQUEST.c.person_id, REQUEST.c.thread_id)
    .join(MESSAGE, MESSAGE.c.request_id == REQUEST.c.id)
    .where(MESSAGE.c.clinic_id == sa.bindparam("clinic"), MESSAGE.c.clinic_message == sa.bindparam("message"))
)


@dataclass(frozen=True, slots=True)
class Word:
    """What the clinic's system says, by a call or in its feed: `message` is its own id for it."""

    message: str
    request: UUID
    trigger: str
    staff: Staff
    content: Mapping[str, Any]
    corr: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What the clinic's system is told: 200 applied, 202 kept but without effect."""

    status: int
    result: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """Whom a clinic writes to unasked, from whom, and in which conversation; without one it begins one."""

    cpr_index: bytes
    kind: str
    practitioner: str | None = None
    thread: UUID | None = None


def clinics_may_say(workflow: Workflow, trigger: str) -> bool:
    """Return whether the page lets a clinic pull this trigger."""
    return any(step.trigger == trigger and Role.CLINIC in step.by for step in workflow.steps)


def shaped(workflow: Workflow, trigger: str, words: Mapping[str, Any]) -> Content:
    """Return the words in the shape that the trigger says.

    Raises:
        NotFoundError: the page has no such trigger.
        pydantic.ValidationError: the words do not fit.
    """
    shape = workflow.shape(trigger)
    if shape is None:
        raise NotFoundError
    return shape.model_validate(dict(words), strict=False)


def said_before(
    connection: Connection, clinic: Clinic, content: Content, *, person: UUID | None = None, thread: UUID | None = None
) -> Recorded | None:
    """Return where the clinic's system has sent this very message before, under whatever call.

    Raises:
        KeyReusedError: it was sent before, but to another person, or in another thread, than is given here.
    """
    if content.clinic_message is None:
        return None
    asked = {"clinic": clinic.clinic, "message": content.clinic_message}
    row = connection.execute(_SENT_BEFORE, asked).one_or_none()
    if row is None:
        return None
    if row.person_id != (person or row.person_id) or row.thread_id != (thread or row.thread_id):
        raise KeyReusedError
    return Recorded(row.id, State(row.state), ())
