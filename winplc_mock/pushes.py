"""What the clinic keeps and the portal shows: settings, people, calendar and medicines, sent by signed PUT."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from winplc_mock import medicines
from winplc_mock.books import Books
from winplc_mock.calendar_book import as_told, types
from winplc_mock.clinics import Clinic, clinic_named
from winplc_mock.portal_client import Portal, PortalUnreachableError
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Staff, canonical
from winplc_mock.signups import offered
from winplc_mock.visit_forms import forms

SETTINGS_PATH, RIGHTS_PATH, USERS_PATH = "/v1/clinic/settings", "/v1/clinic/rights", "/v1/clinic/users"
VERSIONED = (SETTINGS_PATH, RIGHTS_PATH, "/v1/clinic/practitioners/", "/v1/clinic/closures/")
"""What is sent with the tag of what it replaces."""
OK = 200
Call = tuple[str, dict[str, Any]]


def push(books: Books, portal: Portal, slug: str, staff: Staff) -> list[dict[str, Any]]:
    """Send everything once; each entry tells the path and the status (None: no answer came).

    Each tab is sent with the tag of what it replaces, so that a change made elsewhere meanwhile is not lost.
    """
    with books.store.read() as db:
        clinic = clinic_named(db, slug)
        calls = [_settings(db, clinic), *_practitioners(db, slug), *_closures(db, slug), *_patients(db, slug)]
        calls += [*_types(db, slug), _slots(db, slug)]
        calls += [(f"/v1/clinic/visit-forms/{reason}", form) for reason, form in forms(db, slug).items()]
    moment = books.now()
    return [_put(books, portal, clinic, call, {"acting_staff": staff.model_dump(), "at": moment}) for call in calls]


def push_times(
    books: Books, portal: Portal, slug: str, staff: Staff, keys: Iterable[str], removed: Iterable[str] = ()
) -> bool:
    """Tell the portal of these times as they are now, and of those that are gone; whether it took it."""
    with books.store.read() as db:
        clinic = clinic_named(db, slug)
        content = {"slots": as_told(db, slug, keys), "removed": sorted(removed)}
    return _sent(books, portal, clinic, staff, ("POST", "/v1/clinic/slots/changes", content))


def push_type(books: Books, portal: Portal, slug: str, staff: Staff, key: str) -> bool:
    """Tell the portal of an appointment type; whether it took it."""
    with books.store.read() as db:
        clinic, details = clinic_named(db, slug), types(db, slug)[key]
    return _sent(books, portal, clinic, staff, ("PUT", f"/v1/clinic/appointment-types/{key}", details))


def _sent(books: Books, portal: Portal, clinic: Clinic, staff: Staff, call: tuple[str, str, dict[str, Any]]) -> bool:
    method, path, content = call
    body = canonical({"acting_staff": staff.model_dump(), "at": books.now(), "content": content})
    try:
        return portal.call(clinic, method, path, books.new_id(), body.encode()).status == OK
    except PortalUnreachableError:
        return False


def make_user(books: Books, portal: Portal, slug: str, number: int, wish: dict[str, Any], staff: Staff) -> str:
    """Make a patient a user of the portal, or link one; tells what came of it, `failed` if the portal did not take it.

    Raises:
        RefusedError: 404 ``unknown_patient``.
    """
    with books.store.read() as db:
        clinic = clinic_named(db, slug)
        row = db.execute("SELECT cpr FROM patients WHERE clinic = ? AND rowid = ?", (slug, number)).fetchone()
    if row is None:
        raise RefusedError(404, "unknown_patient")
    body = canonical({"acting_staff": staff.model_dump(), "at": books.now(), "content": {"cpr": row["cpr"]} | wish})
    try:
        reply = portal.call(clinic, "PUT", USERS_PATH, books.new_id(), body.encode())
    except PortalUnreachableError:
        return "failed"
    if reply.status != OK:
        return "failed"
    with books.store.write() as db:
        rights = {kind: kind in wish["services"] for kind in offered(db, slug)}
        db.execute(
            "UPDATE patients SET no_mitid = ?, rights = ?, email = coalesce(email, ?) WHERE clinic = ? AND cpr = ?",
            (wish["no_mitid"], canonical(rights), wish["email"], slug, row["cpr"]),
        )
    return str(reply.json()["user"])


def _put(books: Books, portal: Portal, clinic: Clinic, call: Call, envelope: dict[str, Any]) -> dict[str, Any]:
    path, content = call
    body = canonical(envelope | {"content": content}).encode()
    try:
        headers = _precondition(books, portal, clinic, call, envelope) if path.startswith(VERSIONED) else None
        reply = portal.call(clinic, "PUT", path, books.new_id(), body, headers=headers)
    except PortalUnreachableError as failure:
        return {"path": path, "status": None, "failure": failure.code}
    return {"path": path, "status": reply.status}


def _precondition(books: Books, portal: Portal, clinic: Clinic, call: Call, envelope: dict[str, Any]) -> dict[str, str]:
    """Ask for the tag of what is in force; a CPR number is asked about in a body."""
    path, content = call
    if path == RIGHTS_PATH:
        body = canonical(envelope | {"content": {"cpr": content["cpr"]}}).encode()
        held = portal.call(clinic, "POST", f"{RIGHTS_PATH}/lookup", books.new_id(), body)
    else:
        held = portal.call(clinic, "GET", path, books.new_id())
    return {"if-match": held.headers["etag"]} if "etag" in held.headers else {"if-none-match": "*"}


def _settings(db: sqlite3.Connection, clinic: Clinic) -> Call:
    row = db.execute("SELECT settings FROM clinics WHERE slug = ?", (clinic.slug,)).fetchone()
    usual = {"name": clinic.name, "auto_create_bookings": clinic.auto_confirm}
    return SETTINGS_PATH, usual | json.loads(row["settings"])


def _practitioners(db: sqlite3.Connection, slug: str) -> list[Call]:
    rows = db.execute("SELECT key, details FROM practitioners WHERE clinic = ? ORDER BY key", (slug,))
    return [(f"/v1/clinic/practitioners/{row['key']}", json.loads(row["details"])) for row in rows]


def _closures(db: sqlite3.Connection, slug: str) -> list[Call]:
    rows = db.execute("SELECT key, details FROM closures WHERE clinic = ? ORDER BY key", (slug,))
    return [(f"/v1/clinic/closures/{row['key']}", json.loads(row["details"])) for row in rows]


def _patients(db: sqlite3.Connection, slug: str) -> list[Call]:
    patients = db.execute("SELECT * FROM patients WHERE clinic = ? ORDER BY cpr", (slug,)).fetchall()
    calls: list[Call] = []
    for row in patients:
        facts = {"email": row["email"], "no_mitid": bool(row["no_mitid"]), "services": json.loads(row["rights"])}
        calls.append((RIGHTS_PATH, {"cpr": row["cpr"]} | facts))
        calls.append((medicines.PATH, {"cpr": row["cpr"], "medicines": medicines.listed(db, slug, row["cpr"])}))
    return calls


def _types(db: sqlite3.Connection, slug: str) -> list[Call]:
    return [(f"/v1/clinic/appointment-types/{key}", details) for key, details in types(db, slug).items()]


def _slots(db: sqlite3.Connection, slug: str) -> Call:
    return "/v1/clinic/slots", {"slots": as_told(db, slug)}
