"""Whatever the clinic's system says, however often and in whatever order, is taken once and ends the same."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from identity.outcomes import KeyReusedError, NotFoundError
from storage.accounts import cpr_index
from storage.models import HISTORY, INBOX, MESSAGE, OUTBOX, REQUEST
from storage.registers import ACCESS
from storage.sealing import load_key
from storage.words import Opening
from tests.builders import PATIENT
from tests.people import ALICE, BOB, CARLA, DAVID
from workflows.vocabulary import Refusal, State

RECEIPT = ("receipt", {"reference": "W-7", "journal_copy": "J-7"})
OPEN, CLOSE = ("open", {}), ("close", {"reason": "Come and see us."})
ANSWERS = tuple(("answer", {"message_id": f"M-{n}", "text": f"Answer {n}."}) for n in (1, 2))
DECISIONS = tuple(("decide", {"medicine": medicine, "decision": "approved"}) for medicine in ("panodil", "metformin"))
LAST_WORD = ("answer", {"message_id": "M-1"})
E_KONS_WORDS = (RECEIPT, OPEN, *ANSWERS, CLOSE)
RENEWAL_WORDS = (RECEIPT, OPEN, *DECISIONS, LAST_WORD)


def its_own(content, request):
    """Return the content with a message id that no other request has."""
    message = content.get("message_id")
    return content if message is None else content | {"message_id": f"{message}-{request.int}"}


def say_all(house, request, words):
    """Say the words in this order, each under an id of its own; say again what is refused until nothing is."""
    waiting = [
        (f"evt-{n}-{request.int}", trigger, its_own(content, request)) for n, (trigger, content) in enumerate(words)
    ]
    for _ in range(len(words)):
        refused = [
            (message, trigger, content)
            for message, trigger, content in waiting
            if isinstance(house.say(request, trigger, message=message, **content), Refusal)
        ]
        waiting = refused
    assert waiting == []


def what_the_patient_sees(house, thread):
    """Return all that the thread shows and sends, apart from the order in which the clinic's words came."""
    cases = house.rows(REQUEST, REQUEST.c.thread_id == thread)
    ids = [case.id for case in cases]
    letters = Counter(row.letter for row in house.rows(OUTBOX, OUTBOX.c.request_id.in_(ids)))
    said = sorted(
        (row.trigger if row.trigger != "write" else "answer", row.clinic_message or "")
        for row in house.rows(MESSAGE, MESSAGE.c.request_id.in_(ids))
    )
    first = house.request(thread)
    for case in ids:
        house.history(case)
    return first.state, first.reference, first.journal_copy, said, letters


@pytest.mark.rule("F20")
@pytest.mark.parametrize("early", [False, True], ids=["after delivery", "before delivery is recorded"])
@given(data=st.data())
def test_an_e_kons_ends_equal_in_every_order(postgres_house, early, data):
    request = postgres_house.e_kons()
    if not early:
        postgres_house.advance(request, "delivered")
    say_all(postgres_house, request, data.draw(st.permutations(E_KONS_WORDS)))
    said = [("answer", f"M-{n}-{request.int}") for n in (1, 2)]
    assert what_the_patient_sees(postgres_house, request) == (
        State.CLOSED,
        "W-7",
        "J-7",
        [*said, ("close", ""), ("submit", "")],
        Counter({None: 1, "message_waiting": 2, "request_closed": 1}),
    )


@pytest.mark.rule("F20")
@given(words=st.permutations(RENEWAL_WORDS))
def test_a_renewal_ends_equal_in_every_order(postgres_house, words):
    request = postgres_house.renewal("panodil", "metformin")
    say_all(postgres_house, request, words)
    state, reference, _, said, letters = what_the_patient_sees(postgres_house, request)
    assert (state, reference) == (State.ANSWERED, "W-7")
    assert [trigger for trigger, _ in said] == ["answer", "decide", "decide", "submit"]
    assert letters == Counter({None: 1, "message_waiting": 1})


