"""Events as they are owed to the portal: the feed, and where each callback stands."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Owed:
    """An event to be posted; ``body`` is sent byte for byte on every try."""

    seq: int
    clinic: str
    id: str
    request: str | None
    trigger: str
    path: str
    body: bytes
    at: str
    state: str
    attempts: int

    @property
    def lane(self) -> str:
        """Events of one lane are sent in order: those of one request."""
        return self.request or self.id


def feed(db: sqlite3.Connection, clinic: str, after: int, limit: int) -> dict[str, Any]:
    """The clinic's events after a sequence number, oldest first, with the cursor to go on from."""
    rows = db.execute(
        "SELECT seq, id, request, trigger, body FROM events WHERE clinic = ? AND seq > ? ORDER BY seq LIMIT ?",
        (clinic, after, limit),
    ).fetchall()
    listed = [dict(row) | {"body": json.loads(row["body"])} for row in rows]
    return {"events": listed, "cursor": rows[-1]["seq"] if rows else after}


def owed(db: sqlite3.Connection, identifier: str) -> Owed | None:
    """The event of that id, or None."""
    row = db.execute("SELECT * FROM events WHERE id = ?", (identifier,)).fetchone()
    return _owed(row) if row else None


def in_state(db: sqlite3.Connection, state: str, clinic: str | None = None) -> list[Owed]:
    """The events in a state (``due``, ``done``, ``parked``, ``dropped``), oldest first, of one clinic or of all."""
    rows = db.execute(
        "SELECT * FROM events WHERE state = ? AND clinic = coalesce(?, clinic) ORDER BY seq", (state, clinic)
    )
    return [_owed(row) for row in rows]


def note_attempt(db: sqlite3.Connection, identifier: str, state: str, status: int | None, note: str) -> None:
    """Write down how a try went: the state it leaves the event in, the HTTP status if any, and a word on it."""
    db.execute(
        "UPDATE events SET state = ?, attempts = attempts + 1, last_status = ?, last_note = ? WHERE id = ?",
        (state, status, note, identifier),
    )


def note_state(db: sqlite3.Connection, identifier: str, state: str, note: str) -> None:
    """Change an event's state without a try."""
    db.execute("UPDATE events SET state = ?, last_note = ? WHERE id = ?", (state, note, identifier))


def note_own_request(db: sqlite3.Connection, event: Owed, request: str | None) -> None:
    """The portal has named (or, None, has not) the request that a message of the clinic's own became."""
    message = json.loads(event.body)["content"]["message_id"].removeprefix("M-")
    db.execute("UPDATE messages SET request = ? WHERE clinic = ? AND number = ?", (request, event.clinic, int(message)))


def _owed(row: sqlite3.Row) -> Owed:
    fields = {
        name: row[name] for name in ("seq", "clinic", "id", "request", "trigger", "path", "at", "state", "attempts")
    }
    return Owed(body=row["body"].encode(), **fields)
