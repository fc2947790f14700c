"""What staff do to a request: each act changes the books and becomes one event for the portal."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from winplc_mock.intake import came_elsewhere, free_slot, journal_number, reference, request_row, take_slot
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import (
    Answer,
    Approval,
    Because,
    ItemDecision,
    Move,
    Nothing,
    Offer,
    OwnMessage,
    Receipt,
    RenewalAnswer,
    Shape,
    SignUpRejection,
    Staff,
    Told,
    ToldBecause,
    canonical,
)
from winplc_mock.signups import approved
from winplc_mock.threads import note_thread

OWN_MESSAGE = "message"
FOR_ALL_KINDS: dict[str, type[Shape]] = {OWN_MESSAGE: OwnMessage, "receipt": Receipt}


@dataclass(frozen=True)
class Act:
    """One kind of act: the content it needs, the state it leaves the request in, what becomes of its time."""

    content: type[Shape]
    state: str | None
    frees_slot: bool = False


ACTS: dict[tuple[str, str], Act] = {
    ("e_kons", "open"): Act(Nothing, "opened"),
    ("e_kons", "answer"): Act(Answer, "handled"),
    ("e_kons", "close"): Act(Because, "handled"),
    ("renewal", "open"): Act(Nothing, "opened"),
    ("renewal", "decide"): Act(ItemDecision, "opened"),
    ("renewal", "answer"): Act(RenewalAnswer, "handled"),
    ("booking", "confirm"): Act(Told, "booked"),
    ("booking", "decline"): Act(ToldBecause, "handled", frees_slot=True),
    ("booking", "offer"): Act(Offer, "handled", frees_slot=True),
    ("booking", "cancel_by_clinic"): Act(ToldBecause, "ended", frees_slot=True),
    ("booking", "move_by_clinic"): Act(Move, "booked"),
    ("booking", "used"): Act(Nothing, "ended"),
    ("booking", "no_show"): Act(Nothing, "ended"),
    ("waiting", "close"): Act(Because, "ended"),
    ("enrolment", "approve"): Act(Approval, "handled"),
    ("enrolment", "reject"): Act(SignUpRejection, "handled"),
    ("recovery", "approve"): Act(Nothing, "handled"),
    ("recovery", "reject"): Act(Because, "handled"),
}


@dataclass(frozen=True)
class Doing:
    """Who does what to which request, and when; ``request`` is None for a message of the clinic's own."""

    clinic: str
    request: str | None
    trigger: str
    content: dict[str, Any]
    staff: Staff
    at: str


@dataclass(frozen=True)
class Event:
    """An act as the portal is told of it: once by a call, and for ever in the feed."""

    seq: int
    id: str
    content: dict[str, Any]


def act(db: sqlite3.Connection, doing: Doing, new_id: Callable[[], str]) -> Event:
    """Write an act into the books and queue its event, in the caller's transaction.

    A request that the books do not know, or that was withdrawn, may be acted on as well: the event is
    sent, the books stay as they are. That is what a real clinic's slow hands look like to the portal.

    Raises:
        RefusedError: 422 ``content`` if the content does not fit the act, ``request`` if one is missing or too many,
            ``unknown_slot``; 409 ``slot_taken``.
    """
    if (doing.request is None) != (doing.trigger == OWN_MESSAGE):
        raise RefusedError(422, "request")
    row = request_row(db, doing.clinic, doing.request) if doing.request else None
    known = ACTS.get((row["kind"], doing.trigger)) if row else None
    content = _content(db, doing, row, known)
    if row and known and row["state"] != "withdrawn":
        _change_books(db, doing, row, known, content)
    return _queue(db, doing, content, new_id())


