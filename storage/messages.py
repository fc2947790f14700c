"""What has been said on a request, opened again into the shapes of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import SealingKey
from storage.files import FileShown, files_of
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
    files: tuple[FileShown, ...] = ()


def spoken(connection: Connection, workflow: Workflow, request: UUID, key: SealingKey) -> list[Spoken]:
    """Return the request's messages in order; those that have been erased are left out.

    Raises:
        UnreadableError: a stored message was moved or changed.
    """
    rows = connection.execute(
        sa.select(MESSAGE).where(MESSAGE.c.request_id == request, MESSAGE.c.sealed.is_not(None)).order_by(MESSAGE.c.n),
    )
    said = [
        Spoken(
            row.id, row.author, row.trigger, row.at, row.read_at, opened(workflow, row.trigger, row.id, row.sealed, key)
        )
        for row in rows
    ]
    if any(each.content.attached_files for each in said):
        return having(said, files_of(connection, {request: key}))
    return said


def spoken_on(connection: Connection, requests: Mapping[UUID, tuple[Workflow, SealingKey]]) -> dict[UUID, list[Spoken]]:
    """Return the messages of several requests, each in order. Raises as `spoken` does."""
    found: dict[UUID, list[Spoken]] = {request: [] for request in requests}
    wanted = sa.select(MESSAGE).where(MESSAGE.c.request_id.in_(list(requests)), MESSAGE.c.sealed.is_not(None))
    for row in connection.execute(wanted.order_by(MESSAGE.c.request_id, MESSAGE.c.n)):
        words = opened(requests[row.request_id][0], row.trigger, row.id, row.sealed, requests[row.request_id][1])
        found[row.request_id].append(Spoken(row.id, row.author, row.trigger, row.at, row.read_at, words))
    if any(each.content.attached_files for said in found.values() for each in said):
        files = files_of(connection, {request: key for request, (_, key) in requests.items()})
        return {request: having(said, files) for request, said in found.items()}
    return found


def having(said: Sequence[Spoken], files: Mapping[UUID, tuple[FileShown, ...]]) -> list[Spoken]:
    """Return the messages with the files that go with them."""
    return [replace(each, files=files.get(each.id, ())) for each in said]


def opened(workflow: Workflow, trigger: str, message: UUID, sealed: bytes, key: SealingKey) -> Content:
    """Return one sealed message as the shape that its trigger says."""
    shape = workflow.shape(trigger)
    if shape is None:
        raise LookupError("a message was stored under a trigger that its page no longer has")
    return shape.model_validate_json(key.open(sealed, f"message.sealed:{message}"))
