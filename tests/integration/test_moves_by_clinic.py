"""The clinic moves an appointment: the old booking ends, a new one stands in its place, in one step (BOO-15)."""

import pytest

from storage.models import REQUEST
from workflows.vocabulary import Refusal


def confirmed(house, slot):
    request = house.delivered(house.booking(slot))
    house.say(request, "confirm", message_id=f"M-{slot}")
    return request


@pytest.mark.rule("BOO-15")
def test_a_booking_that_the_clinic_moves_stands_at_the_new_time(house):
    old = confirmed(house, "slot-1")
    taken = house.say(old, "move_by_clinic", message_id="M-move", slot="slot-2")
    (new,) = house.rows(REQUEST, REQUEST.c.thread_id == old, REQUEST.c.id != old)
    assert taken.result == {"request": str(new.id), "state": "answered"}
    assert (house.request(old).state, house.request(old).slot_held) == ("moved", False)
    assert (new.slot, new.slot_held, new.outcome) == ("slot-2", True, "confirmed")
    assert house.walked(new.id) == ["arrange"]
    assert house.outbox(new.id) == [("mail", "appointment_news")]
    assert house.outbox(old)[-1] == ("mail", "appointment_news"), "the old confirmation, and nothing more"


@pytest.mark.rule("BOO-15", "F19")
def test_the_same_move_again_is_the_same_booking(house):
    old = confirmed(house, "slot-1")
    first = house.say(old, "move_by_clinic", message_id="M-move", slot="slot-2")
    again = house.say(old, "move_by_clinic", message_id="M-move", slot="slot-2")
    assert again.result["request"] == first.result["request"]
    assert len(house.rows(REQUEST, REQUEST.c.thread_id == old)) == 2


@pytest.mark.rule("BOO-16")
def test_a_move_to_a_taken_time_leaves_the_booking_where_it_is(house):
    old, _other = confirmed(house, "slot-1"), confirmed(house, "slot-2")
    refused = house.say(old, "move_by_clinic", message_id="M-move", slot="slot-2")
    assert isinstance(refused, Refusal)
    assert refused.rule.code == "slot_not_open"
    assert house.request(old).slot_held
    assert house.walked(old)[-1] == "confirm"
