"""Many at once: a hundred clients with one key, one slot, a patient who cancels while the clinic answers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest

from portal.demo_data import CLINICS, PATIENTS
from storage.models import REQUEST
from tests.faults.kept import tell, until

NYGADE, HAVNEN = (clinic.slug for clinic in CLINICS)
ALMA, BIRK, CLARA = PATIENTS[:3]
CLIENTS = 100
ROUNDS = 8


@pytest.mark.rule("F29", "I9")
def test_a_hundred_clients_use_one_key(house, app):
    key, words, known = str(uuid4()), {"text": "Alle på én gang."}, len(house.rows(REQUEST))

    told = _at_once(CLIENTS, lambda _: app.ask("e_kons", words, key)[:2])

    assert {status for status, _ in told} <= {202, 409, 503}
    made = {answer["id"] for status, answer in told if status == 202}
    assert len(made) == 1
    assert len(house.rows(REQUEST)) == known + 1
    house.accepted += made


@pytest.mark.rule("F29", "I9")
def test_one_key_with_two_bodies_makes_one_request(house, app):
    key, known = str(uuid4()), len(house.rows(REQUEST))

    told = _at_once(20, lambda number: app.ask("e_kons", {"text": f"Tekst {number % 2}."}, key)[:2])

    assert {status for status, _ in told} <= {202, 409, 422, 503}
    made = {answer["id"] for status, answer in told if status == 202}
    assert len(made) == 1
    assert len(house.rows(REQUEST)) == known + 1
    house.accepted += made


@pytest.mark.rule("F29", "I9", "BOO-1")
def test_many_want_one_slot(house):
    apps = [house.app(patient) for patient in (ALMA, BIRK, CLARA)]
    wish = {"slot": _slots(house)[0], "reason": "consultation", "comment": "Kontrol."}

    def book(number):
        return apps[number % len(apps)].ask("booking", wish, str(uuid4()), NYGADE)[:2]

    told = _at_once(30, book)

    assert {status for status, _ in told} <= {202, 409, 503}
    (made,) = [answer["id"] for status, answer in told if status == 202]
    assert len(house.rows(REQUEST, REQUEST.c.slot == wish["slot"])) == 1
    house.accepted.append(made)
    house.until_state(made, "notified")
    slots = [slot for slot in house.levers.books(NYGADE)["slots"] if slot["request"] == made]
    assert [slot["key"] for slot in slots] == [wish["slot"]]


@pytest.mark.rule("F29", "I4", "I9")
def test_the_patient_withdraws_while_the_clinic_answers(house, app):
    house.levers.staff(None)
    outcomes = set()
    for number in range(ROUNDS):
        request = house.submit(app)
        house.until_state(request, "delivered")
        answer = {"message_id": f"M-{uuid4().hex[:9]}", "text": "Et svar.", "watch_unread": False}

        withdrawn, answered = _at_once(
            2, lambda who, request=request, answer=answer: _withdraw_or_answer(house, app, who, request, answer)
        )

        outcomes.add((withdrawn, answered))
        assert (withdrawn, answered) in {(200, 202), (409, 200)}, number
        house.until_state(request, "withdrawn" if withdrawn == 200 else "notified")
    tell(f"F29: (withdraw, answer) ended as {sorted(outcomes)}")


@pytest.mark.rule("F29", "I4", "I9", "BOO-7")
def test_the_patient_cancels_while_the_clinic_confirms(house, app):
    house.levers.staff(None)
    for slot in _slots(house)[-ROUNDS:]:
        request = house.submit(app, "booking", slot=slot, reason="consultation", comment="Kontrol.")
        house.until_state(request, "delivered")
        told = _at_once(2, lambda who, request=request: _cancel_or_confirm(house, app, who, request))

        assert set(told) <= {200, 202, 409}
        if told[0] == 409:
            assert app.pull(request, "cancel")[0] == 200
        house.until_state(request, "cancelled_by_patient")
        until(lambda request=request: _cancelled_at_the_clinic(house, request), "the clinic hears of it")
        assert not [one for one in house.levers.books(NYGADE)["slots"] if one["request"] == request]


def _at_once(number, act):
    """Let all begin in the same moment; return what each was told, in order."""
    together = Barrier(number)

    def begin(one):
        together.wait()
        return act(one)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))


def _withdraw_or_answer(house, app, who, request, answer):
    if who == 0:
        return app.pull(request, "withdraw")[0]
    return house.system(NYGADE).say(request, "answer", answer)[0]


def _cancel_or_confirm(house, app, who, request):
    if who == 0:
        return app.pull(request, "cancel")[0]
    return house.system(NYGADE).say(request, "confirm", {"message_id": f"M-{uuid4().hex[:9]}"})[0]


def _cancelled_at_the_clinic(house, request):
    return [one for one in house.levers.books(NYGADE)["withdrawals"] if one["request"] == request]


def _slots(house):
    """Return free times that lie far enough ahead to be cancelled, the earliest first."""
    free = [slot for slot in house.levers.books(NYGADE)["slots"] if slot["request"] is None]
    taken = {row.slot for row in house.rows(REQUEST) if row.slot}
    return [slot["key"] for slot in sorted(free, key=lambda one: one["starts_at"]) if slot["key"] not in taken][4:]
