"""Whatever a patient's client sends: a 4xx problem that names the field, nothing stored, nothing said back."""

import json

import pytest

from tests.patient_doors import PatientDoors
from tests.people import ALICE

MARK = "blåbærgrød"
DOOR = "/v1/clinics/nygade/requests/e_kons"
KEY = {"Idempotency_Key": "a-key-of-bad-input"}


@pytest.fixture
def doors(sqlite_database, keyring, clock, new_id, passwords):
    doors = PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)
    doors.doors.patient()
    return doors


def _sound(**changes):
    return {"text": MARK} | changes


def _refused(doors, answer, status, code, field):
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    codes = [fault["code"] for fault in problem.get("errors", ())] + [problem["code"]]
    assert (answer.status_code, problem.get("field")) == (status, field), problem
    assert code in codes
    assert MARK not in answer.text
    assert ALICE.digits not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (_sound(doctor="x"), 422, "extra_forbidden", "/doctor"),
        (_sound(**{"doctor" + MARK: 1}), 422, "extra_forbidden", ""),
        ({"text": 5}, 422, "string_type", "/text"),
        ({"text": None}, 422, "string_type", "/text"),
        ({}, 422, "missing", "/text"),
        ([MARK], 422, "model_type", ""),
        ({"text": "   "}, 422, "blank", "/text"),
        ({"text": MARK + "\u0007"}, 422, "control_character", "/text"),
        ({"text": MARK + " 😀"}, 422, "emoji", "/text"),
        ({"text": MARK * 600}, 422, "text_too_long", "/text"),
        (_sound(practitioner="a b"), 422, "string_pattern_mismatch", "/practitioner"),
        (_sound(thread="12"), 422, "uuid_parsing", "/thread"),
        (_sound(files=[1]), 422, "uuid_type", "/files/0"),
    ],
)
def test_a_body_of_another_shape_is_refused(doors, body, status, code, field):
    before = doors.rows()
    _refused(doors, doors.post(DOOR, body, **KEY), status, code, field)
    assert doors.rows() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body_missing"),
        (b"{", 400, "malformed_json"),
        (b'{"text": NaN}', 400, "not_a_number"),
        (b'{"text": 1e999}', 400, "not_a_number"),
        (b'{"text": "a", "text": "b"}', 400, "duplicate_member"),
        (b'\xef\xbb\xbf{"text": "a"}', 400, "byte_order_mark"),
        (b'{"text": "\xff"}', 400, "not_utf8"),
        (b"[" * 40 + b"]" * 40, 400, "too_deep"),
        (json.dumps({"text": "x" * 1024 * 1024}).encode(), 413, "body_too_large"),
    ],
)
def test_a_body_that_is_no_strict_json_is_refused(doors, body, status, code):
    before = doors.rows()
    _refused(doors, doors.post(DOOR, body, **KEY), status, code, None)
    assert doors.rows() == before


@pytest.mark.parametrize(
    ("headers", "status", "code", "field"),
    [
        ({"Idempotency_Key": ""}, 400, "idempotency_key_malformed", "Idempotency-Key"),
        ({"Idempotency_Key": "too-short"}, 400, "idempotency_key_malformed", "Idempotency-Key"),
        ({"Idempotency_Key": "k" * 256}, 400, "idempotency_key_malformed", "Idempotency-Key"),
        ({"Idempotency_Key": '"a-key-with-one-quote'}, 400, "idempotency_key_malformed", "Idempotency-Key"),
        ({}, 400, "idempotency_key_missing", "Idempotency-Key"),
        (KEY | {"Content_Type": "text/plain"}, 415, "json_expected", None),
    ],
)
def test_a_header_that_is_wrong_is_refused(doors, headers, status, code, field):
    before = doors.rows()
    _refused(doors, doors.post(DOOR, _sound(), **headers), status, code, field)
    assert doors.rows() == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/clinics/nowhere/requests/e_kons", 404),
        ("/v1/clinics/nygade/requests/poem", 404),
        ("/v1/requests/0193587e-2c00-7000-8000-0000000000aa/withdraw", 404),
        ("/v1/requests/0193587e-2c00-7000-8000-0000000000aa/answer", 404),
        ("/v1/requests/0193587e-2c00-7000-8000-0000000000aa/approve", 404),
        ("/v1/requests/1/withdraw", 404),
        ("/v1/clinics/%00/requests/e_kons", 404),
        ("/v1/clinics/nygade%1F/requests/e_kons", 404),
        ("/v1/clinics/%ED%A0%80/requests/e_kons", 404),
    ],
)
def test_what_is_not_there_is_not_found(doors, path, status):
    before = doors.rows()
    assert doors.post(path, _sound(), **KEY).status_code == status
    assert doors.rows() == before


@pytest.mark.parametrize("who", [None, "Bearer nonsense", "Basic YTpi"])
def test_without_a_log_in_nothing_is_taken(doors, who):
    headers = {"Authorization": who} if who else {}
    answer = doors.call("POST", DOOR, _sound(), **KEY, **headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("state=lost", "state"),
        ("kind=poem", "kind"),
        ("clinic=%00", "clinic"),
        ("cursor=abc", "cursor"),
        ("cursor=%C3%A6", "cursor"),
        ("limit=2&limit=3", "limit"),
        ("order=asc", "order"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(doors, query, field):
    answer = doors.get(f"/v1/requests?{query}")
    assert (answer.status_code, answer.json["field"]) == (400, field)
