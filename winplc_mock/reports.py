"""The books as others may read them: counts, rows, no CPR and no text."""

import sqlite3
from typing import Any

from winplc_mock.intake import journal_number, reference

FOLDER_COUNTS = """
SELECT folder, count(*) AS n FROM requests WHERE clinic = ? AND state IN ('new', 'opened') GROUP BY folder
"""
REQUESTS = """
SELECT number, id, kind, folder, state,
    (SELECT count(*) FROM calls WHERE calls.clinic = requests.clinic AND calls.request = requests.id
        AND what IN ('put', 'identity-check')) AS calls,
    (SELECT count(*) FROM journal WHERE journal.clinic = requests.clinic AND journal.request = requests.id
        AND direction = 'in') AS effects,
    (SELECT min(journal.number) FROM journal WHERE journal.clinic = requests.clinic AND journal.request = requests.id
        AND direction = 'in') AS copy
FROM requests WHERE clinic = ? ORDER BY number
"""
EVENTS = (
    "SELECT seq, id, request, trigger, state, attempts, last_status, last_note FROM events"
    " WHERE clinic = ? ORDER BY seq"
)
SLOTS = (
    "SELECT key, practitioner, starts_at, ends_at, reason, request FROM slots WHERE clinic = ? ORDER BY starts_at, key"
)
MESSAGES = "SELECT number, request, watch_unread, read_at FROM messages WHERE clinic = ? ORDER BY number"
WITHDRAWALS = "SELECT request, trigger, at FROM withdrawals WHERE clinic = ? ORDER BY at, request"
UNREAD = "SELECT count(*) FROM messages WHERE clinic = ? AND watch_unread AND read_at IS NULL"
FOLDERS = ("signups", "econsults", "unread_answers", "renewals", "calendar", "waiting", "identity", "other")


def folder_counts(db: sqlite3.Connection, clinic: str) -> dict[str, int]:
    """How much lies in each folder."""
    counts = dict.fromkeys(FOLDERS, 0)
    counts |= {row["folder"]: row["n"] for row in db.execute(FOLDER_COUNTS, (clinic,))}
    counts["unread_answers"] = db.execute(UNREAD, (clinic,)).fetchone()[0]
    return counts


def books_report(db: sqlite3.Connection, clinic: str) -> dict[str, Any]:
    """What a test compares: per request the ``calls`` that brought it and the ``effects`` it had in the journal."""
    return {
        "counts": folder_counts(db, clinic),
        "requests": [_request(row) for row in db.execute(REQUESTS, (clinic,))],
        "events": [dict(row) for row in db.execute(EVENTS, (clinic,))],
        "slots": [dict(row) for row in db.execute(SLOTS, (clinic,))],
        "messages": [_message(row) for row in db.execute(MESSAGES, (clinic,))],
        "withdrawals": [dict(row) for row in db.execute(WITHDRAWALS, (clinic,))],
    }


def _request(row: sqlite3.Row) -> dict[str, Any]:
    names = ("kind", "folder", "state", "calls", "effects")
    told = {"request": row["id"], "reference": reference(row["number"]), "journal_copy": journal_number(row["copy"])}
    return told | {name: row[name] for name in names}


def _message(row: sqlite3.Row) -> dict[str, Any]:
    told = {"message_id": f"M-{row['number']:06d}", "request": row["request"], "read_at": row["read_at"]}
    return told | {"watch_unread": bool(row["watch_unread"])}
