"""Which deadline of its page a request has next."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from storage.standing import Standing
from workflows.promise import late_from
from workflows.vocabulary import Deadline, Decision, Since, Workflow

_NONE: dict[str, Any] = {"due_at": None, "due_trigger": None}


def next_deadline(workflow: Workflow, standing: Standing, decision: Decision) -> dict[str, Any]:
    """Return the earliest deadline of the state that was reached; a step that stays where it is keeps what runs."""
    last = decision.steps[-1]
    if last.source is last.target and len(decision.steps) == 1:
        return following(workflow, standing) if last.trigger == standing.due_trigger else {}
    return _first(_running(workflow, standing))


def following(workflow: Workflow, standing: Standing) -> dict[str, Any]:
    """Return the deadline that comes after the one that has just been pulled, or was refused for good."""
    running = list(_running(workflow, standing))
    pulled = next((n for _, n, each in running if each.trigger == standing.due_trigger), -1)
    if standing.due_at is None:
        return _NONE
    return _first(each for each in running if each[:2] > (standing.due_at, pulled))


def _running(workflow: Workflow, standing: Standing) -> Iterator[tuple[datetime, int, Deadline]]:
    """Give the deadlines of the state, each with its moment and its place on the page."""
    settings = standing.clinic.settings
    starts = {
        Since.STATE: standing.entered_at,
        Since.SLOT_END: standing.slot_end,
        Since.PROMISE: late_from(standing.promised_on) if standing.promised_on and not standing.late_at else None,
        Since.UNREAD: standing.entered_at and standing.entered_at + timedelta(days=settings.unread_after_days),
    }
    for number, deadline in enumerate(workflow.deadlines):
        start = starts[deadline.since]
        if deadline.state is standing.state and start is not None:
            yield start + deadline.after, number, deadline


def _first(running: Any) -> dict[str, Any]:
    at, _, deadline = min(running, default=(None, 0, None), key=lambda each: each[:2])
    return _NONE if deadline is None else {"due_at": at, "due_trigger": deadline.trigger}
