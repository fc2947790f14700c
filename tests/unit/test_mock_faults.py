"""Faults on demand: each does what its name says, and only that."""

import time
from random import Random

import pytest
import urllib3

from tests.unit.mock_clinic import Running, TestClock, ToyPortal, e_kons, new_id, planted, until
from winplc_mock.faults import Fault, Faults

EVENTS = "/winplc/v1/clinics/nygade/events"


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock())
    yield running
    running.close()


def fault(running, kind, **more):
    return running.control("POST", "faults", {"kind": kind, **more})


def act(clinic, request, trigger, **content):
    return clinic.control(
        "POST", "act", {"clinic": "nygade", "request": request, "trigger": trigger, "content": content}
    )


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("busy", 429)])
def test_down_and_busy_ask_to_come_back(clinic, kind, status):
    fault(clinic, kind, clinic="nygade", retry_after=7)
    reply = clinic.put(new_id(), e_kons())
    assert (reply.status, reply.headers["Retry-After"], reply.json()) == (status, "7", {"code": kind})
    assert clinic.call("GET", EVENTS).status == status
    assert clinic.call("GET", "/winplc/v1/clinics/havnen/events").status == 401
    clinic.control("DELETE", "faults")
    assert clinic.put(new_id(), e_kons()).status == 201


def test_an_error_rate_strikes_by_seeded_chance(clinic):
    fault(clinic, "error_rate", rate=0.5)
    statuses = [clinic.put(new_id(), e_kons()).status for _ in range(20)]
    chance = Random(0)
    assert statuses == [500 if chance.random() < 0.5 else 201 for _ in range(20)]


@pytest.mark.parametrize("kind", ["close", "tls_alert"])
def test_a_broken_connection_has_no_effect(clinic, kind):
    fault(clinic, kind, count=1)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        clinic.put(new_id(), e_kons())
    assert clinic.report()["requests"] == []


@pytest.mark.parametrize("kind", ["reply_lost", "half_body"])
def test_a_lost_reply_comes_after_the_effect_and_a_repeat_has_none(clinic, kind):
    request = new_id()
    fault(clinic, kind, count=1)
    with pytest.raises((urllib3.exceptions.ProtocolError, urllib3.exceptions.IncompleteRead)):
        clinic.put(request, e_kons())
    assert clinic.put(request, e_kons()).status == 200
    assert (clinic.filed(request)["calls"], clinic.filed(request)["effects"]) == (2, 1)


@pytest.mark.parametrize(("kind", "effects_first"), [("slow", False), ("reply_late", True)])
def test_a_slow_call_is_slow_before_or_after_its_effect(clinic, kind, effects_first):
    fault(clinic, kind, delay=0.4, count=1)
    pool = urllib3.PoolManager(retries=False, timeout=0.15)
    clinic._pool, patient = pool, clinic._pool
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        clinic.put(new_id(), e_kons())
    clinic._pool = patient
    pool.clear()
    assert bool(clinic.report()["requests"]) is effects_first
    until(lambda: clinic.report()["requests"])


def test_a_patient_may_be_made_unknown(clinic):
    request = new_id()
    fault(clinic, "unknown_patient", count=1)
    assert clinic.put(request, e_kons()).json() == {"code": "unknown_patient"}
    assert clinic.put(request, e_kons()).status == 201


def test_a_counted_fault_spares_the_feed(clinic):
    fault(clinic, "close", count=1)
    assert clinic.call("GET", EVENTS).status == 200
    assert clinic.control("GET", "faults")["faults"][0]["left"] == 1


def test_a_fault_ends_when_its_seconds_are_over():
    now = [100.0]
    faults = Faults(monotonic=lambda: now[0])
    faults.add(Fault(kind="down", seconds=5))
    assert faults.meet("nygade", ("down",))
    now[0] = 105.0
    assert faults.meet("nygade", ("down",)) is None
    assert faults.listed() == []


def test_a_duplicate_is_posted_several_times_under_one_id(clinic, portal):
    fault(clinic, "duplicate", times=5, count=1)
    request = new_id()
    clinic.put(request, e_kons())
    act(clinic, request, "open")
    act(clinic, request, "answer", text="Ja.")
    until(lambda: portal.triggers(request) == ["open"] * 5 + ["answer"])
    assert len({one.headers["webhook-id"] for one in portal.received}) == 2


def test_a_reordered_callback_comes_after_a_younger_one(clinic, portal):
    fault(clinic, "reorder", delay=0.2, count=1)
    request = new_id()
    clinic.put(request, e_kons())
    act(clinic, request, "open")
    act(clinic, request, "answer", text="Ja.")
    until(lambda: portal.triggers(request) == ["answer", "open"])


def test_a_late_callback_holds_back_those_behind_it(clinic, portal):
    fault(clinic, "late", delay=0.3, count=1)
    request = new_id()
    clinic.put(request, e_kons())
    started = time.monotonic()
    act(clinic, request, "open")
    act(clinic, request, "answer", text="Ja.")
    until(lambda: portal.triggers(request) == ["open", "answer"])
    assert portal.received[0].at - started >= 0.3


def test_a_dropped_callback_is_in_the_feed_only(clinic, portal):
    fault(clinic, "drop", count=1)
    request = new_id()
    clinic.put(request, e_kons())
    dropped = act(clinic, request, "open")
    act(clinic, request, "answer", text="Ja.")
    until(lambda: [one["state"] for one in clinic.report()["events"]] == ["dropped", "done"])
    assert portal.triggers(request) == ["answer"]
    assert clinic.call("GET", EVENTS).json()["events"][0]["id"] == dropped["event"]


@pytest.mark.parametrize(
    "wrong", [{"kind": "earthquake"}, {"kind": "down", "rate": 2}, {"kind": "down", "much": 1}, {}]
)
def test_an_order_that_makes_no_sense_is_refused(clinic, wrong):
    reply = clinic._pool.request("POST", f"{clinic.url}/control/faults", json=wrong)
    assert (reply.status, reply.json()["code"]) == (400, "malformed")
