"""What one decision writes: messages, changed columns. Built here, written by the ledger."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from storage.history import Actor
from storage.standing import Standing
from workflows.content import Content
from workflows.delivery import Receipt
from workflows.facts import Facts, Slot
from workflows.vocabulary import Decision, Now, Role, State, Step


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
        "person_id": standing.person,
    }


def changed_columns(step: Step, content: Content, now: datetime) -> dict[str, Any]:
    """Return what a step changes on the request's own row beside its state."""
    columns: dict[str, Any] = {"spoken_at": now} if content.is_kept else {}
    columns |= _about_the_slot(step)
    if Now.MARK_OPENED in step.at_once:
        columns["opened_at"] = now
    if Now.MARK_LATE in step.at_once:
        columns["late_at"] = now
    milestone = _milestone(step)
    if milestone is not None:
        columns[milestone] = now
    if step.outcome is not None:
        columns["outcome"] = step.outcome
    if isinstance(content, Receipt):
        columns |= {"reference": content.reference, "journal_copy": content.journal_copy}
    return columns


def keep_times(standing: Standing, step: Step, columns: dict[str, Any], now: datetime) -> None:
    """Keep on the standing since when it is where a step has led; `columns` gets what the request's row keeps."""
    if step.target is not step.source:
        standing.entered_at = columns["entered_at"] = now
    standing.late_at = columns.get("late_at", standing.late_at)


def _about_the_slot(step: Step) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if Now.TAKE_SLOT in step.at_once:
        columns["slot_held"] = True
    if {Now.FREE_SLOT, Now.HAND_OVER_SLOT} & set(step.at_once):
        columns["slot_held"] = False
    if Now.JOIN_LINE in step.at_once:
        columns |= {"slot": None, "slot_start": None, "slot_end": None}
    return columns


def taken_slot(standing: Standing, decision: Decision, facts: Facts) -> dict[str, Any]:
    """Let a request that stands have the time that the decision takes, and return what changes on its row."""
    takes = any(Now.TAKE_SLOT in step.at_once for step in decision.steps)
    if not takes or facts.slot is None:
        return {}
    standing.slot, standing.slot_start, standing.slot_end = facts.slot.key, facts.slot.starts_at, facts.slot.ends_at
    return {"slot": standing.slot, "slot_start": standing.slot_start, "slot_end": standing.slot_end}


def begin(standing: Standing, slot: Slot | None, promised_on: date | None) -> None:
    """Give a draft the time that its first step takes, whose it is, and the day by which an answer is promised."""
    standing.promised_on = promised_on
    if slot is not None:
        standing.slot, standing.slot_start, standing.slot_end = slot.key, slot.starts_at, slot.ends_at
        standing.practitioner = slot.practitioner or standing.practitioner


def _milestone(step: Step) -> str | None:
    """Return which of the request's times the step is, if any: arrival, the clinic's answer, the patient told of it."""
    if step.target is step.source or step.source is State.UNREACHABLE:
        return None
    if step.target is State.ANSWERED or (step.source is State.DELIVERED and Role.CLINIC in step.by):
        return "answered_at"
    return {State.DELIVERED: "delivered_at", State.NOTIFIED: "notified_at"}.get(step.target)


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
        "promised_on": standing.promised_on,
        "created_at": now,
        "changed_at": now,
        "spoken_at": now,
    }
