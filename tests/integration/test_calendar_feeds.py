"""Appointments in the patient's own calendar: neutral, private, the same entry when moved, and a secret address."""

import pytest
from icalendar import Calendar

from storage.models import REQUEST
from storage.visit_registers import CALENDAR_FEED
from storage.ways_in import end_ways_in
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def confirmed(house, slot="slot-1", who=ALICE):
    booking = house.delivered(house.booking(slot, who=who))
    house.say(booking, "confirm", message_id=f"M-{slot}")
    return house.notified(booking)


def events(answer):
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    return [dict(event) for event in Calendar.from_ical(answer.content).walk("VEVENT")]


def feed(doors, who=ALICE):
    url = doors.call("PUT", "/v1/me/calendar", who=who).json["url"]
    return url.removeprefix("http://localhost")


@pytest.mark.rule("NOT-2")
def test_an_appointment_as_a_file_says_the_clinic_and_the_time_in_utc_and_no_more(doors):
    booking = confirmed(doors.house)
    answer = doors.get(f"/v1/requests/{booking}/appointment.ics")
    (event,) = events(answer)
    row = doors.house.request(booking)
    assert (event["SUMMARY"], event["CLASS"], event["STATUS"]) == ("Aftale hos Lægerne Nygade", "PRIVATE", "CONFIRMED")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (row.slot_start, row.slot_end)
    assert row.slot_start.strftime("DTSTART:%Y%m%dT%H%M%SZ") in answer.text
    assert "hansen" not in answer.text
    assert "consultation" not in answer.text
    assert doors.get(f"/v1/requests/{booking}/appointment.ics", BOB).status_code == 404
    assert doors.get(f"/v1/requests/{doors.house.e_kons()}/appointment.ics").status_code == 404


@pytest.mark.rule("NOT-2", "BOO-15")
def test_a_moved_time_is_the_same_entry_changed_and_a_cancelled_one_is_cancelled(doors):
    house, booking = doors.house, confirmed(doors.house)
    address = feed(doors)
    (first,) = events(doors.call("GET", address))
    house.say(booking, "move_by_clinic", message_id="M-move", slot="slot-2")
    (moved,) = events(doors.call("GET", address))
    new = next(row for row in house.rows(REQUEST) if row.slot == "slot-2")
    house.say(new.id, "cancel_by_clinic", message_id="M-off", reason="Syg.")
    (cancelled,) = events(doors.call("GET", address))
    assert first["UID"] == moved["UID"] == cancelled["UID"]
    assert first["SEQUENCE"] < moved["SEQUENCE"] < cancelled["SEQUENCE"]
    assert moved["DTSTART"].dt == new.slot_start
    assert (moved["STATUS"], cancelled["STATUS"]) == ("CONFIRMED", "CANCELLED")


@pytest.mark.rule("NOT-2")
def test_the_secret_address_is_kept_as_a_hash_stays_out_of_the_log_and_dies_when_replaced_or_ended(doors, capsys):
    confirmed(doors.house)
    first, second = feed(doors), feed(doors)
    token = second.rpartition("/")[2]
    assert token.encode() not in bytes(doors.house.rows(CALENDAR_FEED)[0].token_hash)
    unknown = doors.call("GET", "/v1/calendars/nothing")
    dead = doors.call("GET", first)
    assert (dead.status_code, dead.json["code"]) == (unknown.status_code, unknown.json["code"]) == (404, "not_found")
    assert events(doors.call("GET", second))
    assert doors.doors.accesses()[-1] == ("patient", "patient.calendar.feed", "ok")
    assert doors.get("/v1/me/calendar").json["made_at"]
    assert doors.call("DELETE", "/v1/me/calendar", who=ALICE).status_code == 204
    assert doors.call("GET", second).status_code == 404
    assert doors.get("/v1/me/calendar").json == {"made_at": None}
    logged = capsys.readouterr()
    assert "calendars/{token}" in logged.out + logged.err
    assert token not in logged.out + logged.err


@pytest.mark.rule("REC-7")
def test_a_new_password_ends_the_address_like_every_way_in(doors):
    address = feed(doors)
    with doors.house.database.writing() as connection:
        end_ways_in(connection, doors.house.people[ALICE], doors.house.clock())
    assert doors.call("GET", address).status_code == 404