@pytest.mark.rule("F19")
def test_an_answer_that_arrives_ten_times_at_once_is_one_answer_and_one_mail(house, at_once):
    request = house.delivered(house.e_kons())
    word = house.word(request, "answer", "evt-1", message_id="M-1", text="Come on Tuesday.")
    taken = at_once([lambda: house.words.take(house.clinics["nygade"], word)] * 10)
    assert {(answer.status, answer.result["state"]) for answer in taken} == {(200, "answered")}
    assert sum(not answer.replayed for answer in taken) == 1
    assert house.walked(request) == ["submit", "delivered", "answer"]
    assert house.outbox(request) == [("file_in_winplc", None), ("mail", "message_waiting")]
    assert len(house.rows(INBOX)) == 1


@pytest.mark.rule("F19")
def test_one_message_under_ten_ids_at_once_is_still_one_answer(house, at_once):
    request = house.delivered(house.e_kons())
    taken = at_once([lambda n=n: house.answer(request, message=f"evt-{n}") for n in range(10)])
    assert {answer.status for answer in taken} == {200}
    assert house.walked(request) == ["submit", "delivered", "answer"]
    assert len(house.rows(MESSAGE, MESSAGE.c.clinic_message.is_not(None))) == 1


@pytest.mark.rule("EKO-5")
def test_a_second_answer_opens_a_new_case_in_the_same_thread(house):
    request = house.delivered(house.e_kons())
    house.answer(request, 1)
    second = house.answer(request, 2)
    (case,) = house.rows(REQUEST, REQUEST.c.id != request)
    assert second.result == {"request": str(case.id), "state": "answered"}
    assert (case.thread_id, case.person_id, case.initiator) == (request, house.people[ALICE], "clinician")
    assert house.walked(case.id) == ["write"]
    assert house.outbox(case.id) == [("mail", "message_waiting")]


def test_two_answers_at_once_are_two_cases_in_one_thread(house, at_once):
    request = house.delivered(house.e_kons())
    at_once([lambda n=n: house.answer(request, n) for n in (1, 2)])
    cases = house.rows(REQUEST, REQUEST.c.thread_id == request)
    assert sorted(case.state for case in cases) == ["answered", "answered"]
    assert [house.walked(case.id)[-1] for case in sorted(cases, key=lambda case: case.id)] == ["answer", "write"]


def test_a_word_that_comes_too_late_is_kept_sealed_and_has_no_effect(house):
    request = house.delivered(house.e_kons())
    house.advance(request, "withdraw", actor=PATIENT)
    late = house.answer(request, message="evt-late")
    assert late.status == 202
    assert late.result == {"request": str(request), "state": "withdrawn", "note": "not_applicable"}
    assert house.walked(request) == ["submit", "delivered", "withdraw"]
    (kept,) = house.rows(INBOX)
    assert b"Answer 1." not in kept.sealed
    with house.database.reading() as connection:
        key = load_key(connection, house.keyring, house.request(request).key_id)
    assert b"Answer 1." in key.open(kept.sealed, f"inbox.sealed:{kept.source}:evt-late")
    assert [(row.act, row.outcome) for row in house.rows(ACCESS)] == [("clinic.answer", "not_applicable")]
    assert house.answer(request, message="evt-late") == replace(late, replayed=True)
    assert len(house.rows(ACCESS)) == 1


def test_a_receipt_after_the_answer_still_gives_the_reference(house):
    request = house.e_kons()
    house.answer(request)
    trigger, content = RECEIPT
    assert house.say(request, trigger, **content).result == {"request": str(request), "state": "answered"}
    other = house.say(request, trigger, reference="W-8", journal_copy="J-8")
    assert other.status == 200
    assert (house.request(request).reference, house.request(request).journal_copy) == ("W-7", "J-7")
    assert house.walked(request) == ["submit", "delivered", "answer"]


@pytest.mark.rule("F22")
def test_another_clinics_word_finds_nothing_and_stores_nothing(house):
    request = house.delivered(house.e_kons())
    before = house.rows(HISTORY)
    for strange in ({"clinic": "havnen"}, {"request": house.new_id()}):
        with pytest.raises(NotFoundError):
            house.answer(**({"request": request} | strange))
    assert house.rows(HISTORY) == before
    assert house.rows(INBOX) == house.rows(ACCESS) == []


