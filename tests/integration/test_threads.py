"""Conversations as a patient sees them: the list, one thread, what is unread, what the clinic is told of reading."""

from datetime import timedelta

import pytest

from storage.deeds import make_way
from storage.models import REQUEST
from tests.builders import PATIENT
from tests.calendars import asked_of, plan_of
from tests.integration.test_api_patient_cost import Cost
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA


@pytest.fixture
def doors(house, passwords):
    found = PatientDoors(house, passwords)
    found.doors.patient()
    return found


@pytest.fixture
def postgres_doors(postgres_house, passwords):
    return PatientDoors(postgres_house, passwords)


def threads(doors, query="", who=ALICE):
    return doors.get(f"/v1/threads{query}", who).json


def whole(doors, thread, query="", who=ALICE):
    return doors.get(f"/v1/threads/{thread}{query}", who).json


def reply(doors, thread, text="One more thing.", **more):
    return doors.submit("e_kons", {"text": text, "thread": str(thread), **more})


def texts(messages):
    return [each["content"].get("text") for each in messages]


@pytest.mark.rule("EKO-4", "EKO-7", "EKO-13")
def test_a_thread_holds_what_both_have_said_in_order_and_who_handled_it(doors, clock):
    house = doors.house
    first = house.delivered(house.e_kons("My knee hurts."))
    clock.tick(60)
    house.answer(first, 1)
    clock.tick(60)
    house.answer(first, 2)
    clock.tick(60)
    assert reply(doors, first).status_code == 202
    clock.tick(60)
    own = {"cpr": ALICE.digits, "message_id": "M-9", "text": "We forgot this.", "thread": str(first)}
    assert doors.doors.signed("POST", "/v1/clinic/messages", doors.doors.call(**own)).status_code == 200
    doors.submit("e_kons", {"text": "Another matter."})

    found = whole(doors, first)
    assert texts(found["messages"]) == [
        "My knee hurts.", "Answer 1.", "Answer 2.", "One more thing.", "We forgot this.",
    ]  # fmt: skip
    assert [each["author"] for each in found["messages"]] == ["patient", "clinic", "clinic", "patient", "clinic"]
    assert [each["handled_by"] for each in found["messages"]] == [None, "doctor", "doctor", None, "doctor"]
    assert [each["newest"] for each in found["messages"]] == [False] * 4 + [True]
    assert [each["begun_by"] for each in found["requests"]] == ["patient", "clinic", "patient", "clinic"]
    assert (found["cases"], found["unread"], found["closed"]) == (4, 3, False)
    assert len(threads(doors)["items"]) == 2


@pytest.mark.rule("EKO-4")
def test_threads_come_by_their_last_message_page_by_page(doors, clock):
    house, made = doors.house, []
    for number in range(5):
        clock.tick(60)
        made.append(house.delivered(house.e_kons(f"Number {number}.")))
    house.booking()
    clock.tick(60)
    house.answer(made[1])
    house.e_kons("Elsewhere.", clinic="havnen")
    found, cursor = [], ""
    while cursor is not None:
        page = threads(doors, f"?clinic=nygade&limit=2{cursor}")
        found += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert found == [str(made[number]) for number in (1, 4, 3, 2, 0)]


def test_a_long_thread_is_read_from_its_newest_messages_back(doors, clock):
    house = doors.house
    first = house.delivered(house.e_kons("Question."))
    for number in range(1, 5):
        clock.tick(60)
        house.answer(first, number)
    page = whole(doors, first, "?limit=2")
    assert texts(page["messages"]) == ["Answer 3.", "Answer 4."]
    older = whole(doors, first, f"?limit=3&cursor={page['next_cursor']}")
    assert texts(older["messages"]) == ["Question.", "Answer 1.", "Answer 2."]
    assert not any(each["newest"] for each in older["messages"])
    assert older["next_cursor"] is None


@pytest.mark.rule("EKO-14")
def test_a_reply_to_a_closed_thread_is_refused_and_points_to_a_new_one(doors):
    house = doors.house
    first = house.delivered(house.e_kons())
    house.say(first, "close", reason="We spoke on the phone.")
    before = doors.rows()
    refused = reply(doors, first)
    assert (refused.status_code, refused.json["code"]) == (409, "thread_closed")
    assert refused.json["next_step"] == "Start en ny e-konsultation."
    assert doors.rows() == before
    found = whole(doors, first)
    assert (found["closed"], found["reply"]["allowed"], found["reply"]["code"]) == (True, False, "thread_closed")
    assert found["messages"][-1]["content"]["reason"] == "We spoke on the phone."
    assert doors.submit("e_kons", {"text": "Something new."}).status_code == 202


