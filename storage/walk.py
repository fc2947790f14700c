"""What one decision writes: messages, changed columns, the next deadline. Built here, written by the ledger."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.history import Actor
from storage.standing import Standing
from workflows.content import Content
from workflows.delivery import Receipt
from workflows.vocabulary import Decision, Now, Step, Workflow


@dataclass(slots=True)
class Walk:
    """The rows one decision writes, collected step by step."""

    history: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)


def message_row(standing: Standing, row: dict[str, Any], content: Content, actor: Actor) -> dict[str, Any]:
    """Return the message that keeps a step's words, sealed."""
    identifier = row["id"]
    return {
        "id": identifier,
        "request_id": standing.id,
        "clinic_id": standing.clinic.id,
        "n": row["n"],
        "author": actor.kind,
        "trigger": row["trigger"],
        "sealed": standing.key.seal(content.model_dump_json().encode(), f"message.sealed:{identifier}"),
        "clinic_message": content.clinic_message,
        "watch_unread": bool(getattr(content, "watch_unread", False)),
        "at": row["at"],
    }


def changed_columns(step: Step, content: Content, now: datetime) -> dict[str, Any]:
    """Return what a step changes on the request's own row beside its state."""
    columns: dict[str, Any] = {}
    if Now.TAKE_SLOT in step.at_once:
        columns["slot_held"] = True
    if Now.FREE_SLOT in step.at_once:
        columns["slot_held"] = False
    if Now.MARK_OPENED in step.at_once:
        columns["opened_at"] = now
    if step.outcome is not None:
        columns["outcome"] = step.outcome
    if isinstance(content, Receipt):
        columns |= {"reference": content.reference, "journal_copy": content.journal_copy}
    return columns


def next_deadline(workflow: Workflow, standing: Standing, decision: Decision, now: datetime) -> dict[str, Any]:
    """Return the deadline of the state that was reached; a step that stays where it is keeps the one that runs."""
    last = decision.steps[-1]
    if last.source is last.target and len(decision.steps) == 1:
        return {"due_at": None, "due_trigger": None} if last.trigger == standing.due_trigger else {}
    for deadline in workflow.deadlines:
        start = standing.slot_end if deadline.from_slot_end else now
        if deadline.state is standing.state and start is not None:
            return {"due_at": start + deadline.after, "due_trigger": deadline.trigger}
    return {"due_at": None, "due_trigger": None}


def request_row(standing: Standing, wf: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the row of a new request as it stands after its first step, before the columns the step changed."""
    return {
        "id": standing.id,
        "clinic_id": standing.clinic.id,
        "person_id": standing.person,
        "key_id": standing.key.id,
        "thread_id": standing.thread,
        "kind": standing.kind,
        "wf": wf,
        "state": standing.state.value,
        "version": standing.version,
        "head": standing.head,
        "channel": standing.channel,
        "initiator": actor.kind,
        "practitioner": standing.practitioner,
        "slot": standing.slot,
        "slot_start": standing.slot_start,
        "slot_end": standing.slot_end,
        "slot_held": False,
        "created_at": now,
        "changed_at": now,
    }
