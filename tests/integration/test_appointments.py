"""Dine tider, coming and past, and what the clinic must look at when its calendar has a booked time no longer."""

from datetime import timedelta

import pytest

from tests.builders import PATIENT
from tests.calendars import asked_of, slot, sync
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.vocabulary import Refusal

MINE = "/v1/appointments"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _confirmed(house, key, who=ALICE):
    request = house.delivered(house.booking(key, who=who))
    house.say(request, "confirm", message_id=f"M-{key}")
    return house.notified(request)


def _list(doors, query="", who=ALICE):
    items = doors.get(f"{MINE}?{query}", who).json["items"]
    return [(each["appointment"]["slot"], each["state"]) for each in items]


@pytest.mark.rule("BOO-6", "BOO-8")
def test_coming_times_are_sorted_by_time_and_past_ones_say_how_they_ended(doors, clock):
    house = doors.house
    third, first, second, fourth, fifth = (_confirmed(house, f"slot-{n}") for n in (3, 1, 2, 4, 5))
    house.booking("slot-8", who=BOB)
    house.e_kons("No appointment.")
    assert _list(doors) == [(f"slot-{n}", "notified") for n in range(1, 6)]
    assert _list(doors, "when=past") == []
    house.advance(second, "cancel", actor=PATIENT)
    house.say(third, "cancel_by_clinic", message_id="M-c", reason="Syg.")
    house.say(fifth, "no_show")
    clock.now = house.request(first).slot_end
    house.advance(first, "passed")
    doors.doors.tokens.clear()
    house.say(fourth, "used")
    assert _list(doors) == []
    assert _list(doors, "when=past") == [
        ("slot-5", "no_show"),
        ("slot-4", "used"),
        ("slot-3", "cancelled_by_clinic"),
        ("slot-2", "cancelled_by_patient"),
        ("slot-1", "passed"),
    ]


@pytest.mark.rule("BOO-6")
@pytest.mark.parametrize("when", ["coming", "past"])
def test_pages_follow_each_other_without_gap_or_repeat(sqlite_doors, clock, when):
    house = sqlite_doors.house
    for number in range(1, 6):
        _confirmed(house, f"slot-{number}")
    if when == "past":
        clock.now += timedelta(days=4)
    seen, cursor = [], ""
    while True:
        page = sqlite_doors.get(f"{MINE}?when={when}&limit=2{cursor}").json
        seen += [each["appointment"]["slot"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    wanted = [f"slot-{number}" for number in range(1, 6)]
    assert seen == (wanted if when == "coming" else wanted[::-1])
    assert sqlite_doors.get(f"{MINE}?when=past&cursor={'x' * 40}").status_code == 400
    assert sqlite_doors.get(f"{MINE}?clinic=havnen").json["items"] == []


@pytest.mark.rule("BOO-6")
def test_the_list_is_read_by_its_index(doors):
    house = doors.house
    house.booking("slot-1")
    doors.doors.patient()
    for when in ("coming", "past"):
        _, asked = asked_of(doors.doors.services.database, lambda when=when: _list(doors, f"when={when}"))
        words, values = next(
            (words, values) for words, values in asked if "slot_start" in words and "ORDER BY" in words
        )
        with house.database.writing() as connection:
            if house.database.is_sqlite:
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values)
                plan = "\n".join(str(row.detail) for row in rows)
            else:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
                connection.exec_driver_sql("SET LOCAL enable_sort = off")
                plan = "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {words}", values))
        assert "ix_request_person_time" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


@pytest.mark.rule("BOO-12", "PAT-3")
def test_with_booking_off_the_list_stays_and_nothing_can_be_cancelled(sqlite_doors):
    request = _confirmed(sqlite_doors.house, "slot-1")
    sqlite_doors.house.settings(services={"booking": "off"})
    assert _list(sqlite_doors) == [("slot-1", "notified")]
    refused = sqlite_doors.post(f"/v1/requests/{request}/cancel", {})
    assert (refused.status_code, refused.json["layer"]) == (422, "clinic")


@pytest.mark.rule("BOO-7")
def test_a_time_is_cancelled_at_exactly_48_hours_and_once(sqlite_doors, clock):
    request, late = _confirmed(sqlite_doors.house, "slot-1"), _confirmed(sqlite_doors.house, "slot-2")
    clock.now = sqlite_doors.house.request(request).slot_start - timedelta(hours=48)
    sqlite_doors.doors.tokens.clear()
    done = sqlite_doors.post(f"/v1/requests/{request}/cancel", {})
    assert (done.status_code, done.json["state"]) == (200, "cancelled_by_patient")
    again = sqlite_doors.post(f"/v1/requests/{request}/cancel", {})
    assert (again.status_code, again.json["code"]) == (409, "not_applicable")
    clock.now += timedelta(minutes=15, microseconds=1)
    refused = sqlite_doors.post(f"/v1/requests/{late}/cancel", {})
    assert (refused.status_code, refused.json["code"]) == (422, "too_late_to_cancel")


@pytest.mark.rule("BOO-3")
def test_a_booked_time_that_the_calendar_has_no_longer_stands_and_is_on_the_clinics_list(doors):
    house, path = doors.house, "/v1/clinic/lists/bookings-without-time"
    gone, moved, kept = (_confirmed(house, f"slot-{number}") for number in (1, 2, 3))
    assert doors.doors.signed("GET", path).json["items"] == []
    start = house.request(moved).slot_start
    sync(
        house,
        slot("slot-2", at=start + timedelta(hours=3)),
        slot("slot-3", at=house.request(kept).slot_start),
        whole=True,
    )
    listed = doors.doors.signed("GET", path).json["items"]
    assert [each["id"] for each in listed] == [str(gone), str(moved)]
    assert [house.state(each) for each in (gone, moved, kept)] == ["notified"] * 3
    assert house.request(moved).slot_start == start
    house.say(gone, "cancel_by_clinic", message_id="M-c", reason="Lægen er syg.")
    assert [each["id"] for each in doors.doors.signed("GET", path).json["items"]] == [str(moved)]


@pytest.mark.rule("BOO-8")
def test_a_wish_that_nobody_answered_is_passed_when_its_time_is(sqlite_house, clock):
    request = sqlite_house.delivered(sqlite_house.booking("slot-1"))
    due = sqlite_house.request(request)
    clock.now = due.slot_end
    outcome = sqlite_house.advance(request, "passed")
    assert not isinstance(outcome, Refusal)
    assert (sqlite_house.state(request), sqlite_house.request(request).slot_held) == ("passed", False)


def test_the_clinic_moves_nobody_to_a_time_that_has_begun(sqlite_house):
    request = _confirmed(sqlite_house, "slot-1")
    sync(sqlite_house, slot("past", at=(2026, 11, 23, 9)))
    refused = sqlite_house.say(request, "move_by_clinic", message_id="M-m", slot="past")
    assert refused.rule.code == "slot_is_past"
    assert sqlite_house.request(request).slot == "slot-1"
