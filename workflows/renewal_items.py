"""Where each medicine of a renewal stands, in words a patient knows (REN-2, REN-10), and where a "no" leads."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from workflows.vocabulary import Say, State


class ItemStatus(StrEnum):
    """Where one medicine of a renewal stands."""

    REQUESTED = "requested"
    AT_CLINIC = "at_clinic"
    APPROVED = "approved"
    APPROVED_CHANGED = "approved_changed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    UNDELIVERABLE = "undeliverable"


# fmt: off
STATUSES: Mapping[ItemStatus, Say] = MappingProxyType({
    ItemStatus.REQUESTED:        Say("Sendt", "Sent"),
    ItemStatus.AT_CLINIC:        Say("Hos klinikken", "At the clinic"),
    ItemStatus.APPROVED:         Say("Fornyet", "Renewed"),
    ItemStatus.APPROVED_CHANGED: Say("Fornyet med en ændring", "Renewed with a change"),
    ItemStatus.REJECTED:         Say("Ikke fornyet", "Not renewed"),
    ItemStatus.WITHDRAWN:        Say("Trukket tilbage", "Withdrawn"),
    ItemStatus.UNDELIVERABLE:    Say("Ikke nået frem", "Not delivered"),
})

REASONS: Mapping[str, Say] = MappingProxyType({
    "needs_checkup":      Say("Du skal til kontrol først.", "You need a check-up first."),
    "needs_consultation": Say("Du skal tale med lægen først.", "You need to talk with the doctor first."),
    "open_prescription":  Say("Du har stadig en åben recept.", "You still have an open prescription."),
    "other_prescriber":   Say("Den, der behandler dig, fornyer den.", "Whoever treats you renews this medicine."),
    "not_on_card":        Say("Medicinen står ikke på dit medicinkort.", "The medicine is not on your medicine card."),
    "dose_unclear":       Say("Din dosis er uklar. Ring til klinikken.", "Your dose is unclear. Phone the clinic."),
    "other":              Say("Læs klinikkens besked, eller ring.", "Read the clinic's message, or phone."),
})
"""What each reason for a rejection says to the patient."""

# fmt: on

_WHILE_OPEN: Mapping[State, ItemStatus] = MappingProxyType(
    {
        State.SUBMITTED: ItemStatus.REQUESTED,
        State.WITHDRAWN: ItemStatus.WITHDRAWN,
        State.UNDELIVERABLE: ItemStatus.UNDELIVERABLE,
    }
)


def item_status(state: State, decision: str | None) -> ItemStatus:
    """Return where a medicine stands: as the clinic decided it, or else as its request stands."""
    return ItemStatus(decision) if decision is not None else _WHILE_OPEN.get(state, ItemStatus.AT_CLINIC)
