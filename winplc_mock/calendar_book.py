"""The calendar as staff keep it: types, weeks, single times, what is blocked, and what is booked by phone."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from winplc_mock.intake import take_slot
from winplc_mock.refusals import RefusedError
from winplc_mock.shapes import Key, Shape, canonical
from winplc_mock.weeks import WeekDefinition

BY_PHONE = "phone"
"""What stands as a time's booking where the patient has phoned: it is no request of the portal's."""

HORIZON = timedelta(days=12 * 7)

SLOTS = """
SELECT key, practitioner, starts_at, ends_at, reason, released_at,
    offered AND coalesce(request, '') <> 'phone' AND NOT EXISTS (
        SELECT 1 FROM slots taken WHERE taken.clinic = slots.clinic AND taken.practitioner = slots.practitioner
        AND taken.key <> slots.key AND taken.request IS NOT NULL
        AND taken.starts_at < slots.ends_at AND taken.ends_at > slots.starts_at
    ) AS offered
FROM slots WHERE clinic = ? ORDER BY key
"""
"""Each time as the portal is told of it: one that is taken by phone or lies across a taken one is not offered."""


class AppointmentType(Shape):
    """A kind of appointment; ``key`` is the ``reason`` of its times."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
    public_name: str = ""
    description: Key
    minutes: Annotated[int, Field(ge=1, le=1440)]
    code: Annotated[str, Field(pattern=r"^[A-Za-zÆØÅæøå0-9]{1,6}$")]
    use: Literal["patient", "other", "closed"] = "patient"


def put_type(db: sqlite3.Connection, clinic: str, kind: AppointmentType) -> None:
    """Keep a type, or another version of it."""
    _keep(db, "appointment_types", clinic, kind.key, kind.model_dump(exclude={"key"}))


def types(db: sqlite3.Connection, clinic: str) -> dict[str, dict[str, Any]]:
    """The clinic's types by key."""
    rows = db.execute("SELECT key, details FROM appointment_types WHERE clinic = ? ORDER BY key", (clinic,))
    return {row["key"]: json.loads(row["details"]) for row in rows}


def require_type(db: sqlite3.Connection, clinic: str, *keys: str) -> None:
    """Go on if the clinic has these types; RefusedError 422 ``unknown_type`` if not."""
    if set(keys) - types(db, clinic).keys():
        raise RefusedError(422, "unknown_type")


def put_week(db: sqlite3.Connection, clinic: str, week: WeekDefinition, today: date) -> list[str]:
    """Keep a week definition and lay out its times that are not there yet; the keys of the new ones.

    Raises:
        RefusedError: 422 ``unknown_type`` where a period is of a type that the clinic does not have.
    """
    require_type(db, clinic, *(period.reason for period in week.periods))
    _keep(db, "week_definitions", clinic, week.key, week.model_dump())
    made = [slot for slot in week.times(today + HORIZON) if str(slot["starts_at"])[:10] >= today.isoformat()]
    return [str(slot["key"]) for slot in made if add_slot(db, clinic, slot)]


def weeks(db: sqlite3.Connection, clinic: str) -> list[dict[str, Any]]:
    """The clinic's week definitions."""
    rows = db.execute("SELECT details FROM week_definitions WHERE clinic = ? ORDER BY key", (clinic,))
    return [json.loads(row["details"]) for row in rows]


def add_slot(db: sqlite3.Connection, clinic: str, slot: dict[str, str | None]) -> bool:
    """Lay out one time; whether it is new."""
    row = {"clinic": clinic, "offered": True} | slot
    columns, values = ", ".join(row), ", ".join("?" * len(row))
    statement = f"INSERT INTO slots ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 - names are ours
    return db.execute(statement, tuple(row.values())).rowcount == 1


def offer(db: sqlite3.Connection, clinic: str, key: str, *, offered: bool) -> None:
    """Block a time for patients, or open it again."""
    _changed(db.execute("UPDATE slots SET offered = ? WHERE clinic = ? AND key = ?", (offered, clinic, key)))


def remove(db: sqlite3.Connection, clinic: str, key: str) -> None:
    """Take a time out of the calendar; a booking that had it is left without one, which the portal then lists."""
    _changed(db.execute("DELETE FROM slots WHERE clinic = ? AND key = ?", (clinic, key)))


def book_by_phone(db: sqlite3.Connection, clinic: str, key: str) -> None:
    """Give the time to somebody who phones.

    Raises:
        RefusedError: as ``intake.take_slot``; 409 ``slot_taken`` too where a request has it.
    """
    row = db.execute("SELECT request FROM slots WHERE clinic = ? AND key = ?", (clinic, key)).fetchone()
    if row is not None and row["request"] is not None:
        raise RefusedError(409, "slot_taken")
    take_slot(db, clinic, BY_PHONE, key)


def end_by_phone(db: sqlite3.Connection, clinic: str, key: str) -> None:
    """Free a time that was taken by phone."""
    free = "UPDATE slots SET request = NULL WHERE clinic = ? AND key = ? AND request = ?"
    _changed(db.execute(free, (clinic, key, BY_PHONE)))


def as_told(db: sqlite3.Connection, clinic: str, keys: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """The times as the portal is told of them: all, or those of these keys."""
    wanted = None if keys is None else set(keys)
    rows = (dict(row) | {"offered": bool(row["offered"])} for row in db.execute(SLOTS, (clinic,)))
    return [row for row in rows if wanted is None or row["key"] in wanted]


def beside(db: sqlite3.Connection, clinic: str, key: str) -> list[str]:
    """The keys of the practitioner's times that lie across this one, itself included."""
    rows = db.execute(
        "SELECT other.key FROM slots one JOIN slots other ON other.clinic = one.clinic"
        " AND other.practitioner = one.practitioner AND other.starts_at < one.ends_at AND other.ends_at > one.starts_at"
        " WHERE one.clinic = ? AND one.key = ?",
        (clinic, key),
    )
    return [row["key"] for row in rows]


def was_offered(db: sqlite3.Connection, clinic: str, thread: str, slot: str) -> bool:
    """Whether staff have offered this time in the thread: who takes it then needs no further yes."""
    rows = db.execute(
        "SELECT events.body FROM events"
        " JOIN requests ON requests.clinic = events.clinic AND requests.id = events.request"
        " WHERE events.clinic = ? AND events.trigger = 'offer' AND json_extract(requests.body, '$.thread') = ?",
        (clinic, thread),
    )
    return any(slot in json.loads(row["body"])["content"]["slots"] for row in rows)


def _keep(db: sqlite3.Connection, table: str, clinic: str, key: str, details: dict[str, Any]) -> None:
    db.execute(
        f"INSERT INTO {table} (clinic, key, details) VALUES (?, ?, ?)"  # noqa: S608 - the two names are ours
        " ON CONFLICT (clinic, key) DO UPDATE SET details = excluded.details",
        (clinic, key, canonical(details)),
    )


def _changed(cursor: sqlite3.Cursor) -> None:
    if not cursor.rowcount:
        raise RefusedError(422, "unknown_slot")
