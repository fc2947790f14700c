"""A patient keeps a time for the minutes in which they fill in the form, and lets it go again (BOO-16)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from identity.identifiers import NewId
from identity.subject import Patient
from storage.clinics import draft
from storage.database import Database, is_taken
from storage.facts import FactsReader
from storage.ledger import Ledger, OvertakenError
from storage.memberships import own_clinic
from storage.slot_holds import Holder, claim, held_until, holder_of, is_booked, let_go
from storage.standing import Standing
from storage.throttles import count_up
from workflows.appointments import HoldWish
from workflows.booking_words import HELD_FOR
from workflows.catalogue import taking_times
from workflows.rights import first_refusal
from workflows.vocabulary import Need, Refusal, Rule

MOST_HOLDS = 60
HOLDS_WINDOW = timedelta(hours=1)
_SUBMIT = "submit"
_TRIES = 3


class SlotHolding:
    """Holds times for patients: one at each clinic, and never longer by asking again."""

    def __init__(self, database: Database, ledger: Ledger, new_id: NewId) -> None:
        self._database, self._ledger, self._new_id = database, ledger, new_id
        self._workflow = taking_times(ledger.catalogue)
        self._facts = FactsReader(ledger.catalogue, ledger.keyring)
        self._rules = _about_the_time(self._workflow.rules(_SUBMIT))

    def is_too_often(self, patient: Patient) -> bool:
        """Count one more; return whether the patient has asked too often within an hour."""
        with self._database.writing() as connection:
            counted = count_up(connection, f"slot-hold:{patient.person}", self._database.clock(), HOLDS_WINDOW)
        return counted > MOST_HOLDS

    def hold(self, patient: Patient, slug: str, slot: str) -> datetime | Refusal:
        """Keep the time for the patient, in place of another one at the clinic; return until when, or what refuses.

        Raises:
            NotFoundError: no such clinic, or the person is not a patient there.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._once(patient, slug, slot)
            except OvertakenError:
                continue
        return self._once(patient, slug, slot)

    def let_go(self, patient: Patient, slug: str) -> None:
        """Give back the time that the patient holds at the clinic, if any. Raises as `hold` does."""
        with self._database.writing() as connection:
            clinic, _ = own_clinic(connection, self._ledger.keyring, patient.person, slug)
            let_go(connection, clinic.id, holder_of(self._ledger.keyring, patient.person, clinic.id))

    def _once(self, patient: Patient, slug: str, slot: str) -> datetime | Refusal:
        with self._database.writing() as connection:
            standing = self._draft(connection, patient, slug)
            wish, now = HoldWish(slot=slot), self._database.clock()
            facts = self._facts.gather_for(connection, standing, self._rules, wish, now)
            refusal = first_refusal(self._rules, facts)
            if refusal is not None:
                return refusal
            mark = holder_of(self._ledger.keyring, patient.person, standing.clinic.id)
            return self._held(connection, standing.clinic.id, slot, Holder(mark, now))

    def _held(self, connection: Connection, clinic: UUID, slot: str, by: Holder) -> datetime:
        """Claim the time; looked at once it is claimed, for a booking may have come first.

        Raises:
            OvertakenError: somebody else took or holds it, or the patient holds another one, in the same moment.
        """
        before = held_until(connection, clinic, slot, by.mark, by.now)
        if before is not None:
            return before
        let_go(connection, clinic, by.mark)
        until = by.now + HELD_FOR
        try:
            claimed = claim(connection, clinic, (slot,), by, until)
        except IntegrityError as error:
            if is_taken(error):
                raise OvertakenError from None
            raise
        if not claimed or is_booked(connection, clinic, slot):
            raise OvertakenError
        return until

    def _draft(self, connection: Connection, patient: Patient, slug: str) -> Standing:
        return draft(
            connection,
            self._ledger.keyring,
            identifier=self._new_id(),
            slug=slug,
            person=patient.person,
            kind=self._workflow.kind,
            channel=patient.channel,
            practitioner=None,
            thread=None,
            now=self._database.clock(),
        )


def _about_the_time(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return those of a booking's rules that are about who may book what when, and not about what is written."""
    return tuple(rule for rule in rules if rule.needs in {Need.SERVICE, Need.SLOT} and rule.field != "comment")
