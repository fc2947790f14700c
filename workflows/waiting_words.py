"""What is said on the waiting list: what somebody waits for, and the time that is offered for a while."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator
from pydantic_core import PydanticCustomError

from workflows.content import Code, Content, Key, WrittenText

PartOfDay = Literal["morning", "afternoon", "evening"]
"""Before noon, from noon, from five o'clock, by the time of the start in Denmark."""

WHOLE_DAY: tuple[PartOfDay, ...] = ("morning", "afternoon", "evening")


class Join(Content):
    """What the patient waits for; `instead_of` is a booking of theirs that an accepted time takes the place of."""

    reason: Code
    practitioner: Key | None = None
    first_day: date
    last_day: date
    parts_of_day: Annotated[tuple[PartOfDay, ...], Field(min_length=1, max_length=3)] = WHOLE_DAY
    instead_of: UUID | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("days_reversed", "The last day comes before the first")
        return self

    @property
    def addressed_to(self) -> str | None:
        return self.practitioner

    @property
    def given_up(self) -> UUID | None:
        return self.instead_of


class Offered(Content):
    """The time that is offered, and how long it is held for this patient."""

    slot: Key
    reason: Code
    practitioner: Key
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    until: AwareDatetime

    @property
    def wanted_slot(self) -> str | None:
        return self.slot


class Closing(Content):
    """Why the clinic takes the patient off the list."""

    reason: WrittenText


def part_of_day(local_start: datetime) -> PartOfDay:
    """Return the part of the day in which a time starts, by Danish time."""
    noon, evening = 12, 17
    if local_start.hour < noon:
        return "morning"
    return "afternoon" if local_start.hour < evening else "evening"