@pytest.mark.rule("EKO-16", "NEW-23")
def test_a_second_message_before_an_answer_needs_a_yes_and_is_joined_to_the_thread(doors):
    house = doors.house
    first = house.e_kons()
    assert [each["code"] for each in whole(doors, first)["hints"]] == ["unanswered"]
    refused = reply(doors, first)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (
        422, "unanswered", "/despite_unanswered",
    )  # fmt: skip
    sent = reply(doors, first, despite_unanswered=True)
    assert sent.status_code == 202
    second = house.rows(REQUEST, REQUEST.c.id != first)[0]
    assert (second.thread_id, house.walked(second.id)) == (first, ["submit"])
    house.delivered(first)
    house.answer(first)
    house.advance(second.id, "withdraw", actor=PATIENT)
    assert whole(doors, first)["hints"] == []
    assert reply(doors, first).status_code == 202


@pytest.mark.rule("EKO-4")
def test_nobody_replies_in_a_thread_of_another_person_or_of_another_clinic(doors):
    house = doors.house
    his, elsewhere = house.e_kons(who=BOB), house.e_kons(clinic="havnen")
    before = doors.rows()
    for thread in (his, elsewhere, house.new_id()):
        assert reply(doors, thread).status_code == 404
    for thread in (his, house.new_id()):
        assert doors.get(f"/v1/threads/{thread}").status_code == 404
    assert doors.rows() == before


@pytest.mark.rule("EKO-7")
def test_a_clinic_writes_in_its_own_patients_threads_only(doors):
    house = doors.house
    hers, his, far = house.e_kons(), house.e_kons(who=BOB), house.e_kons(who=CARLA, clinic="havnen")
    say = {"cpr": ALICE.digits, "message_id": "M-1", "text": "A word."}
    before = doors.rows()
    for thread in (his, far, house.new_id()):
        body = doors.doors.call(**say, thread=str(thread))
        assert doors.doors.signed("POST", "/v1/clinic/messages", body).status_code == 404
    assert doors.rows() == before
    body = doors.doors.call(**say, thread=str(hers))
    assert doors.doors.signed("POST", "/v1/clinic/messages", body).status_code == 200
    assert texts(whole(doors, hers)["messages"]) == ["I have a question.", "A word."]


@pytest.mark.rule("EKO-10", "EKO-11", "PAT-2")
def test_who_may_not_write_any_more_reads_on_and_is_told_why(doors):
    first = doors.house.delivered(doors.house.e_kons())
    doors.house.answer(first)
    doors.house.settings(services={"e_kons": "receive_only"})
    found = whole(doors, first)
    assert texts(found["messages"]) == ["I have a question.", "Answer 1."]
    assert (found["reply"]["code"], found["reply"]["layer"]) == ("receive_only", "clinic")


def test_two_replies_at_once_leave_one_newest_case(doors, at_once):
    house = doors.house
    first = house.delivered(house.e_kons())
    house.answer(first)
    at_once([lambda n=n: house.answer(first, n) for n in range(2, 6)])
    [newest] = house.rows(REQUEST, REQUEST.c.thread_id == first, REQUEST.c.is_newest)
    assert newest.id != first
    assert whole(doors, first)["cases"] == 5


@pytest.mark.rule("EKO-5")
def test_a_page_of_threads_costs_the_same_whatever_is_stored(postgres_doors):
    house, doors = postgres_doors.house, postgres_doors
    doors.doors.patient()
    cost = Cost(doors.doors.services.database.engine)
    costs = []
    for _ in range(2):
        for number in range(3):
            house.clock.now += timedelta(minutes=1)
            house.e_kons(f"Number {number}.")
        costs.append(cost.of(lambda: doors.get("/v1/threads?limit=2")))
    assert costs[0] == costs[1]
    with house.database.writing() as connection:  # what is set holds for a transaction
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_sort = off")
        plan = "\n".join(
            row[0]
            for row in connection.exec_driver_sql(
                "EXPLAIN SELECT * FROM request WHERE person_id = '00000000-0000-0000-0000-000000000001' AND kind = 'x'"
                " AND is_newest ORDER BY spoken_at DESC, id DESC LIMIT 20"
            )
        )
    assert "ix_request_threads" in plan
    assert "Sort" not in plan


def test_the_newest_of_a_thread_is_found_by_its_own_index(sqlite_house):
    """SQLite uses a partial index only where a query says its condition word for word."""
    request, database = sqlite_house.e_kons(), sqlite_house.database
    with database.writing() as connection:
        _, asked = asked_of(database, lambda: make_way(connection, request))
    [(words, values)] = [each for each in asked if each[0].startswith("UPDATE request")]
    assert "uq_request_newest" in plan_of(database, words, values)
