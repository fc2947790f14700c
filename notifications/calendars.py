"""Appointments as a calendar file (RFC 5545): the clinic and the time, and nothing of what it is about."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event

MAKER = "-//Patientportal//Appointments//DA"
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@[A-Za-z0-9.-]+")
NAMES = {"da": "Aftale hos {clinic}", "en": "Appointment at {clinic}"}


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment. `uid` stays when it is moved, and `sequence` grows with every change."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    clinic: str
    cancelled: bool
    changed_at: datetime

    def __post_init__(self) -> None:
        if not _UID.fullmatch(self.uid):
            raise ValueError("visit: the id must be a request's at the portal's host, and nothing that somebody wrote")


def calendar(visits: Iterable[Visit], language: str) -> bytes:
    """Return the file; its times are in UTC, and every entry is private."""
    whole = Calendar()
    whole.add("prodid", MAKER)
    whole.add("version", "2.0")
    for visit in visits:
        whole.add_component(_event(visit, language))
    written: bytes = whole.to_ical()
    return written


def _event(visit: Visit, language: str) -> Event:
    event = Event()
    event.add("uid", visit.uid)
    event.add("sequence", visit.sequence)
    event.add("dtstamp", visit.changed_at.astimezone(UTC))
    event.add("dtstart", visit.starts_at.astimezone(UTC))
    event.add("dtend", visit.ends_at.astimezone(UTC))
    event.add("summary", NAMES.get(language, NAMES["da"]).format(clinic=visit.clinic))
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if visit.cancelled else "CONFIRMED")
    return event
