"""What is said about a booking: the patient's choice, the clinic's word, move and offer."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.content import Code, Content, Key, PlainText

HELD_FOR = timedelta(minutes=5)
"""How long a time is held for a patient who fills in the form (BOO-16)."""

OFFER_HELD_FOR = timedelta(hours=24)
"""How long times that the clinic offers instead of another are held for the patient."""

MOST_OFFERED = 10


class Choice(Content):
    """The time the patient chooses among those that the clinic has offered; its reason is the time's own."""

    slot: Key
    reason: Code | None = None
    comment: PlainText | None = None

    @property
    def written(self) -> str:
        return self.comment or ""

    @property
    def wanted_slot(self) -> str | None:
        return self.slot


class Word(Content):
    """The clinic's word on the booking."""

    message_id: Key
    reason: PlainText | None = None

    @property
    def clinic_message(self) -> str | None:
        return self.message_id


class Move(Word):
    """The clinic's word that the booking now has another time."""

    slot: Key

    @property
    def wanted_slot(self) -> str | None:
        return self.slot


class Offer(Word):
    """Other times instead of the one that was asked for; they are held for the patient for a day."""

    slots: Annotated[tuple[Key, ...], Field(min_length=1, max_length=MOST_OFFERED)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.slots)) < len(self.slots):
            raise PydanticCustomError("slot_twice", "The same time is named twice")
        return self

    @property
    def offered_slots(self) -> tuple[str, ...]:
        return self.slots
