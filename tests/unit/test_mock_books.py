"""What reaches the clinic's books has its effect once, whatever comes how often."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.unit.mock_clinic import (
    EXAMPLE,
    IDA,
    JENS,
    STRANGER,
    TestClock,
    booking,
    e_kons,
    new_id,
    planted,
    renewal,
    submission,
)
from winplc_mock.books import Books
from winplc_mock.events import feed
from winplc_mock.intake import Call
from winplc_mock.refusals import RefusedError
from winplc_mock.reports import books_report
from winplc_mock.seed import plant, read_seed
from winplc_mock.shapes import IdentityCheck, Withdrawal

STOP = Withdrawal(trigger="withdraw", at="2026-11-23T12:00:00Z")


@pytest.fixture
def books(tmp_path):
    store = planted(tmp_path)
    yield Books(store, TestClock())
    store.close()


def call(request, clinic="nygade", webhook_id="msg_1"):
    return Call(clinic, request, webhook_id, "2026-11-23T12:00:00.000000Z")


def report(books, clinic="nygade"):
    with books.store.read() as db:
        return books_report(db, clinic)


def put(books, request, body):
    return books.receive(call(request), submission(body))


def refusal(act, *arguments):
    with pytest.raises(RefusedError) as refused:
        act(*arguments)
    return refused.value.status, refused.value.code


def test_a_repeat_gets_the_first_answer(books):
    request = new_id()
    first, second = put(books, request, e_kons()), put(books, request, e_kons())
    assert first.first
    assert not second.first
    assert first.result == second.result
    assert (
        first.result
        == {"reference": "W-000001", "journal_copy": "J-000001"}
        | {"received_at": "2026-11-23T12:00:00.000000Z"}
    )  # fmt: skip
    assert [(one["calls"], one["effects"]) for one in report(books)["requests"]] == [(2, 1)]


def test_ten_equal_calls_at_once_have_one_effect(books):
    request = new_id()
    with ThreadPoolExecutor(10) as together:
        outcomes = list(together.map(lambda _: put(books, request, e_kons()), range(10)))
    assert sum(outcome.first for outcome in outcomes) == 1
    assert len({outcome.result["reference"] for outcome in outcomes}) == 1
    assert [(one["calls"], one["effects"]) for one in report(books)["requests"]] == [(10, 1)]


def test_the_same_id_with_another_body_is_refused(books):
    request = new_id()
    put(books, request, e_kons())
    assert refusal(put, books, request, e_kons("Noget andet")) == (422, "body_differs")
    assert report(books)["requests"][0]["effects"] == 1


def test_an_unknown_patient_leaves_nothing_behind(books):
    assert refusal(put, books, new_id(), e_kons(cpr=STRANGER)) == (422, "unknown_patient")
    assert report(books)["requests"] == []


def test_a_patient_of_another_clinic_is_unknown_here(books):
    body = submission(e_kons(cpr=IDA))
    assert refusal(books.receive, call(new_id(), "havnen"), body) == (422, "unknown_patient")


def test_a_taken_time_and_one_that_overlaps_it_are_refused(books):
    first = new_id()
    put(books, first, booking("tue-0900"))
    assert refusal(put, books, new_id(), booking("tue-0900", JENS)) == (409, "slot_taken")
    assert refusal(put, books, new_id(), booking("tue-0910", JENS)) == (409, "slot_taken")
    assert refusal(put, books, new_id(), booking("tue-2500", JENS)) == (422, "unknown_slot")
    put(books, new_id(), booking("tue-0930", JENS))
    books.withdraw(call(first), STOP)
    assert put(books, new_id(), booking("tue-0910", JENS)).first


def test_of_ten_bookings_of_one_time_one_wins(books):
    def attempt(_):
        try:
            return put(books, new_id(), booking("tue-0900")).first
        except RefusedError as refused:
            return refused.code

    with ThreadPoolExecutor(10) as together:
        outcomes = list(together.map(attempt, range(10)))
    assert sorted(map(str, outcomes)) == ["True"] + ["slot_taken"] * 9


def test_a_withdrawal_is_idempotent_and_frees_the_folder(books):
    request = new_id()
    put(books, request, e_kons())
    assert report(books)["counts"]["econsults"] == 1
    results = [books.withdraw(call(request), STOP).result for _ in range(2)]
    assert results == [{"reference": "W-000001"}] * 2
    assert report(books)["counts"]["econsults"] == 0
    assert report(books)["requests"][0]["state"] == "withdrawn"


def test_a_withdrawal_that_overtakes_its_request_is_remembered(books):
    request = new_id()
    assert books.withdraw(call(request), STOP).result == {"reference": None}
    outcome = put(books, request, booking("tue-0900"))
    assert not outcome.first
    assert outcome.result["reference"] == "W-000001"
    found = report(books)
    assert found["requests"][0]["state"] == "withdrawn"
    assert found["slots"][0]["request"] is None


@pytest.mark.parametrize(
    ("cpr", "email", "facts", "waits"),
    [
        (IDA, "IDA@example.test ", (True, True, True), False),
        (IDA, "other@example.test", (True, True, False), True),
        (JENS, "jens@example.test", (True, False, True), False),
        (JENS, "other@example.test", (True, False, False), False),
        (STRANGER, "ida@example.test", (False, False, False), False),
    ],
)
def test_an_identity_check_says_what_the_stamkort_says(books, cpr, email, facts, waits):
    check = IdentityCheck(id=new_id(), cpr=cpr, email=email)
    outcome = books.check_identity(call(check.id), check)
    assert tuple(outcome.result[name] for name in ("patient", "no_mitid", "email_matches")) == facts
    assert report(books)["counts"]["identity"] == int(waits)
    assert books.check_identity(call(check.id), check).result == outcome.result
    other = check.model_copy(update={"email": "third@example.test"})
    assert refusal(books.check_identity, call(check.id), other) == (422, "body_differs")


def test_a_check_by_staff_has_its_own_events(books):
    check = IdentityCheck(id=new_id(), cpr=IDA, email="other@example.test")
    books.check_identity(call(check.id), check)
    books.act("nygade", check.id, [("approve", {})], books.staff("nygade", "s2"))
    assert report(books)["counts"]["identity"] == 0
    with books.store.read() as db:
        event = feed(db, "nygade", 0, 10)["events"][0]
    assert event["trigger"] == "approve"
    assert event["body"]["acting_staff"] == {"id": "s2", "name": "Bo Holm", "role": "secretary"}


def test_a_clinic_with_automatic_booking_confirms_by_an_event(books):
    told = []
    books.on_event(told.append)
    body = submission(booking("wed-1000", JENS))
    request = new_id()
    for _ in range(2):
        books.receive(call(request, "havnen"), body)
    with books.store.read() as db:
        events = feed(db, "havnen", 0, 10)["events"]
    assert [(one["trigger"], one["body"]["acting_staff"]["role"]) for one in events] == [("confirm", "system")]
    assert told == [events[0]["id"]]
    assert report(books, "havnen")["requests"][0]["state"] == "booked"


def test_a_watched_answer_lies_in_its_folder_until_it_is_read(books):
    request = new_id()
    put(books, request, e_kons())
    content = {"text": "Ja.", "watch_unread": True}
    event = books.act("nygade", request, [("open", {}), ("answer", content)], books.staff("nygade", None))[1]
    assert report(books)["counts"]["unread_answers"] == 1
    message = event.content["message_id"]
    for moment in ("2026-11-23T13:00:00Z", "2026-11-23T14:00:00Z"):
        books.message_read(call(request), message, moment)
    assert report(books)["counts"]["unread_answers"] == 0
    assert report(books)["messages"][0]["read_at"] == "2026-11-23T13:00:00Z"
    assert refusal(books.message_read, call(request), "M-000099", "x") == (404, "unknown_message")
    assert refusal(books.message_read, call(request), "M-x", "x") == (404, "unknown_message")


def test_every_message_leaves_a_copy_in_the_journal(books):
    request = new_id()
    put(books, request, e_kons())
    staff = books.staff("nygade", None)
    books.act("nygade", request, [("answer", {"text": "Ja."})], staff)
    books.act("nygade", None, [("message", {"cpr": IDA, "text": "Ring til os."})], staff)
    with books.store.read() as db:
        rows = db.execute("SELECT direction, text FROM journal ORDER BY number").fetchall()
    assert [row["direction"] for row in rows] == ["in", "out", "out"]
    assert [row["text"] for row in rows[1:]] == ["Ja.", "Ring til os."]


def test_planting_again_changes_nothing_and_keeps_bookings(books):
    request = new_id()
    put(books, request, booking("tue-0900"))
    before = report(books)
    with books.store.write() as db:
        plant(db, read_seed(json.dumps(EXAMPLE)))
    assert report(books) == before
    assert before["slots"][0]["request"] == request


def test_the_feed_pages_by_sequence_number_and_clinic(books):
    request = new_id()
    put(books, request, renewal("metformin"))
    for _ in range(5):
        books.act("nygade", request, [("open", {})], books.staff("nygade", None))
    with books.store.read() as db:
        first, rest = feed(db, "nygade", 0, 3), feed(db, "nygade", 3, 100)
        assert [one["seq"] for one in first["events"]] == [1, 2, 3]
        assert (first["cursor"], rest["cursor"]) == (3, 5)
        assert feed(db, "nygade", 5, 10) == {"events": [], "cursor": 5}
        assert feed(db, "havnen", 0, 10)["events"] == []


@pytest.mark.rule("APP-1")
def test_what_comes_from_the_app_lies_in_the_folders_of_what_comes_from_the_portal(books):
    for channel in ("portal", "min_laege"):
        for body in (e_kons(), renewal("panodil")):
            put(books, new_id(), body | {"channel": channel})
    counts = report(books)["counts"]
    assert sorted(count for count in counts.values() if count) == [2, 2]
