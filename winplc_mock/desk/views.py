"""What the pages show, read from the books."""

import json
import sqlite3
from typing import Any

from winplc_mock.files import attached, of_request
from winplc_mock.intake import reference, request_row
from winplc_mock.refusals import RefusedError
from winplc_mock.signups import KIND as SIGN_UP
from winplc_mock.signups import is_own_gp, offered, stamkort
from winplc_mock.visit_forms import answers_to

Rows = list[sqlite3.Row]

LISTED = """
SELECT requests.*, patients.name AS patient, json_extract(requests.body, '$.channel') AS channel FROM requests
LEFT JOIN patients ON patients.clinic = requests.clinic AND patients.cpr = requests.cpr
WHERE requests.clinic = ? AND folder = ? ORDER BY state NOT IN ('new', 'opened'), number DESC LIMIT 200
"""
SIGN_UPS = """
SELECT requests.*, clinics.name AS clinic_name FROM requests JOIN clinics ON clinics.slug = requests.clinic
WHERE kind = ? AND clinic = coalesce(?, clinic)
ORDER BY state NOT IN ('new', 'opened'), requests.number DESC LIMIT 200
"""
UNREAD = """
SELECT messages.*, patients.name AS patient FROM messages
LEFT JOIN patients ON patients.clinic = messages.clinic AND patients.cpr = messages.cpr
WHERE messages.clinic = ? AND watch_unread AND read_at IS NULL ORDER BY number DESC LIMIT 200
"""
CALENDAR = """
SELECT slots.*, requests.id AS booking, requests.state AS state, patients.name AS patient FROM slots
LEFT JOIN requests ON requests.clinic = slots.clinic AND requests.id = slots.request
LEFT JOIN patients ON patients.clinic = requests.clinic AND patients.cpr = requests.cpr
WHERE slots.clinic = ? AND slots.starts_at >= ? AND slots.starts_at < ? ORDER BY starts_at, slots.key
"""
JOURNAL = "SELECT * FROM journal WHERE clinic = ? AND cpr = ? ORDER BY number DESC LIMIT 100"
FREE = "SELECT key, starts_at, practitioner FROM slots WHERE clinic = ? AND request IS NULL ORDER BY starts_at, key"
CALLBACKS = "SELECT * FROM events WHERE clinic = ? AND state <> 'done' ORDER BY seq DESC LIMIT 200"


def folder(db: sqlite3.Connection, clinic: str, name: str) -> Rows:
    """The requests of a folder, those that wait first."""
    return db.execute(LISTED, (clinic, name)).fetchall()


def signups(db: sqlite3.Connection, clinic: str | None) -> list[dict[str, Any]]:
    """The sign-ups of every clinic, or of one, those that wait first; each says whose it is and what was typed."""
    rows = db.execute(SIGN_UPS, (SIGN_UP, clinic)).fetchall()
    return [dict(row) | {"asked": json.loads(row["body"])["content"]} for row in rows]


def unread(db: sqlite3.Connection, clinic: str) -> Rows:
    """The watched answers that no patient has opened yet."""
    return db.execute(UNREAD, (clinic,)).fetchall()


def request(db: sqlite3.Connection, clinic: str, identifier: str) -> dict[str, Any]:
    """A request with its patient, what it asks, what was decided and what was said.

    Raises:
        RefusedError: 404 ``unknown_request``.
    """
    row = request_row(db, clinic, identifier)
    if row is None:
        raise RefusedError(404, "unknown_request")
    body = json.loads(row["body"])
    content = body.get("content") or {"email": body.get("email", "")}
    decided = db.execute("SELECT * FROM decisions WHERE clinic = ? AND request = ?", (clinic, identifier))
    said = db.execute("SELECT * FROM messages WHERE clinic = ? AND request = ? ORDER BY number", (clinic, identifier))
    return {
        "row": row,
        "reference": reference(row["number"]),
        "thread": body.get("thread") if row["folder"] == "econsults" else None,
        "content": content,
        "answer_by": body.get("answer_by"),
        "patient": stamkort(db, clinic, row["cpr"]),
        "signup": {"own_gp": is_own_gp(db, clinic, row["cpr"])} if row["kind"] == SIGN_UP else None,
        "medicines": {item["key"]: item for item in _medicines(db, clinic, row["cpr"])},
        "decisions": {item["medicine"]: item for item in decided},
        "messages": said.fetchall(),
        "files": of_request(db, clinic, identifier),
        "attached": attached(db, clinic, identifier),
        "form": answers_to(db, clinic, identifier),
        "free": db.execute(FREE, (clinic,)).fetchall(),
    }


def patients(db: sqlite3.Connection, clinic: str) -> Rows:
    """The stamkort, by name; ``number`` names one in addresses, where a CPR number must not stand."""
    return db.execute("SELECT rowid AS number, * FROM patients WHERE clinic = ? ORDER BY name", (clinic,)).fetchall()


def patient(db: sqlite3.Connection, clinic: str, number: int) -> dict[str, Any]:
    """One stamkort with medicines and journal.

    Raises:
        RefusedError: 404 ``unknown_patient``.
    """
    one = "SELECT rowid AS number, * FROM patients WHERE clinic = ? AND rowid = ?"
    row = db.execute(one, (clinic, number)).fetchone()
    if row is None:
        raise RefusedError(404, "unknown_patient")
    return {
        "row": row,
        "rights": json.loads(row["rights"]),
        "offered": offered(db, clinic),
        "medicines": _medicines(db, clinic, row["cpr"]),
        "journal": db.execute(JOURNAL, (clinic, row["cpr"])).fetchall(),
    }


def calendar(db: sqlite3.Connection, clinic: str, start: str, end: str) -> Rows:
    """The times that start in [start, end), with the booking that holds each."""
    return db.execute(CALENDAR, (clinic, start, end)).fetchall()


def practitioners(db: sqlite3.Connection, clinic: str) -> list[str]:
    """The keys of the clinic's practitioners."""
    rows = db.execute("SELECT key FROM practitioners WHERE clinic = ? ORDER BY key", (clinic,))
    return [row["key"] for row in rows]


def callbacks(db: sqlite3.Connection, clinic: str) -> Rows:
    """What the portal has not taken: waiting, parked, dropped."""
    return db.execute(CALLBACKS, (clinic,)).fetchall()


def _medicines(db: sqlite3.Connection, clinic: str, cpr: str) -> Rows:
    return db.execute("SELECT * FROM medicines WHERE clinic = ? AND cpr = ? ORDER BY name", (clinic, cpr)).fetchall()


def patient_of(db: sqlite3.Connection, clinic: str, request: str) -> sqlite3.Row | None:
    """The patient of a request that is in the books, if they have a record."""
    one = (
        "SELECT patients.rowid AS number, patients.name FROM requests JOIN patients"
        " ON patients.clinic = requests.clinic AND patients.cpr = requests.cpr"
        " WHERE requests.clinic = ? AND requests.id = ?"
    )
    row: sqlite3.Row | None = db.execute(one, (clinic, request)).fetchone()
    return row
