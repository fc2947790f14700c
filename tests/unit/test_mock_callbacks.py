"""Callbacks: durable, in order per request, signed anew on each try, given up visibly."""

import time
from datetime import timedelta

import pytest

from tests.unit.mock_clinic import (
    NOON,
    Running,
    TestClock,
    ToyPortal,
    e_kons,
    new_id,
    planted,
    signature_holds,
    submission,
    until,
)
from winplc_mock.app import clinic_system
from winplc_mock.callbacks import GIVES_UP_AFTER
from winplc_mock.intake import Call


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


def filed(clinic):
    request = new_id()
    assert clinic.put(request, e_kons()).status == 201
    return request


def act(clinic, request, trigger, **content):
    return clinic.control(
        "POST", "act", {"clinic": "nygade", "request": request, "trigger": trigger, "content": content}
    )


def states(clinic):
    return [one["state"] for one in clinic.report()["events"]]


def test_a_callback_is_signed_and_says_who_acted(clinic, portal):
    request = filed(clinic)
    event = act(clinic, request, "answer", text="Ja.")
    received = until(lambda: portal.received)[0]
    assert received.path == f"/v1/clinic/requests/{request}/answer"
    assert received.headers["webhook-id"] == event["event"]
    assert received.headers["webhook-clinic"] == "nygade"
    assert signature_holds(received, NOON)
    assert received.content == {"message_id": "M-000001", "text": "Ja.", "watch_unread": False}
    until(lambda: states(clinic) == ["done"])


def test_an_idle_sender_starts_at_once(clinic, portal):
    request = filed(clinic)
    act(clinic, request, "open")
    until(lambda: portal.received)
    started = time.monotonic()
    act(clinic, request, "answer", text="Ja.")
    until(lambda: len(portal.received) == 2)
    assert portal.received[1].at - started < 0.1


