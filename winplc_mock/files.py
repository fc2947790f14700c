"""Files between clinic and portal: those of a request, fetched and kept; those that staff attach to an answer."""

import base64
import hashlib
import json
import sqlite3
from typing import Any

from winplc_mock.books import Books
from winplc_mock.clinics import clinic_named
from winplc_mock.intake import request_row
from winplc_mock.portal_client import Portal, PortalUnreachableError
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical

MOST_ATTACHED = 9
LARGEST = 10 * 1000 * 1000  # bytes
ANNOUNCED = "/v1/clinic/files"
OK = 200


def of_request(db: sqlite3.Connection, clinic: str, request: str) -> list[dict[str, Any]]:
    """The files that came with a request, as the portal named them."""
    row = request_row(db, clinic, request)
    content = json.loads(row["body"]).get("content", {}) if row else {}
    named: list[dict[str, Any]] = content.get("files", [])
    return named


def attached(db: sqlite3.Connection, clinic: str, request: str) -> list[sqlite3.Row]:
    """The files that wait to go with the next answer, and those that went with one."""
    query = (
        "SELECT id, name, size, sent_at FROM files WHERE clinic = ? AND request = ? AND direction = 'out' ORDER BY at"
    )
    return db.execute(query, (clinic, request)).fetchall()


def opened(books: Books, portal: Portal, slug: str, request: str, file: str) -> tuple[str, bytes]:
    """The name and content of a file of a request; fetched from the portal once, and kept from then on.

    Raises:
        RefusedError: 404 ``unknown_file``; 502 ``not_fetched`` when the portal does not give what it has named.
    """
    with books.store.read() as db:
        clinic = clinic_named(db, slug)
        named = next((each for each in of_request(db, slug, request) if each["id"] == file), None)
        kept = db.execute("SELECT name, content FROM files WHERE clinic = ? AND id = ?", (slug, file)).fetchone()
    if kept is not None:
        return kept["name"], kept["content"]
    if named is None:
        raise RefusedError(404, "unknown_file")
    try:
        reply = portal.call(clinic, "GET", f"/v1/clinic/requests/{request}/files/{file}", books.new_id())
    except PortalUnreachableError as failure:
        raise RefusedError(502, "not_fetched", failure.code) from None
    if reply.status != OK or hashlib.sha256(reply.body).hexdigest() != named["sha256"]:
        raise RefusedError(502, "not_fetched", str(reply.status))
    with books.store.write() as db:
        _keep(db, slug, request, ("in", file, named["name"], reply.body), books.now())
    return named["name"], reply.body


def attach(books: Books, portal: Portal, slug: str, request: str, given: tuple[str, bytes], staff: Staff) -> str:
    """Send a file to the portal for the next answer to a request; return its id.

    Raises:
        RefusedError: 422 ``too_many_files``, ``file_too_large``, or what the portal says of it; 502 ``not_sent``.
    """
    name, content = given
    with books.store.read() as db:
        clinic = clinic_named(db, slug)
        waiting = [row for row in attached(db, slug, request) if row["sent_at"] is None]
    if len(waiting) >= MOST_ATTACHED:
        raise RefusedError(422, "too_many_files")
    if len(content) > LARGEST:
        raise RefusedError(422, "file_too_large")
    digest = hashlib.sha256(content)
    wish = {"request": request, "name": name, "sha256": digest.hexdigest()}
    body = canonical({"acting_staff": staff.model_dump(), "at": books.now(), "content": wish}).encode()
    try:
        file = _answered(portal.call(clinic, "POST", ANNOUNCED, books.new_id(), body))["file"]
        summed = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        _answered(portal.send(clinic, f"{ANNOUNCED}/{file}", books.new_id(), content, summed))
    except PortalUnreachableError as failure:
        raise RefusedError(502, "not_sent", failure.code) from None
    with books.store.write() as db:
        _keep(db, slug, request, ("out", file, name, content), books.now())
    return str(file)


def _answered(reply: Any) -> dict[str, Any]:
    answer: dict[str, Any] = reply.json()
    if reply.status != OK:
        raise RefusedError(422, str(answer.get("code", "not_sent")))
    return answer


def _keep(db: sqlite3.Connection, clinic: str, request: str, file: tuple[str, str, str, bytes], at: str) -> None:
    direction, identifier, name, content = file
    db.execute(
        "INSERT INTO files (clinic, id, request, direction, name, size, content, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (clinic, identifier, request, direction, name, len(content), content, at),
    )
