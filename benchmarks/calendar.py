"""How long a patient waits for the free times of a month with one practitioner, out of a calendar of 10,000 times."""

import time
from datetime import datetime, timedelta
from typing import Any

from benchmarks.figures import spread
from benchmarks.portal_system import CLINIC, PortalSystem
from storage.calendar import OfferedSlot, put_slots
from storage.free_times import Search, free_slots
from storage.webhook_secrets import clinic_id

TIMES, STAFF, ASKED = 10_000, 5, 200
_LENGTH = timedelta(minutes=5)


def listed(portal: PortalSystem) -> dict[str, Any]:
    """Put the calendar in force, then ask for a practitioner's month again and again; return milliseconds."""
    database = portal.services().database
    now = database.clock()
    start = datetime.combine((now + timedelta(days=1)).date(), now.timetz())
    slots = [_slot(number, start) for number in range(TIMES)]
    with database.writing() as connection:
        clinic = clinic_id(connection, CLINIC)
        if clinic is None:
            raise LookupError("the clinic is seeded before")
        began = time.perf_counter()
        put_slots(connection, clinic, slots, now)
        synchronised = time.perf_counter() - began
    search = Search(["doctor-1"], ["consultation"], start, start + timedelta(days=30), now)
    took, found = [], 0
    for _ in range(ASKED):
        began = time.perf_counter()
        with database.reading() as connection:
            found = len(free_slots(connection, clinic, search, TIMES))
        took.append((time.perf_counter() - began) * 1000)
    return {"milliseconds": spread(took), "times_found": found, "synchronised_seconds": round(synchronised, 2)}


def _slot(number: int, start: datetime) -> OfferedSlot:
    at = start + _LENGTH * (number // STAFF)
    return OfferedSlot(
        key=f"bench-{number}",
        practitioner=f"doctor-{number % STAFF}",
        reason="consultation",
        starts_at=at,
        ends_at=at + _LENGTH,
    )
