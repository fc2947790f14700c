"""What the portal brings: requests, withdrawals, identity checks. Each has its effect once."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import IdentityCheck, Submission, Withdrawal, canonical
from winplc_mock.signups import KIND as SIGN_UP
from winplc_mock.signups import stamkort

FOLDERS = {
    "enrolment": "signups",
    "e_kons": "econsults",
    "renewal": "renewals",
    "booking": "calendar",
    "waiting": "waiting",
    "recovery": "identity",
}
OTHER_FOLDER = "other"


@dataclass(frozen=True)
class Call:
    """One signed call about one request: whose, when, and under which message id."""

    clinic: str
    request: str
    webhook_id: str
    at: str


@dataclass(frozen=True)
class Outcome:
    """The answer to a call, and whether this call (not an earlier one) had the effect."""

    result: dict[str, Any]
    first: bool


def was_accepted(db: sqlite3.Connection, clinic: str, webhook_id: str) -> bool:
    """Whether the message was accepted before, which makes a stale copy of it a harmless replay."""
    row = db.execute("SELECT 1 FROM calls WHERE clinic = ? AND webhook_id = ? LIMIT 1", (clinic, webhook_id))
    return row.fetchone() is not None


def note_call(db: sqlite3.Connection, call: Call, what: str) -> None:
    """Count a call that was answered from the books."""
    db.execute(
        "INSERT INTO calls (clinic, webhook_id, request, what, at) VALUES (?, ?, ?, ?, ?)",
        (call.clinic, call.webhook_id, call.request, what, call.at),
    )


def came_elsewhere(db: sqlite3.Connection, clinic: str, request: str) -> bool:
    """Whether a request came by another way than the portal, which then is told nothing of it (HOL-2)."""
    by = "SELECT 1 FROM calls WHERE clinic = ? AND request = ? AND what = 'elsewhere'"
    return db.execute(by, (clinic, request)).fetchone() is not None


def receive(db: sqlite3.Connection, call: Call, submission: Submission, *, known_patient: bool = True) -> Outcome:
    """File a request once; a repeat of the same body gets the first answer.

    Raises:
        RefusedError: 422 ``body_differs``, ``unknown_patient`` or ``unknown_slot``, 409 ``slot_taken``.
    """
    body = canonical(submission.model_dump())
    note_call(db, call, "put")
    if repeated := _repeated(db, call, body):
        return repeated
    is_known = known_patient and stamkort(db, call.clinic, submission.patient.cpr) is not None
    if not is_known and submission.kind != SIGN_UP:
        raise RefusedError(422, "unknown_patient")
    withdrawn = _is_withdrawn(db, call)
    if submission.kind == "booking" and not withdrawn:
        take_slot(db, call.clinic, call.request, str(submission.content["slot"]))
    state = "withdrawn" if withdrawn else "new"
    result = _file(db, call, (submission.kind, state, submission.patient.cpr, submission.practitioner), body)
    copy = _journal_copy(db, call, submission.patient.cpr, canonical(submission.content))
    result |= {"journal_copy": copy, "received_at": call.at}
    _keep_result(db, call, result)
    return Outcome(result, first=not withdrawn)


def withdraw(db: sqlite3.Connection, call: Call, withdrawal: Withdrawal) -> Outcome:
    """Take a request out of the folders; one that has not arrived yet is remembered as withdrawn."""
    note_call(db, call, "withdrawal")
    remembered = db.execute(
        "INSERT INTO withdrawals (clinic, request, trigger, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (call.clinic, call.request, withdrawal.trigger, call.at),
    )
    db.execute("UPDATE requests SET state = 'withdrawn' WHERE clinic = ? AND id = ?", (call.clinic, call.request))
    free_slot(db, call.clinic, call.request)
    row = request_row(db, call.clinic, call.request)
    return Outcome({"reference": reference(row["number"]) if row else None}, first=remembered.rowcount == 1)


def check_identity(db: sqlite3.Connection, call: Call, check: IdentityCheck, *, known_patient: bool = True) -> Outcome:
    """Compare what was typed with the stamkort; only a differing address of a no-MitID patient is put before staff.

    Raises:
        RefusedError: 422 ``body_differs``.
    """
    body = canonical(check.model_dump())
    note_call(db, call, "identity-check")
    if repeated := _repeated(db, call, body):
        return repeated
    row = stamkort(db, call.clinic, check.cpr) if known_patient else None
    facts = {
        "patient": row is not None,
        "no_mitid": row is not None and bool(row["no_mitid"]),
        "email_matches": row is not None and _same_address(row["email"], check.email),
    }
    for_staff = facts["no_mitid"] and not facts["email_matches"]
    state = "withdrawn" if _is_withdrawn(db, call) else "new" if for_staff else "handled"
    result = _file(db, call, ("recovery", state, check.cpr, None), body) | facts
    _journal_copy(db, call, check.cpr, canonical(facts))
    _keep_result(db, call, result)
    return Outcome(result, first=True)


def request_row(db: sqlite3.Connection, clinic: str, request: str) -> sqlite3.Row | None:
    """The request as filed, or None."""
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM requests WHERE clinic = ? AND id = ?", (clinic, request)
    ).fetchone()
    return found


def take_slot(db: sqlite3.Connection, clinic: str, request: str, slot: str) -> None:
    """Book a time for a request.

    Raises:
        RefusedError: 422 ``unknown_slot``; 409 ``slot_taken``, also when an overlapping one of the practitioner is.
    """
    row = db.execute("SELECT * FROM slots WHERE clinic = ? AND key = ?", (clinic, slot)).fetchone()
    if row is None:
        raise RefusedError(422, "unknown_slot")
    overlapping = db.execute(
        "SELECT 1 FROM slots WHERE clinic = ? AND practitioner = ? AND starts_at < ? AND ends_at > ?"
        " AND request IS NOT NULL AND request <> ?",
        (clinic, row["practitioner"], row["ends_at"], row["starts_at"], request),
    )
    if overlapping.fetchone():
        raise RefusedError(409, "slot_taken")
    db.execute("UPDATE slots SET request = ? WHERE clinic = ? AND key = ?", (request, clinic, slot))


def free_slot(db: sqlite3.Connection, clinic: str, request: str) -> None:
    """Give back whatever time the request holds."""
    db.execute("UPDATE slots SET request = NULL WHERE clinic = ? AND request = ?", (clinic, request))


def reference(number: int) -> str:
    """The clinic system's own id of a request."""
    return f"W-{number:06d}"


