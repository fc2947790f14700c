"""A submission is taken once, whoever repeats it and however many race for the same time."""

import threading

import pytest

from identity.outcomes import KeyReusedError, NotFoundError
from storage.calendar import OfferedSlot, put_slots
from storage.free_times import Search, free_slots
from storage.models import HISTORY, IDEMPOTENCY, MESSAGE, OUTBOX, REQUEST
from storage.submissions import Submitted
from tests.people import ALICE, BOB, CARLA, DAVID
from workflows import booking, e_kons
from workflows.vocabulary import Refusal

QUESTION = e_kons.Message(text="I have a question.")
WISH = booking.Wish(slot="slot-1", reason="consultation")


def counts(house):
    return {table.name: len(house.rows(table)) for table in (REQUEST, HISTORY, OUTBOX, MESSAGE, IDEMPOTENCY)}


def one_of_each():
    return {"request": 1, "history": 1, "outbox": 1, "message": 1, "idempotency": 1}


@pytest.mark.rule("F1")
def test_the_same_key_with_the_same_body_gives_the_same_request(house):
    first = house.submit("e_kons", QUESTION, key="once")
    again = house.submit("e_kons", QUESTION, key="once")
    assert again == Submitted(first.request, replayed=True)
    assert counts(house) == one_of_each()


def test_the_same_key_with_another_body_is_refused(house):
    house.submit("e_kons", QUESTION, key="once")
    with pytest.raises(KeyReusedError):
        house.submit("e_kons", e_kons.Message(text="Another."), key="once", fingerprint=b"g" * 32)
    assert counts(house) == one_of_each()


def test_a_key_belongs_to_its_owner_and_its_door(house):
    made = {house.submit("e_kons", QUESTION, key="once").request}
    made.add(house.submit("e_kons", QUESTION, key="once", who=BOB).request)
    made.add(house.submit("e_kons", QUESTION, key="once", clinic="havnen").request)
    made.add(house.submit("booking", WISH, key="once").request)
    assert len(made) == 4


def test_a_refused_submission_does_not_use_the_key_up(house):
    house.settings(services={"e_kons": "off"})
    assert isinstance(house.submit("e_kons", QUESTION, key="once"), Refusal)
    house.settings()
    assert isinstance(house.submit("e_kons", QUESTION, key="once"), Submitted)


@pytest.mark.rule("F29", "V44")
def test_twenty_clients_with_one_key_make_one_request(house, at_once):
    answers = at_once([lambda: house.submit("e_kons", QUESTION, key="once")] * 20)
    assert len({answer.request for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert counts(house) == one_of_each()


@pytest.mark.rule("F29", "V9")
def test_twenty_clients_who_want_one_time_give_it_to_one(house, at_once):
    answers = at_once([lambda: house.submit("booking", WISH)] * 20)
    (winner,) = [answer for answer in answers if isinstance(answer, Submitted)]
    assert [answer.rule.code for answer in answers if isinstance(answer, Refusal)] == ["slot_taken"] * 19
    assert house.request(winner.request).slot_held
    assert counts(house) == one_of_each()


def test_two_who_decide_before_either_stores_are_told_apart_by_the_database(postgres_house, monkeypatch, at_once):
    """Only the index on held times is left to say no; the loser decides again and is refused."""
    house, both_decided, write = postgres_house, threading.Barrier(2), postgres_house.ledger._write
    first_tries = iter(range(2))

    def write_at_once(*rest):
        if next(first_tries, None) is not None:
            both_decided.wait(10)
        return write(*rest)

    monkeypatch.setattr(house.ledger, "_write", write_at_once)
    answers = at_once([lambda: house.submit("booking", WISH)] * 2)
    assert sum(isinstance(answer, Submitted) for answer in answers) == 1
    assert [answer.rule.code for answer in answers if isinstance(answer, Refusal)] == ["slot_taken"]
    assert counts(house) == one_of_each()


def test_a_time_that_was_moved_by_the_clinic_is_taken_as_it_now_stands(house):
    request = house.booking("slot-1")
    start = house.request(request).slot_start
    with house.database.writing() as connection:
        later = OfferedSlot(
            key="slot-1", practitioner="hansen", reason="consultation", starts_at=start, ends_at=start.replace(hour=10)
        )
        assert put_slots(connection, house.clinics["nygade"].clinic, [later], house.clock()) == 1
        assert put_slots(connection, house.clinics["nygade"].clinic, [later], house.clock()) == 0
    refused = house.submit("booking", WISH)
    assert refused.rule.code == "slot_taken"


def test_a_taken_time_is_no_longer_offered(house):
    start = house.request(house.booking("slot-1")).slot_start
    with house.database.reading() as connection:
        wanted = Search(["hansen"], ["consultation"], start, start.replace(hour=23), house.clock())
        free = free_slots(connection, house.clinics["nygade"].clinic, wanted, limit=3)
    assert [slot.key for slot in free] == ["slot-2", "slot-3", "slot-4"]


@pytest.mark.parametrize(
    ("who", "clinic"), [(CARLA, "nygade"), (BOB, "havnen"), (ALICE, "nowhere"), (DAVID, "nygade")], ids=str
)
def test_who_is_no_patient_there_finds_nothing(house, who, clinic):
    house.people.setdefault(DAVID, house.new_id())
    with pytest.raises(NotFoundError):
        house.submit("e_kons", QUESTION, who=who, clinic=clinic)
    assert sum(counts(house).values()) == 0


def test_a_reply_joins_its_own_thread_and_nobody_elses(house):
    first = house.e_kons()
    more = QUESTION.model_copy(update={"despite_unanswered": True})
    reply = house.submit("e_kons", more, thread=first).request
    assert house.request(reply).thread_id == first
    for stranger in ({"who": BOB}, {"clinic": "havnen"}):
        with pytest.raises(NotFoundError):
            house.submit("e_kons", QUESTION, thread=first, **stranger)


@pytest.mark.rule("V8")
@pytest.mark.parametrize("place", ["ledger", "commit"])
def test_a_fault_on_the_way_leaves_nothing_and_the_key_unused(house, monkeypatch, place):
    with monkeypatch.context() as broken:
        target = "storage.ledger.effects.outbox_rows" if place == "ledger" else "storage.submissions.reach"
        broken.setattr(target, _fails)
        with pytest.raises(ArithmeticError):
            house.submit("e_kons", QUESTION, key="once")
    assert sum(counts(house).values()) == 0
    assert not house.submit("e_kons", QUESTION, key="once").replayed


def _fails(*_rest, **_options):
    raise ArithmeticError
