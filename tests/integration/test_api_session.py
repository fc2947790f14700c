"""Logging in at the doors: two factors, neutral answers, limits, and out again."""

from datetime import timedelta

import pytest

from storage.models import OUTBOX
from storage.registers import LOG_IN, LOG_IN_ATTEMPT
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _me(doors, token):
    return doors.call("GET", "/v1/me", Authorization=f"Bearer {token}")


@pytest.mark.rule("LOG-2", "LOG-3")
def test_two_factors_give_a_token_that_ends_with_the_session(doors):
    begun = doors.begin()
    assert begun.status_code == 202
    assert [row.letter for row in doors.house.rows(OUTBOX)] == ["login_code"]

    answer = doors.complete(begun.json["attempt"])
    assert (answer.status_code, answer.json["idle_seconds"]) == (200, 1800)
    token = answer.json["token"]
    assert _me(doors, token).status_code == 200

    assert doors.call("DELETE", "/v1/session", Authorization=f"Bearer {token}").status_code == 204
    ended = _me(doors, token)
    assert (ended.status_code, ended.json["code"]) == (401, "log_in_ended")
    assert ended.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.rule("LOG-4", "ACC-9")
@pytest.mark.parametrize(
    ("who", "clinic", "changes"),
    [
        (ALICE, "nygade", {"password": "Wrong-2026"}),
        (DAVID, "nygade", {}),
        (CARLA, "havnen", {}),
        (BOB, "havnen", {}),
    ],
    ids=["a wrong password", "an unknown number", "no mark at the clinic", "another clinic's patient"],
)
def test_who_may_not_come_in_gets_the_same_answer_and_no_mail(sqlite_doors, who, clinic, changes):
    right, wrong = sqlite_doors.begin(), sqlite_doors.begin(who, clinic, **changes)
    assert (wrong.status_code, wrong.json.keys()) == (right.status_code, right.json.keys())
    assert len(sqlite_doors.house.to_be_mailed("login_code")) == 1
    refused = sqlite_doors.complete(wrong.json["attempt"])
    assert (refused.status_code, refused.json["code"]) == (401, "code_wrong")
    assert sqlite_doors.house.rows(LOG_IN) == []


@pytest.mark.rule("LOG-3")
def test_a_code_works_once_and_not_for_ever(sqlite_doors, clock):
    used = sqlite_doors.begin().json["attempt"]
    assert sqlite_doors.complete(used).status_code == 200
    assert sqlite_doors.complete(used).status_code == 401

    late = sqlite_doors.begin().json["attempt"]
    clock.now += timedelta(minutes=10)
    assert sqlite_doors.complete(late).status_code == 401


@pytest.mark.rule("LOG-3")
def test_an_address_is_held_back_and_its_neighbours_are_not(house, passwords):
    doors = PatientDoors(house, passwords, trusted_proxies=("127.0.0.1",))

    def try_code(address):
        body = {"attempt": "0193587e-2c00-7000-8000-0000000000aa", "code": "000000"}
        return doors.call("POST", "/v1/session/code", body, X_Forwarded_For=address)

    tries = [try_code("192.0.2.7") for _ in range(61)]
    assert {answer.status_code for answer in tries[:60]} == {401}
    assert tries[60].status_code == 429
    assert 1 <= int(tries[60].headers["Retry-After"]) <= 60
    assert try_code("192.0.2.8").status_code == 401


@pytest.mark.rule("ACC-11", "CPR-1", "CPR-6")
@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        ("0203290WQ3", "cpr_ecpr_local", "letters"),
        ("3002801234", "cpr_date", "date"),
        ("12345", "cpr_form", "ten digits"),
        ("", "cpr_form", "ten digits"),
        ("1" * 21, "text_too_long", "20"),
    ],
)
def test_a_number_that_is_none_is_refused_in_words_that_help(sqlite_doors, number, code, words):
    before = sqlite_doors.rows()
    body = {"clinic": "nygade", "cpr": number, "password": "Fjord-2026"}
    answer = sqlite_doors.call("POST", "/v1/session", body, Accept_Language="en")
    assert (answer.status_code, answer.json["field"]) == (422, "/cpr")
    [fault] = answer.json["errors"]
    assert fault["code"] == code
    assert words in fault["detail"]
    assert number not in answer.text or not number
    assert sqlite_doors.rows() == before


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("/v1/session", {"clinic": "nygade", "cpr": "6102900001"}, 422, "/password"),
        ("/v1/session", {"clinic": "nygade", "cpr": 6102900001, "password": "x"}, 422, "/cpr"),
        ("/v1/session", {"clinic": "NYGADE", "cpr": "6102900001", "password": "x"}, 422, "/clinic"),
        ("/v1/session", {"clinic": "nygade", "cpr": "6102900001", "password": "x", "admin": True}, 422, "/admin"),
        ("/v1/session/code", {"attempt": "no", "code": "000000"}, 422, "/attempt"),
        ("/v1/session/code", {"attempt": "0193587e-2c00-7000-8000-0000000000aa", "code": "१२३४५६"}, 422, "/code"),
    ],
)
def test_a_claim_of_another_shape_names_the_field(sqlite_doors, path, body, status, field):
    answer = sqlite_doors.call("POST", path, body)
    assert (answer.status_code, answer.json["field"]) == (status, field)
    assert sqlite_doors.house.rows(LOG_IN_ATTEMPT) == []


def test_a_clinic_that_is_not_there_is_not_found(sqlite_doors):
    assert sqlite_doors.begin(clinic="nowhere").status_code == 404
