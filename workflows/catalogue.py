"""The request types: the only list of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple
from types import MappingProxyType
from typing import Any

from workflows.booking import BOOKING
from workflows.e_kons import E_KONS
from workflows.enrolment import ENROLMENT
from workflows.recovery import RECOVERY
from workflows.renewal import RENEWAL
from workflows.vocabulary import Now, State, Step, Workflow
from workflows.waiting import WAITING

Catalogue = Mapping[str, Workflow]
"""Kind to workflow."""

CATALOGUE: Catalogue = MappingProxyType(
    {workflow.kind: workflow for workflow in (E_KONS, RENEWAL, BOOKING, WAITING, ENROLMENT, RECOVERY)},
)


def behind(catalogue: Catalogue, door: str) -> Workflow:
    """Return the request type that is made in a collection of its own, by whoever asks.

    Raises:
        LookupError: no page has such a door, or several.
    """
    found = [workflow for workflow in catalogue.values() if workflow.door == door]
    if len(found) != 1:
        raise LookupError("one page, and only one, has this door")
    return found[0]


def taking_times(catalogue: Catalogue) -> Workflow:
    """Return the request type that takes a time of the calendar as soon as it is sent.

    Raises:
        LookupError: no page does, or several.
    """
    found = [
        workflow
        for workflow in catalogue.values()
        if any(step.source is State.DRAFT and Now.TAKE_SLOT in step.at_once for step in workflow.steps)
    ]
    if len(found) != 1:
        raise LookupError("one page, and only one, takes times")
    return found[0]


def _row(step: Step) -> dict[str, Any]:
    return {
        "trigger": step.trigger,
        "from": step.source.value,
        "to": step.target.value,
        "by": sorted(role.name or "" for role in step.by),
        "only_if": [rule.code for rule in step.only_if],
        "then": [f"{effect.do}:{effect.letter or ''}" for effect in step.then],
        "at_once": [deed.value for deed in step.at_once],
        "outcome": step.outcome,
        "followed_by": step.followed_by,
        **({"hands_over": astuple(step.hands_over)} if step.hands_over else {}),
    }


def table_text(workflow: Workflow) -> str:
    """Return the workflow's table as canonical JSON: what the history's `wf` refers to, kept for ever."""
    table = {"kind": workflow.kind, "steps": [_row(step) for step in workflow.steps]}
    return json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(workflow: Workflow) -> str:
    """Return the hexadecimal SHA-256 of the table in force: the `wf` of every history row written under it."""
    return hashlib.sha256(table_text(workflow).encode()).hexdigest()
