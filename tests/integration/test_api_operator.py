"""What an operator sees of parked work, and sending it again: ids and codes, never words or people."""

import pytest
from pydantic import SecretStr

from storage.registers import ACCESS
from tests.knocking import Doors
from tests.people import ALICE
from workflows.delivery import Failure

PARKED = "/v1/operator/parked"
WORDS = "Sentinel words 3b7e"


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def parked(house):
    """Submit a request and give its delivery up; return the request and the row."""
    request = house.e_kons(WORDS)
    work = house.claimed(house.owed(request).id)
    with house.database.writing() as connection:
        house.worker.park(connection, work, "unknown_patient")
    house.advance(request, "gave_up", Failure(reason="unknown_patient"))
    return request, work.id


def again(doors, row, proof):
    return doors.client.simulate_post(f"{PARKED}/{row}/resend", headers=proof)


def test_what_is_parked_is_listed_without_anything_personal(doors):
    proof = doors.operator()
    assert doors.get(PARKED, proof).json == {"items": []}
    request, row = parked(doors.house)
    doors.house.clock.tick(60)
    listed = doors.get(PARKED, proof)
    (item,) = listed.json["items"]
    assert (item["id"], item["request"], item["clinic"]) == (str(row), str(request), "nygade")
    assert (item["effect"], item["error"], item["since"]) == (
        "file_in_winplc",
        "unknown_patient",
        "2026-11-23T09:00:00Z",
    )
    for personal in (WORDS, ALICE.digits, ALICE.email, str(doors.house.people[ALICE])):
        assert personal not in listed.text
    seen = doors.house.rows(ACCESS, ACCESS.c.act == "operator.parked.read")
    assert [(each.actor_kind, each.outcome, each.purpose) for each in seen] == [("operator", "ok", "operation")] * 2
    assert doors.get(PARKED, proof, limit=0).status_code == 400


def test_the_oldest_come_first_and_as_many_as_asked(doors):
    rows = []
    for _ in range(3):
        rows.append(str(parked(doors.house)[1]))
        doors.house.clock.tick(1)
    listed = doors.get(PARKED, doors.operator(), limit=2).json["items"]
    assert [each["id"] for each in listed] == rows[:2]


def test_a_request_is_sent_again_once_and_who_asked_is_in_both_logs(doors):
    proof, (request, row) = doors.operator(), parked(doors.house)
    sent = again(doors, row, proof)
    assert (sent.status_code, sent.json) == (200, {"request": str(request), "state": "submitted"})
    assert doors.house.walked(request)[-1] == "resend"
    assert doors.house.history(request)[-1].actor == "operator"
    (seen,) = doors.house.rows(ACCESS, ACCESS.c.act == "operator.parked.resend")
    assert (seen.request_id, seen.outcome) == (request, "ok")
    assert again(doors, row, proof).status_code == 404, "it is parked no longer"
    assert doors.get(PARKED, proof).json == {"items": []}


def test_what_is_not_parked_or_is_no_request_is_not_sent(doors):
    proof = doors.operator()
    assert again(doors, doors.house.new_id(), proof).status_code == 404
    request = doors.house.e_kons()
    assert again(doors, doors.house.owed(request).id, proof).status_code == 404


def test_the_metrics_keep_a_token_of_their_own(house, passwords):
    doors = Doors.of(house, passwords, production=True, metrics_token=SecretStr("scrape"))
    assert doors.get("/metrics", doors.operator()).status_code == 401
    assert doors.get("/metrics", {"Authorization": "Bearer scrape"}).status_code == 200
    assert doors.get(PARKED, {"Authorization": "Bearer scrape"}).status_code == 401
