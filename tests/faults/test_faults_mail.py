"""The mail server refuses now or for good, says 250 too late, or hangs up after the final dot."""

import pytest

from notifications.envelope import message_id
from storage.models import ATTEMPT
from tests.faults.invariants import not_reached


@pytest.mark.rule("F23", "I3")
@pytest.mark.parametrize("refusal", [("421", "rcpt"), ("451", "rcpt"), ("452", "data")])
def test_a_refusal_for_now_is_tried_again(house, app, refusal):
    code, stage = refusal
    house.levers.mail_fault(reply=code, stage=stage, count=2)
    request = house.submit(app)

    house.until_state(request, "notified")

    (letter,) = house.owed(request, "mail")
    assert (letter.attempts, letter.intent) == (3, 1)
    assert _taken(house, letter) == 1


@pytest.mark.rule("F23", "I3", "NOT-3")
@pytest.mark.parametrize("refusal", [("550", "rcpt"), ("552", "data")])
def test_a_refusal_for_good_makes_the_request_unreachable_and_puts_it_on_the_list(house, app, refusal):
    code, stage = refusal
    house.levers.mail_fault(reply=code, stage=stage, count=1)
    request = house.submit(app)

    house.until_state(request, "unreachable")

    (letter,) = house.owed(request, "mail")
    assert (letter.state, letter.attempts, _taken(house, letter)) == ("parked", 1, 0)
    assert request in not_reached(house)


@pytest.mark.rule("F24", "I3")
def test_the_line_is_cut_after_the_final_dot(house, app):
    house.levers.mail_fault(cut=True, count=1)
    request = house.submit(app)

    house.until_state(request, "notified")

    (letter,) = house.owed(request, "mail")
    assert (letter.outcome, letter.intent, _taken(house, letter)) == ("sent", 2, 2)


@pytest.mark.rule("F24", "I3")
def test_nobody_can_know_whether_two_mails_arrived_and_no_third_is_sent(house, app):
    house.levers.mail_fault(cut=True, count=2)
    request = house.submit(app)

    house.until_state(request, "notified")

    (letter,) = house.owed(request, "mail")
    assert (letter.outcome, letter.intent, _taken(house, letter)) == ("unknown", 2, 2)
    assert len(house.rows(ATTEMPT, ATTEMPT.c.outbox_id == letter.id)) == 3
    assert request in not_reached(house)


@pytest.mark.rule("F24", "I3")
def test_the_250_comes_too_late(house, app):
    house.levers.mail_fault(late=6.0, count=1)
    request = house.submit(app)

    house.until_state(request, "notified")

    (letter,) = house.owed(request, "mail")
    assert (letter.outcome, letter.intent, _taken(house, letter)) == ("sent", 2, 2)


def _taken(house, letter):
    name = message_id(str(letter.id), house.settings.mail_from)
    return sum(1 for mail in house.levers.mails() if mail["message_id"] == name)
