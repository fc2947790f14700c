"""Time pulls its own triggers, once, and gives up those that no longer apply."""

import pytest

from storage.deadlines import Deadlines
from tests.builders import PATIENT

HOUR = 3600


@pytest.fixture
def deadlines(house):
    return Deadlines(house.database, house.ledger)


@pytest.mark.rule("F17")
def test_a_patient_whose_request_has_not_arrived_after_an_hour_is_told_once(house, deadlines):
    request = house.e_kons()
    house.clock.tick(HOUR - 1)
    assert deadlines.due() == []
    assert not deadlines.fire(request)
    house.clock.tick(1)
    assert deadlines.due() == [request]
    assert deadlines.fire(request)
    assert not deadlines.fire(request)
    assert deadlines.due() == []
    assert house.walked(request) == ["submit", "delayed"]
    assert house.outbox(request) == [("file_in_winplc", None), ("mail", "request_delayed")]


def test_a_deadline_ends_with_the_state_it_belongs_to(house, deadlines):
    delivered, withdrawn = house.delivered(house.e_kons()), house.e_kons()
    house.advance(withdrawn, "withdraw", actor=PATIENT)
    house.clock.tick(2 * HOUR)
    assert deadlines.due() == []
    assert not deadlines.fire(delivered)


def test_a_confirmed_time_that_is_over_has_passed(house, deadlines):
    request = house.delivered(house.booking("slot-1"))
    house.say(request, "confirm", message_id="M-1")
    house.notified(request)
    house.clock.now = house.request(request).slot_end
    assert deadlines.fire(request)
    assert house.walked(request)[-1] == "passed"
    assert not house.request(request).slot_held


def test_the_time_of_a_declined_booking_passes_without_a_word(house, deadlines):
    request = house.delivered(house.booking("slot-1"))
    house.say(request, "decline", message_id="M-1", reason="Full.")
    house.notified(request)
    house.clock.now = house.request(request).slot_end
    assert deadlines.due() == [request]
    assert not deadlines.fire(request)
    assert deadlines.due() == []
    assert house.walked(request)[-1] == "notified"


@pytest.mark.rule("F29")
def test_a_deadline_fired_from_many_processes_at_once_is_pulled_once(house, deadlines, at_once):
    request = house.e_kons()
    house.clock.tick(HOUR)
    fired = at_once([lambda: deadlines.fire(request)] * 8)
    assert sorted(fired) == [False] * 7 + [True]
    assert house.walked(request) == ["submit", "delayed"]