def _content(db: sqlite3.Connection, doing: Doing, row: sqlite3.Row | None, known: Act | None) -> dict[str, Any]:
    shape = FOR_ALL_KINDS.get(doing.trigger, known.content if known else None)
    if shape is None:
        return doing.content
    try:
        content = shape.model_validate(doing.content).model_dump()
    except ValidationError as wrong:
        fields = ", ".join(".".join(map(str, error["loc"])) or error["type"] for error in wrong.errors())
        raise RefusedError(422, "content", fields) from None
    if shape is Answer and doing.request and (files := content.pop("files") or _attached(db, doing)):
        content["files"] = files
    if issubclass(shape, Told) and content["message_id"] is None:
        number = content["message_id"] = _number_message(db, doing, row, content)
        if content.get("thread"):
            note_thread(db, doing.clinic, number, content["thread"])
    if shape is Approval and row:
        content = approved(db, row, content)
    if shape is Receipt and row:
        content = _receipt(db, doing, row) | {key: value for key, value in content.items() if value}
    return content


def _attached(db: sqlite3.Connection, doing: Doing) -> list[str]:
    """Take the files that staff attached to this request for its next answer; return their ids."""
    waiting = (doing.clinic, doing.request)
    rows = db.execute(
        "UPDATE files SET sent_at = ? WHERE clinic = ? AND request = ? AND direction = 'out' AND sent_at IS NULL"
        " RETURNING id, at",
        (doing.at, *waiting),
    ).fetchall()
    return [row["id"] for row in sorted(rows, key=lambda row: row["at"])]


def _receipt(db: sqlite3.Connection, doing: Doing, row: sqlite3.Row) -> dict[str, Any]:
    copy = db.execute(
        "SELECT min(number) FROM journal WHERE clinic = ? AND request = ?", (doing.clinic, doing.request)
    ).fetchone()
    return {"reference": reference(row["number"]), "journal_copy": journal_number(copy[0])}


def _number_message(db: sqlite3.Connection, doing: Doing, row: sqlite3.Row | None, content: dict[str, Any]) -> str:
    cpr = row["cpr"] if row else content.get("cpr")
    text = content.get("text") or content.get("reason") or doing.trigger
    cursor = db.execute(
        "INSERT INTO messages (clinic, request, cpr, text, watch_unread, at) VALUES (?, ?, ?, ?, ?, ?)",
        (doing.clinic, doing.request, cpr, text, content.get("watch_unread", False), doing.at),
    )
    db.execute(
        "INSERT INTO journal (clinic, cpr, request, direction, text, at) VALUES (?, ?, ?, 'out', ?, ?)",
        (doing.clinic, cpr, doing.request, text, doing.at),
    )
    return f"M-{cursor.lastrowid or 0:06d}"


def _change_books(db: sqlite3.Connection, doing: Doing, row: sqlite3.Row, known: Act, content: dict[str, Any]) -> None:
    if known.frees_slot:
        free_slot(db, doing.clinic, row["id"])
    if known.content is Move:
        free_slot(db, doing.clinic, row["id"])
        take_slot(db, doing.clinic, row["id"], content["slot"])
    if known.content is ItemDecision:
        db.execute(
            "INSERT INTO decisions (clinic, request, medicine, decision, reason, text) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET decision = excluded.decision, reason = excluded.reason, text = excluded.text",
            (doing.clinic, row["id"], content["medicine"], content["decision"], content["reason"], content["text"]),
        )
    is_step_back = known.state == "opened" and row["state"] != "new"
    if not is_step_back:
        db.execute("UPDATE requests SET state = ? WHERE clinic = ? AND id = ?", (known.state, doing.clinic, row["id"]))


def _queue(db: sqlite3.Connection, doing: Doing, content: dict[str, Any], identifier: str) -> Event:
    body = canonical({"acting_staff": doing.staff.model_dump(), "at": doing.at, "content": content})
    path = "/v1/clinic/messages" if doing.request is None else f"/v1/clinic/requests/{doing.request}/{doing.trigger}"
    state = "done" if doing.request and came_elsewhere(db, doing.clinic, doing.request) else "due"
    cursor = db.execute(
        "INSERT INTO events (clinic, id, request, trigger, path, body, at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (doing.clinic, identifier, doing.request, doing.trigger, path, body, doing.at, state),
    )
    return Event(cursor.lastrowid or 0, identifier, content)
