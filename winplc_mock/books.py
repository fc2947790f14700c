"""The clinic system as one thing: every call and every act is one transaction on its books."""

import sqlite3
from collections.abc import Callable, Collection
from typing import Any
from uuid import uuid4

from winplc_mock import acts, intake, signups, visit_forms
from winplc_mock.acts import Doing, Event
from winplc_mock.calendar_book import was_offered
from winplc_mock.clinics import AUTOMATIC, Clinic, clinic_named, staff_of
from winplc_mock.intake import Call, Outcome
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import FormAnswers, IdentityCheck, Staff, Submission, Withdrawal
from winplc_mock.store import Clock, Store, wall_clock, written


def event_id() -> str:
    """A new id of an event, which is the ``webhook-id`` of its callback."""
    return f"evt_{uuid4().hex}"


class Books:
    """What the portal and the staff do, written down; listeners are called after the commit."""

    def __init__(self, store: Store, clock: Clock = wall_clock, new_id: Callable[[], str] = event_id) -> None:
        self.store = store
        self.clock = clock
        self.new_id = new_id
        self._on_event: list[Callable[[str], None]] = []
        self._on_request: list[Callable[[str, str], None]] = []

    def on_event(self, listener: Callable[[str], None]) -> None:
        """Call ``listener(event id)`` when an event is owed to the portal."""
        self._on_event.append(listener)

    def on_request(self, listener: Callable[[str, str], None]) -> None:
        """Call ``listener(clinic, request)`` when a request waits for staff."""
        self._on_request.append(listener)

    def now(self) -> str:
        """The moment as the books write it."""
        return written(self.clock())

    def clinic(self, slug: str) -> Clinic:
        """The clinic of that slug; RefusedError 404 if there is none."""
        with self.store.read() as db:
            return clinic_named(db, slug)

    def was_accepted(self, slug: str, webhook_id: str) -> bool:
        """Whether a message of that id was accepted before."""
        with self.store.read() as db:
            return intake.was_accepted(db, slug, webhook_id)

    def receive(self, call: Call, submission: Submission, *, known_patient: bool = True) -> Outcome:
        """File a request (see ``intake.receive``); some are answered by the system itself."""
        event = None
        with self.store.write() as db:
            outcome = intake.receive(db, call, submission, known_patient=known_patient)
            own = _own_answer(db, call, submission) if outcome.first else None
            if own:
                event = acts.act(db, Doing(call.clinic, call.request, *own, AUTOMATIC, call.at), self.new_id)
        if event:
            self._tell(event)
        elif outcome.first:
            self._ask(call)
        return outcome

    def receive_elsewhere(self, call: Call, submission: Submission) -> Outcome:
        """File a request that came by another way than the portal: Min Læge itself, the medicine card, a pharmacy."""
        with self.store.write() as db:
            intake.note_call(db, call, "elsewhere")
        return self.receive(call, submission)

    def withdraw(self, call: Call, withdrawal: Withdrawal) -> Outcome:
        """Withdraw a request (see ``intake.withdraw``)."""
        with self.store.write() as db:
            return intake.withdraw(db, call, withdrawal)

    def take_form(self, call: Call, given: FormAnswers) -> Outcome:
        """Keep the answers to a form (see ``visit_forms.take_answers``)."""
        with self.store.write() as db:
            return visit_forms.take_answers(db, call, given)

    def check_identity(self, call: Call, check: IdentityCheck, *, known_patient: bool = True) -> Outcome:
        """Check CPR and address (see ``intake.check_identity``)."""
        with self.store.write() as db:
            return intake.check_identity(db, call, check, known_patient=known_patient)

    def message_read(self, call: Call, message: str, read_at: str) -> Outcome:
        """Note that the patient has opened a message; a watched one leaves the folder of unread answers.

        Raises:
            RefusedError: 404 ``unknown_message``.
        """
        number = message.removeprefix("M-")
        with self.store.write() as db:
            intake.note_call(db, call, "read")
            changed = db.execute(
                "UPDATE messages SET read_at = coalesce(read_at, ?) WHERE clinic = ? AND number = ?",
                (read_at, call.clinic, int(number) if number.isdecimal() else None),
            )
            if not changed.rowcount:
                raise RefusedError(404, "unknown_message")
        return Outcome({"message_id": message}, first=True)

    def act(
        self,
        clinic: str,
        request: str | None,
        steps: list[tuple[str, dict[str, Any]]],
        staff: Staff,
        only_if: Collection[str] = (),
    ) -> list[Event]:
        """Do several steps to one request, all or none; each becomes an event, in this order.

        With ``only_if`` nothing is done unless the request is in one of those states.
        """
        with self.store.write() as db:
            row = intake.request_row(db, clinic, request) if request and only_if else None
            if only_if and (row is None or row["state"] not in only_if):
                return []
            moment = self.now()
            events = [
                acts.act(db, Doing(clinic, request, trigger, content, staff, moment), self.new_id)
                for trigger, content in steps
            ]
        for event in events:
            self._tell(event)
        return events

    def staff(self, clinic: str, identifier: str | None) -> Staff:
        """The member of staff of that id, or the first in the picker.

        Raises:
            RefusedError: 422 ``unknown_staff``.
        """
        with self.store.read() as db:
            clinic_named(db, clinic)
            for member in staff_of(db, clinic):
                if identifier in {None, member.id}:
                    return member
        raise RefusedError(422, "unknown_staff")

    def _tell(self, event: Event) -> None:
        for listener in self._on_event:
            listener(event.id)

    def _ask(self, call: Call) -> None:
        for listener in self._on_request:
            listener(call.clinic, call.request)


def _own_answer(db: sqlite3.Connection, call: Call, submission: Submission) -> tuple[str, dict[str, Any]] | None:
    """The act by which nobody but the system answers: automatic booking, sign-up without approval."""
    content = submission.content
    if submission.kind == "booking" and (
        clinic_named(db, call.clinic).auto_confirm
        or was_offered(db, call.clinic, submission.thread, str(content["slot"]))
    ):
        return "confirm", {}
    if submission.kind == signups.KIND and signups.answers_by_itself(db, call.clinic, content):
        return signups.own_answer(db, call.clinic, submission.patient.cpr, content)
    return None
