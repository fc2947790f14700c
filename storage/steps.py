"""What comes with a step into the ledger, and what comes out of it."""

from dataclasses import dataclass, field
from uuid import UUID

from workflows.content import Content, Nothing
from workflows.facts import AttachedFile
from workflows.vocabulary import State


class OvertakenError(Exception):
    """Another transaction came first: load again and decide again."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written: the request, where it stands now, and its outbox rows."""

    request: UUID
    state: State
    outbox: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a trigger: the words, and what the deeds of the step need but words must not hold.

    `person` is who a recovery turned out to be about; `files` are those that the words name, once they are found.
    """

    content: Content = field(default_factory=Nothing)
    password_hash: str | None = None
    person: UUID | None = None
    files: tuple[AttachedFile, ...] = ()
