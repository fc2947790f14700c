"""Calendars for stories about times: slots at local hours, put in force as the clinic's own system does it."""

from datetime import datetime, timedelta

from sqlalchemy import event

from storage.calendar import OfferedSlot, put_calendar, put_slots
from storage.decided import APPOINTMENT_TYPE
from storage.versions import put
from tests.builders import NINE_O_CLOCK
from workflows.appointments import AppointmentType
from workflows.clinic_settings import PractitionerSettings
from workflows.working_days import COPENHAGEN


def slot(key, *, at, minutes=15, practitioner="hansen", reason="consultation", **more):
    """Return a time; `at` is an aware moment, or the parts of a local one."""
    start = at if isinstance(at, datetime) else datetime(*at, tzinfo=COPENHAGEN)
    start = start.astimezone(NINE_O_CLOCK.tzinfo)
    more |= {"starts_at": start, "ends_at": start + timedelta(minutes=minutes)}
    return OfferedSlot(key=key, practitioner=practitioner, reason=reason, **more)


def sync(house, *slots, clinic="nygade", whole=False, removed=()):
    """Put the slots in force, beside what is there or as the whole calendar; return how many changed."""
    at = house.clinics[clinic].clinic
    with house.database.writing() as connection:
        if whole:
            return put_calendar(connection, at, slots, house.clock())
        return put_slots(connection, at, slots, house.clock(), removed)


def decide(house, topic, key, decided, clinic="nygade"):
    with house.database.writing() as connection:
        at = house.clinics[clinic].clinic
        put(connection, clinic=at, topic=topic, key=key, decided=decided, by="s1", at=house.clock())


def practitioner(house, key="holm", **changes):
    plain = {"name": key.title(), "services": {"booking": True}}
    decide(house, "practitioner", key, PractitionerSettings.model_validate(plain | changes))


def appointment_type(house, key="vaccination", **changes):
    plain = {"description": key.title(), "minutes": 10, "code": "VAC"}
    decide(house, APPOINTMENT_TYPE, key, AppointmentType.model_validate(plain | changes))


def asked_of(database, call):
    """Return what the call gives, and every statement that it sent with its values."""
    asked = []

    def note(_connection, _cursor, words, values, *_rest):
        asked.append((words, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        return call(), asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def plan_of(database, words, values):
    """Return how the database carries out a statement, as text."""
    with database.writing() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
            return "\n".join(str(row.detail) for row in rows)
        connection.exec_driver_sql("ANALYZE slot, request, slot_hold")
        return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {words}", values))
