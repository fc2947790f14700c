"""Rows of one request and destination keep their order; what was parked is taken over by the next try."""

from datetime import timedelta

import pytest

from storage.models import OUTBOX
from storage.outbox import Outbox
from tests.builders import OPERATOR, PATIENT
from workflows.delivery import Failure


@pytest.fixture
def other(house):
    """A second worker process."""
    return Outbox(house.database, house.new_id(), timedelta(seconds=30))


def nothing(_connection, _work):
    return "loaded"


def row_of(house, request, effect="file_in_winplc"):
    (row,) = house.rows(OUTBOX, OUTBOX.c.request_id == request, OUTBOX.c.effect == effect)
    return row


def end(house, way, work, *words, **options):
    with house.database.writing() as connection:
        return way(connection, work, *words, **options)


def test_rows_of_one_request_to_one_destination_are_worked_in_order(house, other):
    request = house.e_kons()
    first = house.claimed(row_of(house, request).id)
    house.advance(request, "withdraw", actor=PATIENT)
    second = row_of(house, request, "tell_winplc_it_ended")
    assert house.worker.offer() == []
    assert other.claim(second.id, nothing) is None
    end(house, house.worker.settle, first, "sent")
    assert house.worker.offer() == [(second.id, "winplc")]
    assert other.claim(second.id, nothing) is not None


def test_another_destination_and_another_request_do_not_wait(house):
    request, neighbour = house.e_kons(), house.e_kons()
    house.claimed(row_of(house, request).id)
    house.advance(request, "delayed")
    offered = set(house.worker.offer())
    assert offered == {(row_of(house, request, "mail").id, "mail"), (row_of(house, neighbour).id, "winplc")}


def test_a_withdrawal_supersedes_a_delivery_that_was_never_attempted(house):
    request = house.e_kons()
    house.advance(request, "withdraw", actor=PATIENT)
    assert house.outbox(request) == [("file_in_winplc", None)]
    assert row_of(house, request).outcome == "superseded"
    assert house.worker.offer() == []


def test_a_withdrawal_after_a_resend_is_still_told_to_the_clinic(house):
    request = house.e_kons()
    end(house, house.worker.park, house.claimed(row_of(house, request).id), "timeout")
    house.advance(request, "gave_up", Failure(reason="timeout"))
    house.advance(request, "resend", actor=OPERATOR)
    house.advance(request, "withdraw", actor=PATIENT)
    filed = sorted((row.n, row.outcome) for row in house.rows(OUTBOX, OUTBOX.c.effect == "file_in_winplc"))
    assert filed == [(1, "taken_over"), (3, "superseded")]
    assert row_of(house, request, "tell_winplc_it_ended").state == "due"


@pytest.mark.rule("NOT-3")
def test_a_new_letter_takes_the_place_of_one_that_was_set_aside(house):
    request = house.delivered(house.e_kons())
    house.answer(request)
    end(house, house.worker.park, house.claimed(row_of(house, request, "mail").id), "recipient_550")
    house.advance(request, "unreachable", Failure(reason="refused"))
    house.advance(request, "renotify", actor=PATIENT)
    letters = sorted((row.n, row.state, row.outcome) for row in house.rows(OUTBOX, OUTBOX.c.effect == "mail"))
    assert [(state, outcome) for _, state, outcome in letters] == [("done", "taken_over"), ("due", None)]
