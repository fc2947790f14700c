"""One history row: who did what, when, under which rules. Built here, written by the ledger alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from evidence.leaf import Value, canonical, commitment, link
from identity.keys import SealingKey
from identity.subject import Staff
from storage.standing import Standing
from workflows.content import Content
from workflows.facts import AttachedFile
from workflows.vocabulary import Role, Step


@dataclass(frozen=True, slots=True)
class Actor:
    """Who pulls a trigger. `id` is what the history may show of them; a patient's is the key's pseudonym.

    `role` is by whose right; `kind` is who it is, such as staff who take back what a patient of theirs had asked for.

    `auth` says how they are known: a log-in method, "vouched:doctor" for staff, None for the portal itself; `loa` is
    the NSIS level of assurance where an identity provider vouched for a patient.
    """

    role: Role
    kind: str
    id: str | None = None
    auth: str | None = None
    purpose: str = "treatment"
    loa: str | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What brought the trigger: an idempotency key, an outbox row, a signed message, time or an operator.

    `corr` is the id of the HTTP request, `net` a keyed hash of the caller's address.
    """

    kind: str
    id: str
    corr: str | None = None
    net: str | None = None


VOUCHED = "vouched:"
"""What `auth` begins with where a clinic vouches for its staff; the role follows."""


def vouched(staff: Staff) -> Actor:
    """Return a member of staff, as a clinic vouches for them."""
    return Actor(Role.CLINIC, "clinician", id=staff.id, auth=f"{VOUCHED}{staff.role}")


SYSTEM = Actor(Role.SYSTEM, "system", purpose="operation")


def instant(at: datetime) -> str:
    """Return a time as the history writes it: UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def history_row(
    *,
    identifier: UUID,
    log: str,
    wf: str,
    standing: Standing,
    step: Step,
    actor: Actor,
    cause: Cause,
    content: Content,
    leave: str | None,
    files: Sequence[AttachedFile] = (),
    at: datetime,
) -> dict[str, Any]:
    """Return the row that follows the standing's last one, chained to it; `leave` is by what exception it holds.

    Of files it holds keyed checksums only.
    """
    n = standing.version + 1
    said = content.model_dump_json().encode() if content.is_kept else None
    shown: Value = {"kind": actor.kind, "id": _shown(actor, standing.key, log), "auth": actor.auth, "loa": actor.loa}
    body = canonical(
        {
            "v": 1,
            "log": log,
            "clinic": str(standing.clinic.id),
            "req": str(standing.id),
            "n": n,
            "at": instant(at),
            "type": f"request.{step.trigger}",
            "from": step.source.value,
            "to": step.target.value,
            "actor": shown,
            "purpose": actor.purpose,
            "cause": {"kind": cause.kind, "id": cause.id},
            "corr": cause.corr,
            "outcome": step.outcome or content.verdict or leave or "ok",
            "cfg": standing.clinic.fingerprint,
            "commit": None if said is None else commitment(standing.key.salt(identifier), said),
            "net": cause.net,
            "files": {str(file.id): file.print for file in files} or None,
            "wf": wf,
        },
    )
    return {
        "request_id": standing.id,
        "n": n,
        "id": identifier,
        "wf": wf,
        "kind": standing.kind,
        "trigger": step.trigger,
        "from_state": step.source.value,
        "to_state": step.target.value,
        "actor": actor.kind,
        "at": at,
        "body": body,
        "prev": standing.head,
        "hash": link(standing.head, body),
    }


def handler(body: bytes) -> str | None:
    """Return the role of the member of staff who took a step, from the body of its row, if one did (EKO-13)."""
    auth = json.loads(body)["actor"]["auth"] or ""
    return auth.removeprefix(VOUCHED) if auth.startswith(VOUCHED) else None


def _shown(actor: Actor, key: SealingKey, log: str) -> str | None:
    return key.pseudonym(log) if actor.kind == "patient" else actor.id
