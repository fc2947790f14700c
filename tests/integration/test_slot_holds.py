"""A time is kept for five minutes for whoever fills in the form: for nobody else, not longer, and one at a time."""

import pytest

from storage.calendar_registers import SLOT_HOLD
from storage.housekeeping import sweep
from storage.models import REQUEST
from storage.slot_holding import MOST_HOLDS
from tests.calendars import appointment_type, practitioner, slot, sync
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA

HOLD = "/v1/clinics/nygade/hold"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _hold(doors, key, who=ALICE):
    return doors.post(HOLD, {"slot": key}, who)


def _book(doors, key, who=ALICE):
    return doors.submit("booking", {"slot": key, "reason": "consultation"}, who=who)


def _shown(doors, who):
    days = doors.get("/v1/clinics/nygade/slots?week=2026-W48", who).json["days"]
    return [each["key"] for day in days for each in day["slots"]]


@pytest.mark.rule("BOO-16")
def test_a_held_time_is_for_its_holder_alone_until_the_five_minutes_are_over(doors, clock):
    held = _hold(doors, "slot-1")
    assert (held.status_code, held.json) == (200, {"slot": "slot-1", "until": "2026-11-23T09:05:00Z"})
    assert "slot-1" in _shown(doors, ALICE)
    assert "slot-1" not in _shown(doors, BOB)
    for refused in (_book(doors, "slot-1", BOB), _hold(doors, "slot-1", BOB)):
        assert (refused.status_code, refused.json["code"]) == (409, "slot_taken")
    clock.tick(299)
    assert _hold(doors, "slot-1").json["until"] == "2026-11-23T09:05:00Z", "asking again makes it no longer"
    clock.tick(1)
    assert "slot-1" in _shown(doors, BOB)
    assert _hold(doors, "slot-1", BOB).status_code == 200
    assert _book(doors, "slot-1").status_code == 409
    assert _book(doors, "slot-1", BOB).status_code == 202


@pytest.mark.rule("BOO-16")
def test_the_booking_takes_the_hold_over(doors, clock):
    _hold(doors, "slot-1")
    assert _book(doors, "slot-1").status_code == 202
    [row] = doors.house.rows(SLOT_HOLD)
    assert row.request_id is not None
    assert _hold(doors, "slot-2").status_code == 200, "the next form holds its own time"
    assert _book(doors, "slot-1", BOB).status_code == 409
    clock.tick(301)
    sweep(doors.house.database)
    assert not doors.house.rows(SLOT_HOLD)
    assert _book(doors, "slot-1", BOB).status_code == 409


@pytest.mark.rule("BOO-16")
def test_a_patient_holds_one_time_at_each_clinic_and_lets_it_go(doors):
    _hold(doors, "slot-1")
    assert _hold(doors, "slot-2").status_code == 200
    assert doors.post("/v1/clinics/havnen/hold", {"slot": "slot-1"}, ALICE).status_code == 200
    assert [row.slot for row in doors.house.rows(SLOT_HOLD)].count("slot-1") == 1, "that of the other clinic"
    assert _hold(doors, "slot-1", BOB).status_code == 200
    assert doors.call("DELETE", HOLD, who=ALICE).status_code == 204
    assert doors.call("DELETE", HOLD, who=ALICE).status_code == 204
    assert _book(doors, "slot-2", BOB).status_code == 202


@pytest.mark.rule("BOO-16")
def test_a_hold_asks_what_a_booking_asks_and_leaves_nothing_where_it_is_refused(sqlite_doors):
    house = sqlite_doors.house
    practitioner(house, "lind", services={"booking": False})
    appointment_type(house, "home_visit", use="other")
    sync(
        house,
        slot("off", at=(2026, 11, 27, 10), practitioner="lind"),
        slot("other", at=(2026, 11, 27, 10), reason="home_visit"),
        slot("past", at=(2026, 11, 23, 9)),
        slot("far", at=(2027, 6, 1, 9)),
    )
    assert {key: _hold(sqlite_doors, key).json["code"] for key in ("off", "other", "past", "far", "nowhere")} == {
        "off": "practitioner_off",
        "other": "reason_not_open",
        "past": "outside_booking_window",
        "far": "outside_booking_window",
        "nowhere": "slot_taken",
    }
    assert _hold(sqlite_doors, "slot-1", CARLA).status_code == 404
    assert not house.rows(SLOT_HOLD)
    house.settings(services={"booking": "off"})
    assert _hold(sqlite_doors, "slot-1").json["layer"] == "clinic"


def test_nobody_holds_times_all_day(sqlite_doors):
    answers = {_hold(sqlite_doors, f"slot-{number % 8 + 1}").status_code for number in range(MOST_HOLDS)}
    assert answers == {200}
    refused = _hold(sqlite_doors, "slot-1")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert len(sqlite_doors.house.rows(SLOT_HOLD)) == 1


@pytest.mark.rule("BOO-16", "F29")
def test_of_those_who_hold_and_book_one_time_at_once_one_gets_it(doors, at_once):
    for who in (ALICE, BOB):
        doors.doors.patient(who)
    calls = [lambda: _hold(doors, "slot-3"), lambda: _book(doors, "slot-3", BOB), lambda: _hold(doors, "slot-4")]
    hold, booking, _ = at_once(calls)
    assert sorted((hold.status_code, booking.status_code)) in ([200, 409], [202, 409], [200, 202])
    taken = [row.slot for row in doors.house.rows(REQUEST, REQUEST.c.slot_held)]
    live = [row for row in doors.house.rows(SLOT_HOLD) if row.request_id is None]
    assert taken == ["slot-3"] * (booking.status_code == 202)
    assert len(live) <= 1, "of two holds of one patient at one moment one stays"
    if booking.status_code == 202:
        assert "slot-3" not in [row.slot for row in live], "no hold stands beside the booking"


@pytest.mark.rule("BOO-3")
def test_who_comes_too_late_is_told_what_is_free_instead(doors):
    for key in ("slot-3", "slot-4"):
        _book(doors, key, BOB)
    refused = _book(doors, "slot-3")
    assert (refused.status_code, refused.json["code"], refused.json["layer"]) == (409, "slot_taken", "calendar")
    assert [each["key"] for each in refused.json["free_times"]] == ["slot-1", "slot-2", "slot-5", "slot-6", "slot-7"]
    assert refused.json["free_times"][0]["starts_at"] == "2026-11-26T09:00:00Z"
    more = doors.get(refused.json["see"]).json
    assert (more["period"], more["days"][0]["count"]) == ("2026-11", 6)
    unknown = _book(doors, "nowhere")
    assert (unknown.status_code, len(unknown.json["free_times"])) == (409, 5)
