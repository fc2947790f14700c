"""Simulated staff: handle what comes, in one go, and what lay there before."""

import pytest

from tests.unit.mock_clinic import (
    Running,
    TestClock,
    ToyPortal,
    body_of,
    booking,
    e_kons,
    new_id,
    planted,
    renewal,
    until,
)


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock(), robot_delay=0.0)
    yield running
    running.close()


def contents(portal, trigger):
    return [one.content for one in portal.received if one.trigger == trigger]


def test_a_question_is_opened_and_answered(clinic, portal):
    request = new_id()
    clinic.put(request, e_kons())
    until(lambda: portal.triggers(request) == ["open", "answer"])
    assert clinic.filed(request)["state"] == "handled"


def test_each_medicine_is_decided_on_its_merits(clinic, portal):
    request = new_id()
    clinic.put(request, renewal("metformin", "oxazepam", "losartan", "aspirin"))
    until(lambda: portal.triggers(request) == ["open", *["decide"] * 4, "answer"])
    decided = {one["medicine"]: (one["decision"], one["reason"]) for one in contents(portal, "decide")}
    assert decided == {
        "metformin": ("approved", None),
        "oxazepam": ("rejected", "needs_consultation"),
        "losartan": ("rejected", "open_prescription"),
        "aspirin": ("rejected", "not_on_card"),
    }


def test_a_booking_is_confirmed(clinic, portal):
    request = new_id()
    clinic.put(request, booking("tue-0900"))
    until(lambda: portal.triggers(request) == ["confirm"])
    assert clinic.filed(request)["state"] == "booked"


def test_a_kind_the_clinic_does_not_know_by_name_is_answered(clinic, portal):
    request = new_id()
    clinic.put(request, body_of("toy", {"wish": "a ball"}))
    until(lambda: portal.triggers(request) == ["answer"])
    assert clinic.filed(request)["folder"] == "other"


def test_a_repeat_is_handled_once(clinic, portal):
    request, last = new_id(), new_id()
    for _ in range(5):
        clinic.put(request, e_kons())
    clinic.put(last, e_kons())
    until(lambda: portal.triggers(last) == ["open", "answer"])
    assert portal.triggers(request) == ["open", "answer"]


def test_the_identity_of_a_person_is_left_to_people(clinic, portal):
    check = {"id": new_id(), "cpr": "1111111118", "email": "other@example.test"}
    assert clinic.call("POST", "/winplc/v1/clinics/nygade/identity-checks", check).status == 200
    clinic.control("PUT", "robot", {"delay": 0})
    request = new_id()
    clinic.put(request, e_kons())
    until(lambda: portal.triggers(request) == ["open", "answer"])
    assert portal.triggers(check["id"]) == []
    assert clinic.report()["counts"]["identity"] == 1


def test_it_is_switched_per_clinic_and_takes_up_what_waits(clinic, portal):
    clinic.control("PUT", "robot", {"clinic": "nygade", "delay": None})
    assert clinic.control("GET", "robot") == {"delays": {"havnen": 0.0, "nygade": None}}
    request = new_id()
    clinic.put(request, e_kons())
    assert clinic.filed(request)["state"] == "new"
    assert portal.received == []
    clinic.control("PUT", "robot", {"clinic": "nygade", "delay": 0.05})
    until(lambda: portal.triggers(request) == ["open", "answer"])


def test_it_leaves_alone_what_was_withdrawn_meanwhile(clinic, portal):
    clinic.control("PUT", "robot", {"delay": 0.2})
    request, later = new_id(), new_id()
    clinic.put(request, e_kons())
    path = f"/winplc/v1/clinics/nygade/requests/{request}/withdrawal"
    assert clinic.call("POST", path, {"trigger": "withdraw", "at": "2026-11-23T12:00:00Z"}).status == 200
    clinic.put(later, e_kons())
    until(lambda: portal.triggers(later) == ["open", "answer"])
    assert portal.triggers(request) == []


def test_it_takes_up_after_a_restart(tmp_path, portal):
    ended = Running(planted(tmp_path), portal.url, clock=TestClock())
    request = new_id()
    ended.put(request, e_kons())
    ended.close()
    started = Running(planted(tmp_path), portal.url, clock=TestClock(), robot_delay=0.0)
    try:
        until(lambda: portal.triggers(request) == ["open", "answer"])
    finally:
        started.close()
