"""WinPLC refuses, breaks off or keeps silent; a request is withdrawn, or resent, while it is on its way."""

from itertools import pairwise

import pytest

from storage.models import ATTEMPT
from tests.faults.kept import until

SENT_ONCE = ["submit", "delivered", "open", "answer", "notified"]


@pytest.mark.rule("F14", "I8")
@pytest.mark.parametrize(("fault", "told"), [("down", "status_503"), ("busy", "status_429")])
def test_retry_after_is_kept_and_every_try_is_recorded(house, app, fault, told):
    house.levers.winplc_fault(fault, retry_after=1, count=2)
    request = house.submit(app)

    assert house.until_state(request, "notified") == SENT_ONCE

    tries = _tries(house, request)
    assert [one.outcome for one in tries] == [told, told, "sent"]
    waits = [(later.started_at - one.ended_at).total_seconds() for one, later in pairwise(tries)]
    assert min(waits) >= 1.0


@pytest.mark.rule("F14", "I8")
@pytest.mark.parametrize("fault", ["error_rate", "tls_alert", "close"])
def test_a_broken_call_is_tried_again(house, app, fault):
    house.levers.winplc_fault(fault, count=2)
    request = house.submit(app)

    assert house.until_state(request, "notified") == SENT_ONCE
    assert len(_tries(house, request)) == 3


@pytest.mark.rule("F15", "I2")
@pytest.mark.parametrize("fault", ["reply_lost", "reply_late", "half_body"])
def test_winplc_has_done_its_part_but_the_reply_is_lost_late_or_cut(house, app, fault):
    house.levers.staff(None)
    house.levers.winplc_fault(fault, count=1, delay=house.settings.winplc_seconds + 0.5)
    request = house.submit(app)
    house.until_state(request, "delivered")

    (booked,) = [one for one in house.levers.books(app.clinic)["requests"] if one["request"] == request]
    assert (booked["calls"], booked["effects"]) == (2, 1)

    house.levers.act(app.clinic, request, "answer", text="Et svar.")
    house.until_state(request, "notified")


@pytest.mark.rule("F18", "I11")
def test_a_refusal_for_good_is_undeliverable_at_once_and_a_resend_sends(house, app):
    house.levers.winplc_fault("unknown_patient", count=1)
    request = house.submit(app)
    assert house.until_state(request, "undeliverable") == ["submit", "refused"]
    until(lambda: house.owed(request, "mail")[0].outcome == "sent", "the patient is told")
    assert [one.outcome for one in _tries(house, request)] == ["unknown_patient"]

    told = house.command("resend", request, "--operator", "olga")

    assert f"{request}: submitted" in told
    walk = house.until_state(request, "notified")
    assert walk == ["submit", "refused", "resend", *SENT_ONCE[1:]]
    assert [row.attempts for row in house.owed(request, "file_in_winplc")] == [1, 1]


@pytest.mark.rule("I2", "I4")
def test_a_withdrawal_while_the_delivery_backs_off_is_told_in_order(house, app):
    house.levers.staff(None)
    house.levers.winplc_fault("error_rate")
    request = house.submit(app)
    until(lambda: house.owed(request, "file_in_winplc")[0].error, "the first try has failed")

    status, standing = app.pull(request, "withdraw")
    assert (status, standing["state"]) == (200, "withdrawn")
    house.levers.behave()

    until(lambda: _withdrawn_at_the_clinic(house, app.clinic, request), "the clinic hears of it")
    (filed,), (ended,) = house.owed(request, "file_in_winplc"), house.owed(request, "tell_winplc_it_ended")
    assert (filed.outcome, ended.outcome) == ("sent", "sent")
    assert filed.settled_at <= ended.settled_at
    assert house.walked(request) == ["submit", "withdraw"]


@pytest.mark.rule("I2", "I4")
def test_a_withdrawal_before_the_first_try_supersedes_the_delivery(house, app):
    for worker in house.workers:
        worker.down()
    request = house.submit(app)
    app.pull(request, "withdraw")
    for worker in house.workers:
        worker.up()
    following = house.submit(app)
    house.until_state(following, "notified")

    assert [row.outcome for row in house.owed(request, "file_in_winplc")] == ["superseded"]
    assert not house.owed(request, "tell_winplc_it_ended")
    assert request not in {one["request"] for one in house.levers.books(app.clinic)["requests"]}


def _tries(house, request):
    (row,) = house.owed(request, "file_in_winplc")
    return sorted(house.rows(ATTEMPT, ATTEMPT.c.outbox_id == row.id), key=lambda one: one.n)


def _withdrawn_at_the_clinic(house, clinic, request):
    return [one for one in house.levers.books(clinic)["withdrawals"] if one["request"] == request]
