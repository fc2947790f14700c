"""A message that a clinic writes unasked, whether it comes as a call or in the clinic's feed (EKO-7)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from identity.cpr import Cpr
from identity.subject import Clinic, Staff
from storage.accounts import cpr_index
from storage.clinic_words import FIRST_WORD, ClinicWords
from storage.database import Database
from storage.ledger import Ledger
from storage.numbers import refusal_of
from storage.words import Opening, Taken, Word
from workflows.catalogue import Catalogue
from workflows.vocabulary import Refusal, Role, State, Step

BESIDE = ("cpr", "practitioner", "thread")
"""Members of such a message that say to whom, from whom and where, beside the words of the page."""


def first_step(catalogue: Catalogue) -> tuple[str, Step]:
    """Return the one kind whose page lets a clinic begin, and the step by which it does.

    Raises:
        LookupError: no page has such a step, or several.
    """
    found = [
        (kind, step)
        for kind, workflow in catalogue.items()
        if (step := workflow.step(FIRST_WORD, State.DRAFT)) is not None and Role.CLINIC in step.by
    ]
    if len(found) != 1:
        raise LookupError("one page, and only one, lets a clinic begin a conversation")
    return found[0]


class FirstWords:
    """Takes messages that no patient has asked for."""

    def __init__(self, database: Database, words: ClinicWords, ledger: Ledger) -> None:
        self._database = database
        self._words = words
        self._keyring = ledger.keyring
        self._kind, _ = first_step(ledger.catalogue)

    def take(
        self, clinic: Clinic, message: str, staff: Staff, content: Mapping[str, Any], corr: str | None = None
    ) -> Taken | Refusal:
        """Write to the patient that the content names by CPR number, in the thread that it names or a new one.

        Raises:
            CprError: the content's `cpr` is no CPR number.
            KeyError: the content has no `cpr`.
            NotFoundError: nobody of that number is a patient of the clinic, or the thread is not one of theirs here.
            KeyReusedError: the message id came before with other words.
            pydantic.ValidationError: the words do not fit the page.
        """
        cpr = Cpr(str(content["cpr"]), letters=True)
        refusal = self._refusal_of(clinic, cpr)
        if refusal is not None:
            return refusal
        thread = content.get("thread")
        opening = Opening(
            cpr_index(self._keyring, cpr),
            self._kind,
            content.get("practitioner"),
            None if thread is None else UUID(str(thread)),
        )
        words = {name: value for name, value in content.items() if name not in BESIDE}
        place = self._place_of(clinic, message, opening)
        word = Word(message, place, FIRST_WORD, staff, words, corr)
        return self._words.open(clinic, word, opening)

    def _refusal_of(self, clinic: Clinic, cpr: Cpr) -> Refusal | None:
        with self._database.reading() as connection:
            return refusal_of(connection, clinic.slug, cpr)

    def _place_of(self, clinic: Clinic, message: str, to: Opening) -> UUID:
        """Return what stands for the request that is not there yet: the same for a repeat to and from the same only."""
        whom = (to.cpr_index, (to.practitioner or "").encode(), *([to.thread.bytes] if to.thread else []))
        said = b"\n".join((clinic.clinic.bytes, message.encode(), *whom))
        return UUID(bytes=self._keyring.keyed("own-message", said)[:16])
