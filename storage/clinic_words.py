"""A word from the clinic's system: taken once, whatever way and how often it arrives."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from identity.identifiers import NewId
from identity.outcomes import KeyReusedError, NotFoundError
from identity.subject import Clinic
from storage import access
from storage.accounts import person_by_cpr
from storage.clinics import draft
from storage.database import Database
from storage.failpoints import reach
from storage.history import Cause, vouched
from storage.inbox import FINISH, KNOWN, RESERVE
from storage.ledger import Ledger, OvertakenError, Recorded, Said
from storage.standing import Standing, lock
from storage.words import Opening, Taken, Word, clinics_may_say, said_before, shaped
from workflows.content import Content
from workflows.delivery import Receipt
from workflows.vocabulary import NotApplicableError, Refusal, State

FIRST_WORD = "write"
"""The trigger by which a clinic begins a conversation itself (EKO-7)."""

RECEIPT = "receipt"
"""What the contract calls the word that a request has arrived, whatever its page calls the step."""

_TRIES = 3


class ClinicWords:
    """Takes the clinic's words into the ledger, each message id once."""

    def __init__(self, database: Database, ledger: Ledger, new_id: NewId) -> None:
        self._database = database
        self._ledger = ledger
        self._new_id = new_id

    def known(self, clinic: Clinic, message: str) -> Taken | None:
        """Return what was said to an earlier arrival of this message, if there was one."""
        with self._database.reading() as connection:
            row = connection.execute(KNOWN, _same(clinic, message)).one_or_none()
        return None if row is None else Taken(row.status, row.result, replayed=True)

    def take(self, clinic: Clinic, word: Word) -> Taken | Refusal:
        """Apply a word to its request, or return the rule that refuses; then nothing is stored.

        Raises:
            NotFoundError: the request is not there or another clinic's, or its kind has no such trigger for clinics.
            KeyReusedError: the message id came before with other bytes.
            pydantic.ValidationError: the content does not fit the shape that the page declares.
        """
        return _again(lambda: self._once(clinic, word))

    def open(self, clinic: Clinic, word: Word, opening: Opening) -> Taken | Refusal:
        """Write to one of the clinic's patients, in a thread of theirs or a new one (EKO-7). Raises as `take` does."""
        return _again(lambda: self._opened(clinic, word, opening))

    def _opened(self, clinic: Clinic, word: Word, opening: Opening) -> Taken | Refusal:
        with self._database.writing() as connection:
            before = self._reserve(connection, clinic, word)
            if before is not None:
                return before
            person = person_by_cpr(connection, opening.cpr_index)
            if person is None:
                raise NotFoundError
            kind, thread = opening.kind, opening.thread
            content = shaped(self._ledger.catalogue[kind], FIRST_WORD, word.content)
            outcome = said_before(connection, clinic, content, person=person, thread=thread) or self._begin(
                connection, clinic, word, person, kind, content, thread, opening.practitioner
            )
            return self._finish(connection, clinic, word, outcome)

    def _once(self, clinic: Clinic, word: Word) -> Taken | Refusal:
        with self._database.writing() as connection:
            before = self._reserve(connection, clinic, word)
            if before is not None:
                return before
            taken = self._finish(connection, clinic, word, self._apply(connection, clinic, word))
            reach("word.before_commit")
        reach("word.after_commit")
        return taken

    def _apply(self, connection: Connection, clinic: Clinic, word: Word) -> Recorded | Refusal | Standing:
        """Advance the request; a Standing is returned where the word is legal but has nothing to move."""
        standing = lock(connection, self._ledger.keyring, word.request)
        workflow = self._ledger.catalogue[standing.kind]
        word = replace(word, trigger=workflow.receipt) if word.trigger == RECEIPT else word
        if standing.clinic.id != clinic.clinic or not clinics_may_say(workflow, word.trigger):
            raise NotFoundError
        content = shaped(workflow, word.trigger, word.content)
        before = said_before(connection, clinic, content, thread=standing.thread)
        if before is not None:
            return before
        try:
            return self._ledger.advance_locked(
                connection, standing, word.trigger, Said(content), vouched(word.staff), _cause(word)
            )
        except NotApplicableError:
            return self._late(connection, clinic, word, standing, content)

    def _late(
        self, connection: Connection, clinic: Clinic, word: Word, standing: Standing, content: Content
    ) -> Recorded | Refusal | Standing:
        """A second answer opens a new case in the thread; a receipt is known already; the rest has no effect."""
        if isinstance(content, Receipt):  # the ledger has kept what it tells; there is nothing else to it
            return Recorded(standing.id, standing.state, ())
        first = self._ledger.catalogue[standing.kind].step(FIRST_WORD, State.DRAFT)
        answered_before = standing.state in {State.ANSWERED, State.NOTIFIED, State.UNREACHABLE}
        if first is None or not isinstance(content, first.says) or not answered_before or standing.person is None:
            return standing
        return self._begin(connection, clinic, word, standing.person, standing.kind, content, standing.thread, None)

    def _begin(
        self,
        connection: Connection,
        clinic: Clinic,
        word: Word,
        person: UUID,
        kind: str,
        content: Content,
        thread: UUID | None,
        practitioner: str | None,
    ) -> Recorded | Refusal:
        fresh = draft(
            connection,
            self._ledger.keyring,
            identifier=self._new_id(),
            slug=clinic.slug,
            person=person,
            kind=kind,
            channel="clinic",
            practitioner=practitioner,
            thread=thread,
            now=self._database.clock(),
        )
        return self._ledger.open(connection, fresh, FIRST_WORD, Said(content), vouched(word.staff), _cause(word))

    def _reserve(self, connection: Connection, clinic: Clinic, word: Word) -> Taken | None:
        row = {
            "source": clinic.clinic,
            "message_id": word.message,
            "received_at": self._database.clock(),
            "fingerprint": self._fingerprint(word),
            "trigger": word.trigger,
            "request_id": word.request,
            "status": 200,
            "result": {},
        }
        if connection.execute(RESERVE[connection.dialect.name], row).first() is not None:
            return None
        known = connection.execute(KNOWN, _same(clinic, word.message)).one()
        if known.fingerprint != self._fingerprint(word):
            raise KeyReusedError
        return Taken(known.status, known.result, replayed=True)

    def _fingerprint(self, word: Word) -> bytes:
        """Return what two arrivals of the same word have in common, whichever way they came."""
        said = [str(word.request), word.trigger, word.staff.id, word.content]
        return self._ledger.keyring.keyed("fingerprint", json.dumps(said, sort_keys=True).encode())

    def _finish(
        self, connection: Connection, clinic: Clinic, word: Word, outcome: Recorded | Refusal | Standing
    ) -> Taken | Refusal:
        if isinstance(outcome, Refusal):
            connection.rollback()
            return outcome
        values: dict[str, Any] = {"request_id": word.request}
        if isinstance(outcome, Standing):
            values |= self._kept(connection, clinic, word, outcome)
        else:
            values |= {"status": 200, "result": {"request": str(outcome.request), "state": outcome.state.value}}
        connection.execute(FINISH, {**_same(clinic, word.message), **values})
        return Taken(values["status"], values["result"])

    def _kept(self, connection: Connection, clinic: Clinic, word: Word, standing: Standing) -> dict[str, Any]:
        """Keep a word that came too late, sealed, and note that it had no effect."""
        workflow = self._ledger.catalogue[standing.kind]
        words = shaped(workflow, word.trigger, word.content).model_dump_json().encode()
        seen = access.Seen(
            "clinician",
            f"clinic.{word.trigger}",
            "not_applicable",
            actor=word.staff.id,
            clinic=clinic.clinic,
            request=standing.id,
            person=standing.person,
            role=word.staff.role,
            purpose="treatment",
            corr=word.corr,
        )
        access.note(connection, self._new_id(), self._database.clock(), seen)
        return {
            "status": 202,
            "result": {"request": str(standing.id), "state": standing.state.value, "note": "not_applicable"},
            "sealed": standing.key.seal(words, f"inbox.sealed:{clinic.clinic}:{word.message}"),
        }


def _again(once: Callable[[], Taken | Refusal]) -> Taken | Refusal:
    for _ in range(_TRIES - 1):
        try:
            return once()
        except OvertakenError:
            continue
    return once()


def _same(clinic: Clinic, message: str) -> dict[str, Any]:
    return {"clinic": clinic.clinic, "message": message}


def _cause(word: Word) -> Cause:
    return Cause("webhook", word.message, corr=word.corr)