def test_a_retry_has_the_same_id_and_body_and_a_fresh_time_stamp(clinic, portal):
    portal.answers = [(503, {"Retry-After": "0"}, {}), (429, {}, {})]
    act(clinic, filed(clinic), "answer", text="Ja.")
    until(lambda: len(portal.received) == 1)
    clinic.system.books.clock.move(seconds=7)
    until(lambda: len(portal.received) == 3)
    first, second, third = portal.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == third.headers["webhook-id"]
    assert first.body == second.body == third.body
    assert int(third.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 7
    assert signature_holds(third, NOON + timedelta(seconds=7))
    until(lambda: states(clinic) == ["done"])
    assert clinic.report()["events"][0]["attempts"] == 3


def test_a_retry_waits_as_long_as_the_portal_asks(clinic, portal):
    portal.answers = [(503, {"Retry-After": "1"}, {})]
    act(clinic, filed(clinic), "answer", text="Ja.")
    until(lambda: len(portal.received) == 2)
    assert portal.received[1].at - portal.received[0].at >= 1.0


def test_the_events_of_one_request_keep_their_order(clinic, portal):
    portal.answers = [(503, {}, {}), (503, {}, {})]
    request, other = filed(clinic), filed(clinic)
    act(clinic, request, "open")
    act(clinic, request, "answer", text="Et.")
    act(clinic, request, "close", reason="Slut.")
    act(clinic, other, "open")
    until(lambda: states(clinic) == ["done"] * 4)
    assert list(dict.fromkeys(portal.triggers(request))) == ["open", "answer", "close"]


def test_a_final_refusal_parks_the_callback_and_lets_the_next_pass(clinic, portal):
    portal.answers = [(422, {}, {"code": "message_unknown"})]
    request = filed(clinic)
    act(clinic, request, "open")
    act(clinic, request, "answer", text="Ja.")
    until(lambda: states(clinic) == ["parked", "done"])
    parked = clinic.report()["events"][0]
    assert (parked["last_status"], parked["last_note"]) == (422, "refused: message_unknown")
    assert clinic.control("POST", "retry", {"event": parked["id"]}) == {"tried": 1}
    until(lambda: states(clinic) == ["done", "done"])


def test_stored_without_effect_is_taken_as_delivered(clinic, portal):
    portal.answers = [(202, {}, {"request": "x", "state": "withdrawn", "note": "not_applicable"})]
    act(clinic, filed(clinic), "open")
    until(lambda: states(clinic) == ["done"])
    assert clinic.report()["events"][0]["last_note"] == "not_applicable"


def test_after_a_day_the_callback_is_parked(clinic, portal):
    portal.answers = [(500, {}, {})] * 2
    act(clinic, filed(clinic), "open")
    until(lambda: portal.received)
    clinic.system.books.clock.moment += GIVES_UP_AFTER + timedelta(seconds=1)
    until(lambda: states(clinic) == ["parked"])
    assert clinic.report()["events"][0]["last_note"] == "given up after 24 hours"


def test_what_is_owed_outlives_the_process(tmp_path, portal):
    store = planted(tmp_path)
    ended = clinic_system(store, "http://127.0.0.1:1", clock=TestClock())
    request = new_id()
    ended.books.receive(Call("nygade", request, "msg_1", ended.books.now()), submission(e_kons()))
    ended.books.act("nygade", request, [("answer", {"text": "Ja."})], ended.books.staff("nygade", None))
    store.close()
    started = Running(planted(tmp_path), portal.url, clock=TestClock())
    try:
        until(lambda: portal.triggers(request) == ["answer"])
    finally:
        started.close()


def test_a_portal_that_comes_back_gets_what_it_missed(tmp_path, portal):
    portal.server.shutdown()
    portal.server.server_close()
    clinic = Running(planted(tmp_path), portal.url, clock=TestClock())
    try:
        request = filed(clinic)
        act(clinic, request, "open")
        until(lambda: clinic.report()["events"][0]["attempts"] > 0)
        back = ToyPortal()
        clinic.system.portal._base = back.url
        until(lambda: back.triggers(request) == ["open"])
        back.close()
    finally:
        clinic.close()


def test_a_replay_sends_copies_signed_at_another_time(clinic, portal):
    event = act(clinic, filed(clinic), "open")["event"]
    until(lambda: states(clinic) == ["done"])
    order = {"event": event, "times": 10, "timestamp_offset": -600}
    assert [one["status"] for one in clinic.control("POST", "replay", order)["replies"]] == [200] * 10
    copies = portal.received[1:]
    assert len(copies) == 10
    assert {one.headers["webhook-id"] for one in copies} == {event}
    assert not any(signature_holds(one, NOON) for one in copies)
    assert clinic.report()["events"][0]["attempts"] == 1


def test_the_request_of_an_own_message_is_learnt_from_the_portal(clinic, portal):
    content = {"cpr": "1111111118", "text": "Dine prøvesvar er fine."}
    act(clinic, None, "message", **content)
    until(lambda: states(clinic) == ["done"])
    assert portal.received[0].path == "/v1/clinic/messages"
    message = clinic.report()["messages"][0]
    assert message["request"] == "01931f3e-7a10-7000-8000-00000000000f"


def test_secrets_rotate_without_a_pause(clinic, portal):
    seed = {"to_portal": ["whsec_" + "A" * 44, "whsec_" + "B" * 44], "from_portal": ["whsec_" + "C" * 44]}
    planted_again = {
        "clinics": [
            {"slug": "nygade", "name": "N", "secrets": seed, "staff": [{"id": "s1", "name": "A", "role": "doctor"}]}
        ]
    }
    request = filed(clinic)
    clinic.control("PUT", "seed", planted_again)
    act(clinic, request, "open")
    assert len(until(lambda: portal.received)[0].headers["webhook-signature"].split()) == 2
    assert clinic.put(new_id(), e_kons()).status == 401
    assert clinic.put(new_id(), e_kons(), secrets=seed["from_portal"]).status == 201


def test_a_younger_event_does_not_shorten_the_pause(clinic, portal):
    portal.answers = [(503, {"Retry-After": "1"}, {})]
    request = filed(clinic)
    act(clinic, request, "open")
    until(lambda: portal.received)
    act(clinic, request, "answer", text="Ja.")
    until(lambda: portal.triggers(request) == ["open", "open", "answer"])
    assert portal.received[1].at - portal.received[0].at >= 1.0


def test_trying_by_hand_cuts_the_pause_short(clinic, portal):
    portal.answers = [(503, {"Retry-After": "60"}, {})]
    request = filed(clinic)
    act(clinic, request, "open")
    until(lambda: clinic.report()["events"][0]["attempts"] == 1)
    clinic.control("POST", "retry", {})
    until(lambda: states(clinic) == ["done"])
