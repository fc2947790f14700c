"""What each hop costs, in statements and commits: a change here is a change of the product's speed."""

from collections import Counter
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from storage.history import SYSTEM, Cause
from storage.ledger import Said
from storage.models import OUTBOX
from storage.parcels import Parcels
from tests.builders import PATIENT
from workflows import booking, e_kons, renewal
from workflows.catalogue import CATALOGUE
from workflows.delivery import Handover, Receipt

OVERHEAD = ("BEGIN",)
"""What only one of the two databases needs: it opens SQLite's transactions."""


def together(house, **writes):
    """Return what writes that go together cost: SQLite a statement each, PostgreSQL one for them all."""
    return writes if house.database.is_sqlite else {"WITH": 1}


@contextmanager
def counted(database):
    """Count statements by verb and commits, as SQLAlchemy sends them."""
    counts = Counter()

    def statement(_connection, _cursor, words, *_rest):
        verb = words.split(maxsplit=1)[0].upper()
        if verb not in OVERHEAD:
            counts[verb] += 1

    def committed(_connection):
        counts["COMMIT"] += 1

    event.listen(database.engine, "before_cursor_execute", statement)
    event.listen(database.engine, "commit", committed)
    try:
        yield counts
    finally:
        event.remove(database.engine, "before_cursor_execute", statement)
        event.remove(database.engine, "commit", committed)


@pytest.fixture
def parcels(house):
    return Parcels(house.keyring, CATALOGUE, house.clock)


def finish(house, work, trigger, content):
    with house.database.writing() as connection:
        house.ledger.advance(connection, work.request, trigger, Said(content), SYSTEM, Cause("outbox", str(work.id)))
        house.worker.settle(connection, work, "sent")


def finished(house):
    """Return what the end of a piece of work costs: the request locked and moved, its row ended with its attempt."""
    stored = {"INSERT": 1, "UPDATE": 3} if house.database.is_sqlite else {"WITH": 2}
    return {"SELECT": 1, **stored, "COMMIT": 1}


@pytest.mark.parametrize(
    ("kind", "content", "look_ups"),
    [
        # the clinic with the patient's key; what it decided for service, practitioner, patient, holidays; then what
        # the kind's own rules look at: the patient's age, the medicine list, the time
        ("e_kons", e_kons.Message(text="I have a question.", practitioner="hansen"), 3),
        ("renewal", renewal.Wish(medicines=("panodil", "metformin")), 3),
        ("booking", booking.Wish(slot="slot-1", reason="consultation"), 4),
    ],
    ids=["e_kons", "renewal", "booking"],
)
def test_submit(house, kind, content, look_ups):
    with counted(house.database) as counts:
        house.submit(kind, content)
    # the idempotency key; the request, its history, its words, what is owed; of a booking the time's hold
    held = kind == "booking"
    stored = {"INSERT": 5 + held} if house.database.is_sqlite else {"INSERT": 1 + held, "WITH": 1}
    assert counts == {"SELECT": look_ups, **stored, "COMMIT": 1}


def test_submit_again_with_the_same_key(house):
    house.e_kons(key="once")
    with counted(house.database) as counts:
        house.e_kons(key="once")
    assert counts == {"INSERT": 1, "SELECT": 1, "COMMIT": 1}


def test_offer(house):
    house.e_kons()
    with counted(house.database) as counts:
        house.worker.offer()
    looks_first = {"SELECT": 1} if house.database.is_sqlite else {}
    assert counts == {**looks_first, "WITH": 1, "COMMIT": 1}


def test_offer_when_nothing_is_due(house):
    with counted(house.database) as counts:
        house.worker.offer()
    assert counts == ({"SELECT": 1} if house.database.is_sqlite else {"WITH": 1, "COMMIT": 1})


def test_deliver(house, parcels):
    row = house.owed(house.e_kons())
    with counted(house.database) as counts:
        work, _ = house.worker.claim(row.id, parcels.parcel)
    # the row with its attempt; the request, its words, its step, the clinic's secrets, the patient's number in one
    assert counts == {**together(house, UPDATE=1, INSERT=1), "SELECT": 1, "COMMIT": 1}
    with counted(house.database) as counts:
        finish(house, work, "delivered", Receipt(reference="W-1"))
    assert counts == finished(house)


def test_answer(house):
    request = house.delivered(house.e_kons())
    with counted(house.database) as counts:
        house.answer(request)
    # the inbox twice; the request locked; was it said before; the request moved, its history, its words, what is owed
    stored = {"INSERT": 4, "UPDATE": 2} if house.database.is_sqlite else {"INSERT": 1, "UPDATE": 1, "WITH": 1}
    assert counts == {"SELECT": 2, **stored, "COMMIT": 1}


def test_an_answer_that_is_repeated(house):
    request = house.delivered(house.e_kons())
    house.answer(request, message="evt-1")
    with counted(house.database) as counts:
        house.answer(request, message="evt-1")
    assert counts == {"INSERT": 1, "SELECT": 1, "COMMIT": 1}


def test_notify(house, parcels):
    request = house.delivered(house.e_kons())
    house.answer(request)
    row = house.owed(request, "mail")
    with counted(house.database) as claiming:
        work, _ = house.worker.claim(row.id, parcels.letter)
    # the row with its attempt; the step, the clinic, the address in one; whether the reader has died
    assert claiming == {**together(house, UPDATE=1, INSERT=1), "SELECT": 2, "COMMIT": 1}
    with counted(house.database) as intending:
        assert house.worker.intend(work)
    assert intending == {"UPDATE": 1, "COMMIT": 1}
    with counted(house.database) as finishing:
        finish(house, work, "notified", Handover())
    assert finishing == finished(house)


def test_withdraw(house):
    request = house.e_kons()
    with counted(house.database) as counts:
        house.advance(request, "withdraw", actor=PATIENT)
    # the delivery that nobody has attempted is settled in passing, once it is known that none ever was
    stored = {"INSERT": 1, "UPDATE": 2} if house.database.is_sqlite else {"UPDATE": 1, "WITH": 1}
    assert counts == {"SELECT": 2, **stored, "COMMIT": 1}
    assert house.rows(OUTBOX)[0].outcome == "superseded"