@pytest.mark.parametrize("trigger", ["withdraw", "submit", "notified", "confirm", "no_such_trigger"])
def test_a_trigger_that_is_not_the_clinics_to_pull_is_not_found(house, trigger):
    request = house.delivered(house.e_kons())
    with pytest.raises(NotFoundError):
        house.say(request, trigger)
    assert house.rows(INBOX) == []


def test_a_word_of_another_shape_is_refused_whole(house):
    request = house.delivered(house.e_kons())
    for content in ({}, {"message_id": "M-1", "text": "x", "more": 1}, {"message_id": "M-1", "text": " "}):
        with pytest.raises(ValidationError):
            house.say(request, "answer", **content)
    assert house.rows(INBOX) == []


def test_a_refused_word_stores_nothing_and_may_come_again(house):
    request = house.delivered(house.renewal("panodil"))
    refused = house.say(request, "answer", message="evt-1", message_id="M-1")
    assert refused.rule.code == "items_undecided"
    assert house.rows(INBOX) == []
    house.say(request, "decide", medicine="panodil", decision="approved")
    assert house.say(request, "answer", message="evt-1", message_id="M-1").status == 200


@pytest.mark.rule("F21")
def test_a_known_id_gives_what_was_said_then_and_other_words_under_it_are_refused(house):
    request = house.delivered(house.e_kons())
    first = house.answer(request, message="evt-1")
    house.say(request, "close", reason="Done.")
    assert house.answer(request, message="evt-1") == replace(first, replayed=True)
    assert house.words.known(house.clinics["nygade"], "evt-1") == replace(first, replayed=True)
    assert house.words.known(house.clinics["havnen"], "evt-1") is None
    with pytest.raises(KeyReusedError):
        house.answer(request, 2, message="evt-1")


@pytest.mark.rule("EKO-7")
def test_a_clinic_begins_a_conversation_with_its_own_patient_only(house):
    nygade, message = house.clinics["nygade"], {"message_id": "M-1", "text": "We have your result."}
    word = house.word(house.new_id(), "write", "evt-1", **message)
    opening = Opening(cpr_index(house.keyring, BOB.cpr), "e_kons")
    taken = house.words.open(nygade, word, opening)
    assert house.words.open(nygade, word, opening) == replace(taken, replayed=True)
    (case,) = house.rows(REQUEST)
    assert (case.person_id, case.state, case.channel) == (house.people[BOB], State.ANSWERED, "clinic")
    for stranger in (CARLA, DAVID):
        index = cpr_index(house.keyring, stranger.cpr)
        other = replace(word, message="evt-2", content=message | {"message_id": "M-2"})
        with pytest.raises(NotFoundError):
            house.words.open(nygade, other, Opening(index, "e_kons"))
    assert len(house.rows(INBOX)) == 1


def test_a_conversation_begun_twice_at_once_under_two_ids_is_one(house, at_once):
    nygade, index = house.clinics["nygade"], cpr_index(house.keyring, BOB.cpr)
    words = [house.word(house.new_id(), "write", message_id="M-1", text="Your result.") for _ in range(6)]
    taken = at_once([lambda word=word: house.words.open(nygade, word, Opening(index, "e_kons")) for word in words])
    (case,) = house.rows(REQUEST)
    assert {answer.result["request"] for answer in taken} == {str(case.id)}
    assert house.outbox(case.id) == [("mail", "message_waiting")]


def test_a_message_id_that_belongs_to_another_request_is_refused(house):
    first, second = house.delivered(house.e_kons()), house.delivered(house.e_kons())
    house.answer(first, 1)
    with pytest.raises(KeyReusedError):
        house.answer(second, 1)
    word = house.word(house.new_id(), "write", message_id="M-000001", text="Answer 1.")
    index = cpr_index(house.keyring, BOB.cpr)
    with pytest.raises(KeyReusedError):
        house.words.open(house.clinics["nygade"], word, Opening(index, "e_kons"))
    assert house.state(second) == State.DELIVERED
