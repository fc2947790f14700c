"""Forms before a visit: what the clinic asks by kind of appointment, and what patients have answered."""

import json
import sqlite3
from typing import Any

from winplc_mock.intake import Call, Outcome, journal_number, note_call, request_row
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import FormAnswers, canonical


def take_answers(db: sqlite3.Connection, call: Call, given: FormAnswers) -> Outcome:
    """Keep answers with a copy in the journal; the same answers of the same moment get the first reply.

    Raises:
        RefusedError: 404 ``unknown_request``.
    """
    note_call(db, call, "form")
    text = canonical(given.answers)
    known = db.execute(
        "SELECT result FROM form_answers WHERE clinic = ? AND request = ? AND at = ? AND version = ? AND answers = ?",
        (call.clinic, call.request, given.at, given.version, text),
    ).fetchone()
    if known is not None:
        return Outcome(json.loads(known["result"]), first=False)
    row = request_row(db, call.clinic, call.request)
    if row is None:
        raise RefusedError(404, "unknown_request")
    copy = db.execute(
        "INSERT INTO journal (clinic, cpr, request, direction, text, at) VALUES (?, ?, ?, 'in', ?, ?)",
        (call.clinic, row["cpr"], call.request, text, call.at),
    )
    result = {"journal_copy": journal_number(copy.lastrowid or 0)}
    db.execute(
        "INSERT INTO form_answers (clinic, request, webhook_id, version, answers, result, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (call.clinic, call.request, call.webhook_id, given.version, text, canonical(result), given.at),
    )
    return Outcome(result, first=True)


def answers_to(db: sqlite3.Connection, clinic: str, request: str) -> list[tuple[str, Any]]:
    """The last answers with the questions as the clinic asks them now, or by their keys."""
    row = db.execute(
        "SELECT * FROM form_answers WHERE clinic = ? AND request = ? ORDER BY at DESC LIMIT 1", (clinic, request)
    ).fetchone()
    if row is None:
        return []
    asked: dict[str, str] = {}
    for form in forms(db, clinic).values():
        asked |= {question["key"]: question["da"] for question in form["questions"]}
    words = {True: "Ja", False: "Nej"}
    given = json.loads(row["answers"]).items()
    return [(asked.get(key, key), words[each] if isinstance(each, bool) else each) for key, each in given]


def forms(db: sqlite3.Connection, clinic: str) -> dict[str, dict[str, Any]]:
    """The clinic's forms by kind of appointment."""
    rows = db.execute("SELECT * FROM visit_forms WHERE clinic = ? ORDER BY reason", (clinic,))
    return {row["reason"]: json.loads(row["details"]) for row in rows}


def keep_form(db: sqlite3.Connection, clinic: str, reason: str, details: dict[str, Any]) -> None:
    """Keep a form in the place of the one before."""
    db.execute(
        "INSERT INTO visit_forms (clinic, reason, details) VALUES (?, ?, ?)"
        " ON CONFLICT (clinic, reason) DO UPDATE SET details = excluded.details",
        (clinic, reason, canonical(details)),
    )
