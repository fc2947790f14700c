"""A new request: idempotent, decided, recorded, in one transaction and one commit."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from storage.clinics import draft
from storage.database import Database
from storage.drafts import Place, forget_draft
from storage.failpoints import reach
from storage.history import Actor, Cause
from storage.idempotency import Reserved, reserve
from storage.ledger import Ledger, OvertakenError, Said
from storage.twins import twin_of
from workflows.content import Content
from workflows.vocabulary import Refusal

_TRIES = 3
SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks for. `principal` is who the idempotency key belongs to; `fingerprint` covers the body.

    With `joins_same` the words of a request that still waits make no second one (NEW-23). `draft` is the version of the
    draft that has become this, and goes with it.
    """

    clinic: str
    kind: str
    person: UUID | None
    content: Content
    thread: UUID | None
    channel: str
    principal: str
    key: str
    fingerprint: bytes
    joins_same: bool = False
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The request that exists now; `replayed` when the same key had made it, `joined` when the same words had."""

    request: UUID
    replayed: bool
    joined: bool = False


class Submissions:
    """Takes submissions into the ledger."""

    def __init__(self, database: Database, ledger: Ledger, new_id: NewId) -> None:
        self._database = database
        self._ledger = ledger
        self._new_id = new_id

    def submit(self, asked: Asked, actor: Actor, cause: Cause) -> Submitted | Refusal:
        """Store the request and return it, or the rule that refuses; the same key again gives the same request.

        Raises:
            NotFoundError: no such clinic, or the person is not a patient there.
            KeyReusedError: the key was used with another body.
            StorageUnavailableError: the database cannot take it now; nothing is stored.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._once(asked, actor, cause)
            except OvertakenError:
                continue
        return self._once(asked, actor, cause)

    def _once(self, asked: Asked, actor: Actor, cause: Cause) -> Submitted | Refusal:
        identifier = self._new_id()
        with self._database.writing() as connection:
            before = self._reserve(connection, asked, identifier)
            if before is not None:
                return Submitted(before, replayed=True)
            outcome = self._open(connection, asked, identifier, actor, cause)
            if isinstance(outcome, Refusal) or outcome.joined:
                connection.rollback()
            else:
                reach("submit.before_commit")
        if isinstance(outcome, Refusal):
            return outcome
        if outcome.joined:
            return self._joined(asked, outcome)
        reach("submit.after_commit")
        return outcome

    def _joined(self, asked: Asked, twin: Submitted) -> Submitted:
        """Let the key stand for the request that says the same, so that a repeat is answered alike."""
        with self._database.writing() as connection:
            before = self._reserve(connection, asked, twin.request)
            return twin if before is None else Submitted(before, replayed=True, joined=before == twin.request)

    def _open(
        self, connection: Connection, asked: Asked, identifier: UUID, actor: Actor, cause: Cause
    ) -> Submitted | Refusal:
        standing = draft(
            connection,
            self._ledger.keyring,
            identifier=identifier,
            slug=asked.clinic,
            person=asked.person,
            kind=asked.kind,
            channel=asked.channel,
            practitioner=asked.content.addressed_to,
            thread=asked.thread,
            now=self._database.clock(),
        )
        outcome = self._ledger.open(connection, standing, SUBMIT, Said(asked.content), actor, cause)
        if isinstance(outcome, Refusal):
            return outcome
        workflow, keyring = self._ledger.catalogue[asked.kind], self._ledger.keyring
        twin = twin_of(connection, keyring, workflow, standing, SUBMIT, asked.content) if asked.joins_same else None
        if twin is not None:
            return Submitted(twin, replayed=False, joined=True)
        if asked.draft is not None and asked.person is not None:
            forget_draft(connection, Place(asked.person, standing.clinic.id, asked.kind), asked.draft)
        return Submitted(outcome.request, replayed=False)

    def _reserve(self, connection: Connection, asked: Asked, identifier: UUID) -> UUID | None:
        """Take the key for this request; return the request it already belongs to, if any."""
        mine = Reserved(asked.principal, f"{asked.clinic}/{asked.kind}", asked.key, asked.fingerprint)
        return reserve(connection, mine, identifier, self._database.clock())
