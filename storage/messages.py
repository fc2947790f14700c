"""What has been said on a request, opened again into the shapes of its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import SealingKey
from storage.models import MESSAGE
from workflows.content import Content
from workflows.vocabulary import Workflow


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message: who said it with which trigger, when, whether it has been read, and the words."""

    id: UUID
    author: str
    trigger: str
    at: datetime
    read_at: datetime | None
    content: Content


def spoken(connection: Connection, workflow: Workflow, request: UUID, key: SealingKey) -> list[Spoken]:
    """Return the request's messages in order; those that have been erased are left out.

    Raises:
        UnreadableError: a stored message was moved or changed.
    """
    rows = connection.execute(
        sa.select(MESSAGE).where(MESSAGE.c.request_id == request, MESSAGE.c.sealed.is_not(None)).order_by(MESSAGE.c.n),
    )
    return [
        Spoken(
            row.id, row.author, row.trigger, row.at, row.read_at, opened(workflow, row.trigger, row.id, row.sealed, key)
        )
        for row in rows
    ]


def spoken_on(connection: Connection, requests: Mapping[UUID, tuple[Workflow, SealingKey]]) -> dict[UUID, list[Spoken]]:
    """Return the messages of several requests, each in order. Raises as `spoken` does."""
    found: dict[UUID, list[Spoken]] = {request: [] for request in requests}
    wanted = sa.select(MESSAGE).where(MESSAGE.c.request_id.in_(list(requests)), MESSAGE.c.sealed.is_not(None))
    for row in connection.execute(wanted.order_by(MESSAGE.c.request_id, MESSAGE.c.n)):
        words = opened(requests[row.request_id][0], row.trigger, row.id, row.sealed, requests[row.request_id][1])
        found[row.request_id].append(Spoken(row.id, row.author, row.trigger, row.at, row.read_at, words))
    return found


def opened(workflow: Workflow, trigger: str, message: UUID, sealed: bytes, key: SealingKey) -> Content:
    """Return one sealed message as the shape that its trigger says."""
    shape = workflow.shape(trigger)
    if shape is None:
        raise LookupError("a message was stored under a trigger that its page no longer has")
    return shape.model_validate_json(key.open(sealed, f"message.sealed:{message}"))
