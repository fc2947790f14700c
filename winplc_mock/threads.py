"""Conversations in the books: what the patient has written, what was sent, and when it was read."""

import json
import sqlite3
from dataclasses import dataclass

from winplc_mock.intake import journal_number, reference
from winplc_mock.refusals import RefusedError

_ASKED = """
SELECT requests.*, (SELECT min(number) FROM journal WHERE journal.clinic = requests.clinic
    AND journal.request = requests.id AND direction = 'in') AS copy
FROM requests WHERE clinic = ? AND json_extract(body, '$.thread') = ? ORDER BY number
"""
_SENT = """
SELECT messages.* FROM messages WHERE clinic = ? AND (request = ? OR request IN (
    SELECT id FROM requests WHERE requests.clinic = messages.clinic AND json_extract(body, '$.thread') = ?)
    OR number IN (SELECT number FROM message_threads WHERE message_threads.clinic = messages.clinic AND thread = ?))
ORDER BY number
"""


@dataclass(frozen=True)
class Line:
    """One message: by whom, when, the words, its number, and of what was sent when it was read and if it is watched."""

    by_patient: bool
    at: str
    text: str
    number: str
    copy: str | None = None
    read_at: str | None = None
    watched: bool = False


@dataclass(frozen=True)
class Conversation:
    """A thread: whose it is, its lines in order, and its newest request, where the patient has written in it."""

    thread: str
    cpr: str
    newest: sqlite3.Row | None
    lines: tuple[Line, ...]


def conversation(db: sqlite3.Connection, clinic: str, thread: str) -> Conversation:
    """The conversation of that id.

    Raises:
        RefusedError: 404 ``unknown_thread``.
    """
    asked = db.execute(_ASKED, (clinic, thread)).fetchall()
    sent = db.execute(_SENT, (clinic, thread, thread, thread)).fetchall()
    if not asked and not sent:
        raise RefusedError(404, "unknown_thread")
    lines = [*map(_asked, asked), *map(_sent, sent)]
    return Conversation(
        thread=thread,
        cpr=asked[-1]["cpr"] if asked else sent[-1]["cpr"],
        newest=asked[-1] if asked else None,
        lines=tuple(sorted(lines, key=lambda line: line.at)),
    )


def note_thread(db: sqlite3.Connection, clinic: str, message: str, thread: str) -> None:
    """Remember in which conversation a message of the clinic's own was written."""
    row = (clinic, int(message.removeprefix("M-")), thread)
    db.execute("INSERT INTO message_threads (clinic, number, thread) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", row)


def _asked(row: sqlite3.Row) -> Line:
    text = str(json.loads(row["body"])["content"].get("text", ""))
    copy = journal_number(row["copy"]) if row["copy"] else None
    return Line(by_patient=True, at=row["received_at"], text=text, number=reference(row["number"]), copy=copy)


def _sent(row: sqlite3.Row) -> Line:
    return Line(
        by_patient=False,
        at=row["at"],
        text=row["text"],
        number=f"M-{row['number']:06d}",
        read_at=row["read_at"],
        watched=bool(row["watch_unread"]),
    )
