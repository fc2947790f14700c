"""Steps that time pulls: which, in which state, and from when the time is counted."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from workflows.states import State


class Since(StrEnum):
    """From when a deadline is counted; where there is no such moment, the deadline does not run.

    `STATE` is the moment the state was reached, `SLOT_END` the end of the time that is booked. `PROMISE` is the end of
    the last day on which the clinic promised an answer, until its passing has been said once. `UNREAD` is when the
    clinic wants to know of an answer that nobody has read, by its settings, reckoned from when the state was reached.
    """

    STATE = "state"
    SLOT_END = "slot_end"
    PROMISE = "promise"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A step that time itself pulls in `state`: `trigger`, this long `after` the moment it is counted from.

    A state may have several: the earliest comes first, and of two at one moment the one that the page names first.
    """

    state: State
    trigger: str
    after: timedelta
    since: Since = Since.STATE