def journal_number(number: int) -> str:
    """The id of a copy in the journal."""
    return f"J-{number:06d}"


def _repeated(db: sqlite3.Connection, call: Call, body: str) -> Outcome | None:
    row = request_row(db, call.clinic, call.request)
    if row is None:
        return None
    if row["body"] != body:
        raise RefusedError(422, "body_differs")
    return Outcome(json.loads(row["result"]), first=False)


def _is_withdrawn(db: sqlite3.Connection, call: Call) -> bool:
    found = db.execute("SELECT 1 FROM withdrawals WHERE clinic = ? AND request = ?", (call.clinic, call.request))
    return found.fetchone() is not None


def _same_address(stamkort: str | None, typed: str) -> bool:
    return stamkort is not None and stamkort.strip().casefold() == typed.strip().casefold()


def _file(db: sqlite3.Connection, call: Call, entry: tuple[str, str, str, str | None], body: str) -> dict[str, Any]:
    kind, state, cpr, practitioner = entry
    cursor = db.execute(
        "INSERT INTO requests (clinic, id, kind, folder, state, cpr, practitioner, body, result, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', ?)",
        (call.clinic, call.request, kind, FOLDERS.get(kind, OTHER_FOLDER), state, cpr, practitioner, body, call.at),
    )
    return {"reference": reference(cursor.lastrowid or 0)}


def _journal_copy(db: sqlite3.Connection, call: Call, cpr: str, text: str) -> str:
    cursor = db.execute(
        "INSERT INTO journal (clinic, cpr, request, direction, text, at) VALUES (?, ?, ?, 'in', ?, ?)",
        (call.clinic, cpr, call.request, text, call.at),
    )
    return journal_number(cursor.lastrowid or 0)


def _keep_result(db: sqlite3.Connection, call: Call, result: dict[str, Any]) -> None:
    db.execute(
        "UPDATE requests SET result = ? WHERE clinic = ? AND id = ?",
        (canonical(result), call.clinic, call.request),
    )
