"""Actor: take a request, its end, a receipt, or an identity check to WinPLC: once in effect, however often tried."""

from uuid import UUID

from storage.database import Connection
from storage.deliveries import keeping
from storage.failpoints import reach
from storage.ledger import Said
from storage.outbox import Unloadable, Work
from storage.parcels import Claim, Parcel, Reading
from workers.crew import Also, Crew, Steps, nothing
from workers.winplc import Checked, WinPlc, WinPlcFailedError
from workflows.delivery import Failure, Receipt
from workflows.recovery import Finding
from workflows.vocabulary import Do

DISPLACED = "displaced"
TIME_GONE = frozenset({"slot_taken", "unknown_slot"})
"""WinPLC's words for a time that is not to be had: its calendar is right, and the patient is told (BOO-3)."""


class Deliver:
    """Works the rows whose destination is WinPLC."""

    def __init__(self, crew: Crew, winplc: WinPlc) -> None:
        self._crew = crew
        self._winplc = winplc

    def __call__(self, row: UUID) -> None:
        """Work one row, if it is to be had."""
        reach("deliver.before_claim", row)
        claimed = self._crew.outbox.claim(row, self._load)
        if claimed is None:
            return
        work, parcel = claimed
        with self._crew.leases.held(work.id):
            if isinstance(parcel, Unloadable):
                self._crew.park(work, _lost(work, "gave_up", parcel.code), parcel.code)
                return
            reach("deliver.before_call", row)
            try:
                steps = self._carry(work, parcel)
            except WinPlcFailedError as failure:
                self._failed(work, parcel, failure)
                return
            reach("deliver.before_result")
            self._crew.finish(work, steps, "sent", self._proof(work, parcel, steps))
            reach("deliver.after_result")

    def _load(self, connection: Connection, work: Work) -> Parcel | Claim | Reading:
        parcels = self._crew.parcels
        if work.effect == Do.TELL_WINPLC_IT_WAS_READ:
            return parcels.reading(connection, work)
        return (parcels.claim if work.effect == Do.CHECK_IDENTITY else parcels.parcel)(connection, work)

    def _proof(self, work: Work, parcel: Parcel | Claim | Reading, steps: Steps) -> Also:
        """Return what keeps the proof of a filing, in the commit that records it (NEW-4)."""
        receipts = [said.content for _, said in steps if isinstance(said.content, Receipt)]
        if not isinstance(parcel, Parcel) or not receipts:
            return nothing
        filed, now = receipts[0], self._crew.database.clock()
        return keeping(self._crew.ledger.keyring, work, parcel, filed.reference, filed.journal_copy, now)

    def _carry(self, work: Work, parcel: Parcel | Claim | Reading) -> Steps:
        """Make the call; return the steps that its answer leads to."""
        if isinstance(parcel, Claim):
            return self._checked(work, parcel)
        if isinstance(parcel, Reading):
            self._winplc.tell_read(work.id, parcel)
            return ()
        if work.effect == Do.FILE_FORM:
            self._winplc.file_form(work.id, parcel)
            return ()
        if work.effect == Do.TELL_WINPLC_IT_ENDED:
            self._winplc.tell_ended(work.id, parcel)
            return ()
        filed = self._winplc.file(work.id, parcel)
        return (("delivered", Said(Receipt(reference=filed.reference, journal_copy=filed.journal_copy))),)

    def _checked(self, work: Work, claim: Claim) -> Steps:
        """Ask the clinic about an identity, unless its number has been asked about too often."""
        if claim.too_often:
            return (("turned_away", Said(Finding(finding="too_often"))),)
        return _found(self._winplc.check(work.id, claim), claim)

    def _can_be_displaced(self, work: Work, parcel: Parcel | Claim | Reading) -> bool:
        """Return whether it was a request for a time, which the clinic's own calendar has given to somebody else."""
        if not isinstance(parcel, Parcel) or work.effect != Do.FILE_IN_WINPLC:
            return False
        return self._crew.ledger.catalogue[parcel.kind].shape(DISPLACED) is not None

    def _failed(self, work: Work, parcel: Parcel | Claim | Reading, failure: WinPlcFailedError) -> None:
        if failure.code in TIME_GONE and self._can_be_displaced(work, parcel):
            self._crew.finish(work, ((DISPLACED, Said(Failure(reason=failure.code))),), "refused")
        elif failure.permanent:
            self._crew.park(work, _lost(work, "refused", failure.code), failure.code)
        elif not self._crew.put_off(work, failure.code, failure.retry_after):
            self._crew.park(work, _lost(work, "gave_up", failure.code), failure.code)


def _lost(work: Work, trigger: str, code: str) -> Steps:
    """Return the step of a request that will not arrive; it does not apply where only its end was to be told."""
    if work.effect == Do.TELL_WINPLC_IT_WAS_READ:
        return ()
    return ((trigger, Said(Failure(reason=_machine_word(code)))),)


def _machine_word(code: str) -> str:
    return "".join(letter if letter.isascii() and letter.islower() else "_" for letter in code.lower()).strip("_")[:40]


def _found(checked: Checked, claim: Claim) -> Steps:
    """Return the steps of an identity check: a match, no match, or staff must decide (REC-5)."""
    arrived = ("delivered", Said(Receipt(reference=checked.reference)))
    if claim.match is None or not (checked.patient and checked.no_mitid):
        return (arrived, ("not_matched", Said(Finding(finding="no_match"))))
    person = claim.match.person
    if not checked.email_matches:
        return (arrived, ("staff_decide", Said(Finding(finding="address_differs"), person=person)))
    return (arrived, ("matched", Said(Finding(finding="match"), person=person)))
