"""The calendar as the clinic's own system sends it: changes, what is removed, and what is taken meanwhile."""

from datetime import timedelta

import pytest

from storage.calendar import OfferedSlot, put_slots
from storage.calendar_registers import SLOT
from storage.models import REQUEST
from storage.visit_registers import TIMER
from tests.calendars import asked_of, slot, sync
from tests.patient_doors import PatientDoors
from tests.people import ALICE
from tests.waiting_room import WaitingRoom


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


def _keys(doors):
    days = doors.get("/v1/clinics/nygade/slots?week=2026-W48").json["days"]
    return [each["key"] for day in days for each in day["slots"]]


@pytest.mark.rule("BOO-13")
def test_a_change_of_the_calendar_leaves_the_rest_of_it_alone(doors, clock):
    house, signed = doors.house, doors.doors
    new = {"key": "new", "practitioner": "hansen", "reason": "consultation"}
    new |= {"starts_at": "2026-11-27T08:00:00Z", "ends_at": "2026-11-27T08:15:00Z"}

    def change(**content):
        return signed.signed("POST", "/v1/clinic/slots/changes", signed.call(**content))

    assert change(slots=[new], removed=["slot-1", "never-there"]).json == {"changed": 2}
    assert change(slots=[new], removed=["slot-1"]).json == {"changed": 0}
    assert _keys(doors) == [*(f"slot-{number}" for number in range(2, 9)), "new"]
    assert change(slots=[new | {"offered": False}]).json == {"changed": 1}
    assert "new" not in _keys(doors)
    versions = [(row.version, row.is_current) for row in house.rows(SLOT, SLOT.c.key == "new")]
    assert sorted(versions) == [(1, False), (2, True)]
    for wrong, code in (
        ({"slots": [new, new]}, "slot_twice"),
        ({"slots": [new], "removed": ["new"]}, "slot_twice"),
        ({"slots": [new | {"ends_at": new["starts_at"]}]}, "times_reversed"),
    ):
        answer = change(**wrong)
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)
    back = new | {"key": "slot-1", "starts_at": "2026-11-26T07:00:00Z"}
    assert change(slots=[back]).json == {"changed": 1}, "what was removed can come back"


def test_a_time_of_another_clinic_is_not_there(doors):
    sync(doors.house, slot("theirs", at=(2026, 11, 27, 10)), clinic="havnen")
    refused = doors.submit("booking", {"slot": "theirs", "reason": "consultation"})
    assert (refused.status_code, refused.json["code"]) == (409, "slot_taken")
    assert not doors.house.rows(REQUEST)


@pytest.mark.rule("NEW-15")
def test_a_whole_calendar_is_kept_for_the_line_with_as_many_statements_as_one_time(house):
    start = house.clock() + timedelta(days=2)
    WaitingRoom(house).joins(ALICE)

    def put(*keys):
        new = {"practitioner": "hansen", "reason": "consultation"}
        slots = [OfferedSlot(key=key, starts_at=start, ends_at=start + timedelta(minutes=15), **new) for key in keys]
        with house.database.writing() as connection:
            put_slots(connection, house.clinics["nygade"].clinic, slots, house.clock())

    _, one = asked_of(house.database, lambda: put("new-1"))
    _, many = asked_of(house.database, lambda: put(*(f"new-{number}" for number in range(2, 40))))
    assert len(many) == len(one)
    assert {row.subject for row in house.rows(TIMER, TIMER.c.what == "offer_time")} == {
        f"new-{number}" for number in range(1, 40)
    }
