"""The only writer of request state: decide, then state, history and outbox in the caller's one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from identity.keys import Keyring
from storage import deeds, effects
from storage.database import Clock, taken_as
from storage.due import following, next_deadline
from storage.enrolments import Hands
from storage.facts import FactsReader
from storage.files import attach
from storage.history import Actor, Cause, history_row
from storage.models import HISTORY, MESSAGE, REQUEST
from storage.promises import promise_for
from storage.standing import Standing, lock, successor
from storage.steps import OvertakenError, Recorded, Said
from storage.swaps import given_up
from storage.together import Write, write_together
from storage.walk import Walk, begin, changed_columns, keep_times, message_row, request_row, taken_slot
from workflows.catalogue import Catalogue, fingerprint
from workflows.content import Nothing
from workflows.engine import Engine
from workflows.facts import Facts
from workflows.handover import Handover
from workflows.vocabulary import Decision, NotApplicableError, Refusal, Rule, State

__all__ = ("Ledger", "OvertakenError", "Recorded", "Said")

# Built once, as `Write` asks.
_INSERT_REQUEST, _INSERT_HISTORY, _INSERT_MESSAGE = sa.insert(REQUEST), sa.insert(HISTORY), sa.insert(MESSAGE)
_UPDATE_REQUEST = sa.update(REQUEST).where(
    REQUEST.c.id == sa.bindparam("of"),
    REQUEST.c.version == sa.bindparam("from_version"),
    REQUEST.c.state == sa.bindparam("from_state"),
)


class Ledger:
    """Opens and advances requests. `log` is the name of this installation's history; `new_id` gives UUIDs."""

    def __init__(
        self, *, catalogue: Catalogue, keyring: Keyring, clock: Clock, new_id: Callable[[], UUID], log: str
    ) -> None:
        self.catalogue = catalogue
        self.keyring = keyring
        self.log = log
        self._clock = clock
        self._new_id = new_id
        self._facts = FactsReader(catalogue, keyring)
        self._hands = Hands(keyring, catalogue, new_id)
        self._engines: Mapping[str, Engine] = {kind: Engine(workflow) for kind, workflow in catalogue.items()}
        self._versions = {kind: fingerprint(workflow) for kind, workflow in catalogue.items()}

    def open(
        self,
        connection: Connection,
        standing: Standing,
        trigger: str,
        said: Said,
        actor: Actor,
        cause: Cause,
    ) -> Recorded | Refusal:
        """Take the first step of a new request, whose standing is a draft that is not stored yet.

        Raises:
            NotApplicableError: the table has no such first step for this role.
            OvertakenError: another request took the slot, or brought the same message, in the same moment.
        """
        now = self._clock()
        facts = self._facts.gather(connection, standing, trigger, said.content, now)
        decision = self._engines[standing.kind].decide(State.DRAFT, trigger, actor.role, facts)
        if isinstance(decision, Refusal):
            return decision
        promised = self.catalogue[standing.kind].promised
        begin(standing, facts.slot, promise_for(connection, standing, actor.role, now) if promised else None)
        if standing.thread != standing.id:
            deeds.make_way(connection, standing.thread)
        said = replace(said, files=facts.files)
        walk = self._walk(standing, decision, said, actor, cause, now)
        row = request_row(standing, self._versions[standing.kind], actor, now)
        first = Write(_INSERT_REQUEST, row | walk.columns)
        return self._write(connection, standing, decision, first, walk, said, now)

    def advance(
        self, connection: Connection, request: UUID, trigger: str, said: Said, actor: Actor, cause: Cause
    ) -> Recorded | Refusal:
        """Pull a trigger on a request that exists.

        Raises:
            NotFoundError: there is no such request.
            NotApplicableError: the trigger has no row in the request's state, or not for this role.
            OvertakenError: another transaction changed the request meanwhile.
        """
        standing = lock(connection, self.keyring, request)
        return self.advance_locked(connection, standing, trigger, said, actor, cause)

    def advance_locked(
        self, connection: Connection, standing: Standing, trigger: str, said: Said, actor: Actor, cause: Cause
    ) -> Recorded | Refusal:
        """Pull a trigger on a request that the caller has locked. Raises as `advance` does."""
        now = max(self._clock(), standing.changed_at)
        facts = self._facts.gather(connection, standing, trigger, said.content, now)
        try:
            decision = self._engines[standing.kind].decide(standing.state, trigger, actor.role, facts)
        except NotApplicableError:
            deeds.keep_receipt(connection, standing.id, said.content)
            raise
        if isinstance(decision, Refusal):
            return decision
        following = self._follow(connection, standing, decision, said, actor, cause)
        if isinstance(following, Refusal):
            return following
        said = Said() if following else replace(said, files=facts.files)
        before = (standing.version, standing.state)
        took = taken_slot(standing, decision, facts)
        walk = self._walk(standing, decision, said, actor, cause, now)
        walk.columns |= took
        first = self._moved(standing, walk, before, now)
        recorded = self._write(connection, standing, decision, first, walk, said, now)
        return following or recorded

    def _follow(
        self, connection: Connection, standing: Standing, decision: Decision, said: Said, actor: Actor, cause: Cause
    ) -> Recorded | Refusal | None:
        """Open the request that takes this one's place, if the step says so: the words are then the new one's."""
        step = decision.steps[-1]
        if step.hands_over is not None:
            return self._hand_over(connection, standing, step.hands_over, said, actor, cause)
        if step.followed_by is None:
            return None
        fresh = successor(standing, self._new_id(), said.content.addressed_to)
        return self.open(connection, fresh, step.followed_by, said, actor, cause)

    def _hand_over(
        self, connection: Connection, standing: Standing, into: Handover, said: Said, actor: Actor, cause: Cause
    ) -> Recorded | Refusal:
        """Let go of the time and have it taken by the request that follows; where a rule refuses that, it stays."""
        old = given_up(connection, self.catalogue[standing.kind], standing)
        with connection.begin_nested() as undo:
            connection.execute(sa.update(REQUEST).where(REQUEST.c.id == standing.id).values(slot_held=False))
            if old is not None:
                outcome = self.advance(connection, old, into.swap, said, actor, cause)
            else:
                fresh = replace(successor(standing, self._new_id(), said.content.addressed_to), kind=into.kind)
                outcome = self.open(connection, fresh, into.first, said, actor, cause)
            if isinstance(outcome, Refusal):
                undo.rollback()
        return outcome

    def drop_deadline(self, connection: Connection, standing: Standing) -> None:
        """Forget a deadline whose step the rules refuse for good, such as a declined booking that has passed."""
        left = following(self.catalogue[standing.kind], standing)
        connection.execute(sa.update(REQUEST).where(REQUEST.c.id == standing.id).values(left))

    def facts_for(self, connection: Connection, standing: Standing, rules: Iterable[Rule]) -> Facts:
        """Return the facts by which these rules would be judged now: the source of "why can't I?"."""
        return self._facts.gather_for(connection, standing, rules, Nothing(), self._clock())

    @property
    def clock(self) -> Clock:
        """The clock by which steps are dated."""
        return self._clock

    def engine(self, kind: str) -> Engine:
        """Return the machine of a kind."""
        return self._engines[kind]

    def _walk(
        self, standing: Standing, decision: Decision, said: Said, actor: Actor, cause: Cause, now: datetime
    ) -> Walk:
        """Move the standing along the decided steps and collect what each writes."""
        walk = Walk()
        for step in decision.steps:
            content = said.content if step is decision.steps[-1] else Nothing()
            row = history_row(
                identifier=self._new_id(),
                log=self.log,
                wf=self._versions[standing.kind],
                standing=standing,
                step=step,
                actor=actor,
                cause=cause,
                content=content,
                leave=decision.leave,
                files=said.files if content.attached_files else (),
                at=now,
            )
            walk.history.append(row)
            if content.is_kept:
                walk.messages.append(message_row(standing, row, content, actor))
            walk.columns |= changed_columns(step, content, now)
            keep_times(standing, step, walk.columns, now)
            standing.version, standing.head, standing.state = row["n"], row["hash"], step.target
        if said.person is not None:
            walk.columns["person_id"] = standing.person = said.person
        walk.columns |= next_deadline(self.catalogue[standing.kind], standing, decision)
        return walk

    def _moved(self, standing: Standing, walk: Walk, before: tuple[int, State], now: datetime) -> Write:
        return Write(
            _UPDATE_REQUEST,
            {
                **walk.columns,
                "state": standing.state.value,
                "version": standing.version,
                "head": standing.head,
                "wf": self._versions[standing.kind],
                "changed_at": now,
            },
            {"of": standing.id, "from_version": before[0], "from_state": before[1].value},
        )

    def _write(
        self,
        connection: Connection,
        standing: Standing,
        decision: Decision,
        first: Write,
        walk: Walk,
        said: Said,
        now: datetime,
    ) -> Recorded:
        """Write the request's own row, its history, its words and what is owed; then do the deeds."""
        rows = effects.outbox_rows(connection, standing, decision, walk.history, self._new_id, now)
        writes = [
            first,
            *(Write(_INSERT_HISTORY, row) for row in walk.history),
            *(Write(_INSERT_MESSAGE, row) for row in walk.messages),
            *(effects.owed(row) for row in rows),
        ]
        doing = deeds.Doing(standing, said.content, said.password_hash, now)
        with taken_as(OvertakenError):
            complete = write_together(connection, writes, waking=bool(rows))
            if not complete or not deeds.all_done(connection, self._hands, decision, doing):
                raise OvertakenError
            if not attach(connection, said.files, standing.id, walk.history[-1]["id"], now):
                raise OvertakenError
        return Recorded(standing.id, standing.state, tuple(row["id"] for row in rows))
