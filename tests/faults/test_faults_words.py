"""What comes from the clinic's system: ten times at once, in any order, too old, from the future, forged, of others."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
import sqlalchemy as sa

from portal.demo_data import CLINICS, PATIENTS
from storage.models import INBOX, MESSAGE, REQUEST
from storage.registers import ACCESS, CLINIC, CLINIC_SECRET
from tests.faults.kept import until

NYGADE, HAVNEN = (clinic.slug for clinic in CLINICS)
DAVID = PATIENTS[3]
EIGHT_DAYS = 8 * 24 * 3600
ORDERS = list(itertools.permutations(["open", "answer", "close", "receipt"]))
CONTENT = {
    "open": {},
    "answer": {"text": "Et svar.", "watch_unread": False},
    "close": {"reason": "Færdig."},
    "receipt": {"reference": "W-000001", "journal_copy": "J-000001"},
}


@pytest.fixture
def at_the_clinic(house, app):
    """A request that waits for staff, who are on leave."""
    house.levers.staff(None)
    request = house.submit(app)
    house.until_state(request, "delivered")
    return request


@pytest.mark.rule("F19", "I3", "I4")
def test_an_answer_arrives_ten_times_at_once(house, at_the_clinic):
    system, together = house.system(NYGADE), Barrier(10)

    def say(_):
        together.wait()
        return system.say(at_the_clinic, "answer", _answer(at_the_clinic), message=f"evt_{at_the_clinic}")

    with ThreadPoolExecutor(10) as callers:
        told = list(callers.map(say, range(10)))

    assert {status for status, _ in told} <= {200, 503}
    assert {answer["request"] for status, answer in told if status == 200} == {at_the_clinic}
    assert house.until_state(at_the_clinic, "notified") == ["submit", "delivered", "answer", "notified"]
    assert len(house.owed(at_the_clinic, "mail")) == 1


@pytest.mark.rule("F19", "I3", "I4")
def test_the_clinics_own_sender_repeats_itself(house, at_the_clinic):
    house.levers.winplc_fault("duplicate", times=10, count=1)
    house.levers.act(NYGADE, at_the_clinic, "answer", text="Et svar.")

    assert house.until_state(at_the_clinic, "notified") == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F20", "I4")
def test_an_answer_before_the_receipt_records_the_arrival_first(house, app):
    for worker in house.workers:
        worker.down()
    request = house.submit(app)

    status, told = house.system(NYGADE).say(request, "answer", _answer(request))

    assert (status, told["state"]) == (200, "answered")
    assert house.walked(request) == ["submit", "delivered", "answer"]
    for worker in house.workers:
        worker.up()
    house.until_state(request, "notified")
    until(lambda: house.owed(request, "file_in_winplc")[0].outcome == "sent", "the clinic has it too")
    assert house.walked(request) == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F20", "I4")
def test_every_order_of_the_clinics_words_ends_equal(house, app):
    house.levers.staff(None)
    for worker in house.workers:
        worker.down()
    requests = {order: house.submit(app) for order in ORDERS}
    for order, request in requests.items():
        for trigger in order:
            content = _answer(request) if trigger == "answer" else CONTENT[trigger]
            status, _ = house.system(NYGADE).say(request, trigger, content)
            assert status in {200, 202}, (order, trigger)
    for worker in house.workers:
        worker.up()

    for order, request in requests.items():
        until(lambda request=request: house.owed(request, "file_in_winplc")[0].state == "done", "it is filed")
        assert house.state(request) == "closed", order
        assert house.walked(request).count("answer") == 1, order
        said = house.rows(MESSAGE, MESSAGE.c.request_id == UUID(request), MESSAGE.c.clinic_message.is_not(None))
        assert len(said) == 1, order


@pytest.mark.rule("F20", "I3", "I4")
def test_a_second_answer_that_overtakes_the_first_opens_one_more_case(house, at_the_clinic):
    house.levers.winplc_fault("reorder", delay=1.0, count=1)
    for text in ("Første svar.", "Andet svar."):
        house.levers.act(NYGADE, at_the_clinic, "answer", text=text)
    house.until_state(at_the_clinic, "notified")

    until(lambda: len(_thread(house, at_the_clinic)) == 2, "the second case")

    (other,) = _thread(house, at_the_clinic) - {at_the_clinic}
    assert house.until_state(other, "notified") == ["write", "notified"]
    assert house.walked(at_the_clinic) == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F21", "I4")
@pytest.mark.parametrize("seconds", [-EIGHT_DAYS, -3600, 3600])
def test_a_word_of_another_time_is_refused_and_nothing_is_stored(house, at_the_clinic, seconds):
    status, problem = house.system(NYGADE).say(
        at_the_clinic, "answer", _answer(at_the_clinic), message=f"evt_{at_the_clinic}", at=seconds
    )

    assert (status, problem["code"]) == (400, "timestamp_stale")
    assert house.walked(at_the_clinic) == ["submit", "delivered"]
    assert not house.rows(INBOX, INBOX.c.message_id == f"evt_{at_the_clinic}")


@pytest.mark.rule("F21", "I4")
def test_the_replay_of_a_known_word_is_answered_as_before_however_old(house, at_the_clinic):
    system, message, answer = house.system(NYGADE), f"evt_{at_the_clinic}", _answer(at_the_clinic)
    first = system.say(at_the_clinic, "answer", answer, message=message)
    house.until_state(at_the_clinic, "notified")

    again = system.say(at_the_clinic, "answer", answer, message=message, at=-EIGHT_DAYS)

    assert again == first
    assert house.walked(at_the_clinic) == ["submit", "delivered", "answer", "notified"]


@pytest.mark.rule("F22", "I6")
@pytest.mark.parametrize("forger", ["a wrong secret", "the other clinic's secret"])
def test_a_forged_word_is_refused_and_noted(house, at_the_clinic, forger):
    secret = house.secrets[HAVNEN] if forger.startswith("the") else "whsec_" + "Zm9yZ2VkIGJ5IHNvbWVib2R5IGVsc2UgISE="
    noted = len(house.rows(ACCESS, ACCESS.c.outcome == "signature_wrong"))

    status, problem = house.system(NYGADE).say(at_the_clinic, "answer", _answer(at_the_clinic), secret=secret)

    assert (status, problem["code"]) == (401, "signature_wrong")
    assert len(house.rows(ACCESS, ACCESS.c.outcome == "signature_wrong")) == noted + 1
    assert house.walked(at_the_clinic) == ["submit", "delivered"]


@pytest.mark.rule("F22", "I6")
def test_another_clinics_request_is_as_if_it_were_not_there(house, at_the_clinic):
    status, _ = house.system(HAVNEN).say(at_the_clinic, "answer", _answer(at_the_clinic))

    assert status == 404
    (havnen,) = house.rows(CLINIC, CLINIC.c.slug == HAVNEN)
    request = UUID(at_the_clinic)
    noted = house.rows(ACCESS, ACCESS.c.request_id == request, ACCESS.c.outcome == "refused")
    assert [row.clinic_id for row in noted] == [havnen.id]
    assert house.walked(at_the_clinic) == ["submit", "delivered"]


@pytest.mark.rule("F22", "I6")
def test_after_rotation_two_secrets_hold_for_a_week_and_then_only_the_new_one(house):
    house.levers.staff(None)
    david = house.app(DAVID)
    requests = [house.submit(david) for _ in range(3)]
    for request in requests:
        house.until_state(request, "delivered")
    old = house.secrets[HAVNEN]
    new = house.command("clinic", "secret", "rotate", HAVNEN).split()[-1]
    house.secrets[HAVNEN] = new
    _give_the_clinic_its_new_secret(house, new)

    for request, secret in zip(requests, (old, new), strict=False):
        status, _ = house.system(HAVNEN).say(request, "answer", _answer(request), secret=secret)
        assert status == 200
    _let_a_week_pass_for_the_old_secret(house)

    refused, _ = house.system(HAVNEN).say(requests[2], "answer", _answer(requests[2]), secret=old)
    taken, _ = house.system(HAVNEN).say(requests[2], "answer", _answer(requests[2]))

    assert (refused, taken) == (401, 200)


def _answer(request):
    return {"message_id": f"M-{UUID(request).int % 10**9:09d}", **CONTENT["answer"]}


def _thread(house, request):
    (asked,) = house.rows(REQUEST, REQUEST.c.id == UUID(request))
    return {str(row.id) for row in house.rows(REQUEST, REQUEST.c.thread_id == asked.thread_id)}


def _give_the_clinic_its_new_secret(house, secret):
    file = house.folder / "winplc-seed.json"
    seed = json.loads(file.read_text())
    for clinic in seed["clinics"]:
        if clinic["slug"] == HAVNEN:
            clinic["secrets"] = {"to_portal": [secret], "from_portal": [secret]}
    file.write_text(json.dumps(seed))
    house.levers.mock("PUT", "seed", seed)


def _let_a_week_pass_for_the_old_secret(house):
    over = house.services.clock() - timedelta(seconds=1)
    with house.services.database.writing() as connection:
        ending = sa.update(CLINIC_SECRET).where(CLINIC_SECRET.c.valid_until.is_not(None))
        connection.execute(ending.values(valid_until=over))
