"""The day an answer is promised by: fixed when the request is made, said aloud when it has passed, and listed."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from storage.deadlines import Deadlines
from storage.versions import put
from storage.worklists import Worklists
from tests.builders import PATIENT
from tests.knocking import Doors
from tests.people import ALICE
from workflows.clinic_settings import Closure
from workflows.promise import late_from

FRIDAY, NEXT_MONDAY = date(2026, 11, 27), date(2026, 11, 30)


@pytest.fixture
def deadlines(house):
    return Deadlines(house.database, house.ledger)


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def close(house, first, last, kind):
    holiday = Closure(first_day=first, last_day=last, message="Ferie.", closes=(kind,))
    with house.database.writing() as connection:
        clinic = house.clinics["nygade"].clinic
        put(connection, clinic=clinic, topic="closure", key="f", decided=holiday, by="s1", at=house.clock())


@pytest.mark.rule("NEW-1", "HOL-4", "LAW-2")
def test_what_a_patient_was_promised_stands_whatever_the_clinic_decides_later(house):
    before = house.renewal()
    house.settings(answer_promise_days=1)
    after = house.renewal()
    close(house, date(2026, 11, 24), FRIDAY, "renewal")
    house.settings(answer_promise_days=3, closing_days=(NEXT_MONDAY,), deadline_pauses_in_holiday=True)
    last = house.renewal()
    promised = [house.request(request).promised_on for request in (before, after, last)]
    assert promised == [NEXT_MONDAY, date(2026, 11, 24), date(2026, 12, 3)]


@pytest.mark.rule("HOL-4")
@pytest.mark.parametrize(("pauses", "promised"), [(False, date(2026, 11, 25)), (True, date(2026, 12, 1))])
def test_days_of_a_holiday_count_unless_the_clinic_chose_otherwise(house, pauses, promised):
    house.settings(answer_promise_days=2, deadline_pauses_in_holiday=pauses)
    close(house, date(2026, 11, 24), FRIDAY, "e_kons")
    assert house.request(house.e_kons()).promised_on == promised


@pytest.mark.rule("NEW-2")
def test_a_late_answer_is_said_aloud_once(house, deadlines):
    request = house.delivered(house.e_kons())
    house.say(request, "open")
    house.clock.now = late_from(NEXT_MONDAY) - timedelta(seconds=1)
    assert deadlines.due() == []
    house.clock.tick(1)
    assert deadlines.due() == [request]
    assert deadlines.fire(request)
    assert deadlines.due() == []
    assert not deadlines.fire(request)
    assert house.walked(request) == ["submit", "delivered", "open", "late"]
    assert house.outbox(request)[-1] == ("mail", "request_late")
    assert house.request(request).late_at == house.clock()


@pytest.mark.rule("NEW-2")
def test_of_two_deadlines_of_a_state_each_is_pulled_in_its_turn(house, deadlines):
    request = house.e_kons()
    house.clock.now = late_from(NEXT_MONDAY)
    assert deadlines.fire(request)
    assert deadlines.fire(request)
    assert house.walked(request) == ["submit", "delayed", "late"]
    house.delivered(request)
    house.clock.tick(24 * 3600)
    assert deadlines.due() == []


@pytest.mark.rule("NEW-2")
@pytest.mark.parametrize(
    "end",
    [
        lambda house, request: house.answer(request),
        lambda house, request: house.say(request, "close", reason="Ring."),
        lambda house, request: house.advance(request, "withdraw", actor=PATIENT),
    ],
    ids=["answered", "closed", "withdrawn"],
)
def test_nothing_is_late_that_nobody_waits_for(house, deadlines, end):
    request = house.delivered(house.e_kons())
    end(house, request)
    house.clock.now = late_from(NEXT_MONDAY)
    assert deadlines.due() == []


def test_what_the_clinic_begins_promises_nothing(doors, house):
    body = doors.call(cpr=ALICE.digits, message_id="M-1", text="Come and see us.")
    request = UUID(doors.signed("POST", "/v1/clinic/messages", body).json["request"])
    assert house.request(request).promised_on is None


@pytest.mark.rule("NEW-1")
def test_the_patient_reads_the_day_with_the_request_in_the_list_and_in_its_timeline(house, doors, deadlines):
    request, mine = house.delivered(house.e_kons()), doors.patient()
    paths = (f"/v1/requests/{request}", f"/v1/requests/{request}/timeline")
    assert [doors.get(path, mine).json["answer_by"] for path in paths] == ["2026-11-30"] * 2
    assert [(one["answer_by"], one["late"]) for one in doors.get("/v1/requests", mine).json["items"]] == [
        ("2026-11-30", False)
    ]
    house.clock.now = late_from(NEXT_MONDAY)
    deadlines.fire(request)
    doors.tokens.clear()
    mine = doors.patient()
    assert doors.get(paths[0], mine).json["late"] is True
    assert doors.get(paths[1], mine).json["steps"][-1]["trigger"] == "late"
    house.answer(request)
    assert [doors.get(path, mine).json["answer_by"] for path in paths] == [None] * 2


@pytest.mark.rule("NEW-2", "NEW-1")
def test_the_clinic_has_a_list_before_the_deadline_and_one_after_it_page_by_page(house, doors):
    made = []
    for _ in range(3):
        made.append(str(house.delivered(house.e_kons())))
        house.clock.tick(1)
    answered = house.delivered(house.e_kons())
    house.answer(answered)

    def listed(name, **query):
        return doors.signed("GET", f"/v1/clinic/lists/{name}", **query).json

    assert listed("due-soon")["items"] == listed("overdue")["items"] == []
    house.clock.now = late_from(FRIDAY) - timedelta(hours=1)
    soon = listed("due-soon")["items"]
    assert [(one["id"], one["answer_by"]) for one in soon] == [(each, "2026-11-30") for each in made]
    house.clock.now = late_from(NEXT_MONDAY)
    assert listed("due-soon")["items"] == []
    first = doors.signed("GET", "/v1/clinic/lists/overdue?limit=2").json
    assert [one["id"] for one in first["items"]] == made[:2]
    rest = doors.signed("GET", f"/v1/clinic/lists/overdue?limit=2&cursor={first['next_cursor']}").json
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == (made[2:], None)
    elsewhere = doors.signed("GET", f"/v1/clinic/lists/due-soon?cursor={first['next_cursor']}")
    assert (elsewhere.status_code, elsewhere.json["code"]) == (400, "invalid_query")
    assert doors.signed("GET", "/v1/clinic/lists/overdue", clinic="havnen").json["items"] == []


def test_the_lists_are_read_by_their_own_indexes(house):
    house.delivered(house.e_kons())
    with house.database.writing() as connection:  # what is set holds for a transaction
        lists = Worklists(connection, house.clinics["nygade"].clinic)
        plans = {
            "ix_request_promise": lambda: lists.overdue(NEXT_MONDAY, (FRIDAY, house.new_id()), 10),
            "ix_message_watched": lambda: lists.unread_answers((house.clock(), house.new_id()), 10),
        }
        found = {index: _plan(connection, ask) for index, ask in plans.items()}
    assert all(index in plan for index, plan in found.items()), found


def _plan(connection, ask):
    """Return how the database would carry out what is asked, if it could not look at every row instead."""
    asked = []
    sa.event.listen(connection, "before_cursor_execute", lambda *words: asked.append((words[2], words[3])))
    ask()
    words, values = asked[0]
    if connection.dialect.name == "sqlite":
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", values).all())
    for way in ("seqscan", "bitmapscan", "sort"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return str(connection.exec_driver_sql(f"EXPLAIN {words}", values).all())
