"""Bad input at every door that takes a body: a 4xx that names field and rule, nothing stored, nothing said back."""

import logging

import pytest

from storage.models import INBOX
from tests.knocking import STAFF, Doors
from tests.people import ALICE

SENTINEL = "Sentinel-7c1d"
KEY = {"Idempotency-Key": "0123456789abcdef"}
SUBMIT = "/v1/clinics/nygade/requests/e_kons"
WHO = '"acting_staff":{"id":"s1","name":"Anne Hansen","role":"doctor"},"at":"2026-11-23T10:00:00Z"'


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


@pytest.fixture
def ask(doors):
    """Send a patient's submission, whatever its body."""
    proof = doors.patient()

    def send(body, **headers):
        sent = proof | KEY | {"Content-Type": "application/json"} | headers
        return doors.client.simulate_post(SUBMIT, body=body, headers=sent)

    return send


@pytest.fixture
def tell(doors):
    """Send a clinic's answer, whatever its body."""
    request = doors.house.delivered(doors.house.e_kons())
    return lambda body, **headers: doors.signed("POST", f"/v1/clinic/requests/{request}/answer", body, **headers)


@pytest.fixture
def nothing_left(doors, caplog, capsys):
    """Check that a refusal names its code, left no row, and said nothing back of what was sent."""

    def check(send, body, status, code, **headers):
        before = doors.kept()
        with caplog.at_level(logging.DEBUG):
            refused = send(body, **headers)
        assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
        codes = {refused.json["code"], *(fault["code"] for fault in refused.json.get("errors", ()))}
        assert code in codes, refused.json
        assert doors.kept() == before
        said = refused.text + str(refused.headers) + caplog.text + "".join(capsys.readouterr())
        assert SENTINEL not in said
        return refused.json

    return check


UNREADABLE = [
    (b"", "body_missing"),
    (b"{", "malformed_json"),
    (b'{"text":"Sentinel-7c1d"', "malformed_json"),
    (b'{"text":NaN}', "not_a_number"),
    (b'{"text":-Infinity}', "not_a_number"),
    (b'{"text":1e999}', "not_a_number"),
    (b'{"text":"Sentinel-7c1d","text":"b"}', "duplicate_member"),
    (b'\xef\xbb\xbf{"text":"Sentinel-7c1d"}', "byte_order_mark"),
    (b'{"text":"\xff\xfe Sentinel-7c1d"}', "not_utf8"),
    (b"[" * 40 + b"]" * 40, "too_deep"),
]


@pytest.mark.parametrize(("body", "code"), UNREADABLE)
def test_what_is_no_strict_json(ask, tell, nothing_left, body, code):
    for send in (ask, tell):
        nothing_left(send, body, 400, code)


FAULTS = [
    ('{"text":"Sentinel-7c1d","colour":"Sentinel-7c1d"}', "/colour", "extra_forbidden"),
    ('{"texts":"Sentinel-7c1d"}', "/text", "missing"),
    ('{"text":7}', "/text", "string_type"),
    ('{"text":null}', "/text", "string_type"),
    ('{"text":["Sentinel-7c1d"]}', "/text", "string_type"),
    ('{"text":"   "}', "/text", "blank"),
    ('{"text":"Sentinel-7c1d \U0001f600"}', "/text", "emoji"),
    ('{"text":"Sentinel-7c1d \\ud83d\\ude00"}', "/text", "emoji"),
    ('{"text":"Sentinel-7c1d \\u0007"}', "/text", "control_character"),
    ('{"text":"Sentinel-7c1d \\u0000"}', "/text", "control_character"),
    ('{"text":"Sentinel-7c1d","practitioner":"Sentinel-7c1d!"}', "/practitioner", "string_pattern_mismatch"),
]


@pytest.mark.rule("EKO-3", "V6")
@pytest.mark.parametrize(("body", "field", "code"), FAULTS)
def test_a_fault_of_a_submission_is_named_with_its_field(ask, nothing_left, body, field, code):
    problem = nothing_left(ask, body.encode(), 422, code)
    assert field in {fault["field"] for fault in problem["errors"]}


@pytest.mark.parametrize(("body", "field", "code"), [fault for fault in FAULTS if "practitioner" not in fault[0]])
def test_a_fault_of_a_clinics_words_is_named_with_its_field(tell, nothing_left, body, field, code):
    content = body.replace("{", '{"message_id":"M-1",', 1)
    problem = nothing_left(tell, f'{{{WHO},"content":{content}}}'.encode(), 422, code)
    assert f"/content{field}" in {fault["field"] for fault in problem["errors"]}


@pytest.mark.rule("V43")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        (f"{{{WHO}}}", "/content"),
        (f'{{{WHO},"content":{{}},"more":1}}', "/more"),
        (f'{{{WHO.replace("2026-11-23T10:00:00Z", "2026-11-23T10:00:00")},"content":{{}}}}', "/at"),
        (f'{{{WHO.replace("2026-11-23T10:00:00Z", "2026-02-30T10:00:00Z")},"content":{{}}}}', "/at"),
        (f'{{{WHO.replace("s1", "Sentinel-7c1d !")},"content":{{}}}}', "/acting_staff/id"),
        (f'{{{WHO.replace("Anne Hansen", "")},"content":{{}}}}', "/acting_staff/name"),
        ("[]", ""),
        ('"Sentinel-7c1d"', ""),
    ],
)
def test_a_fault_of_the_envelope_is_named(tell, nothing_left, body, field):
    before = nothing_left(tell, body.encode(), 422, "invalid_body")
    assert field in {fault["field"] for fault in before["errors"]}


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 3 * 1024 * 1024])
def test_a_body_beyond_one_megabyte(ask, tell, nothing_left, size):
    body = b'{"text":"' + b"a" * size + b'"}'
    for send in (ask, tell):
        nothing_left(send, body, 413, "body_too_large")


@pytest.mark.rule("CLN-3")
def test_a_text_beyond_the_clinics_limit_is_a_rule_and_beyond_ours_a_fault(ask, nothing_left):
    rule = nothing_left(ask, b'{"text":"' + b"a" * 401 + b'"}', 422, "text_too_long")
    assert (rule["layer"], rule["field"]) == ("content", "/text")
    nothing_left(ask, b'{"text":"' + b"a" * 5001 + b'"}', 422, "text_too_long")


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
def test_a_body_that_is_not_declared_as_json(ask, nothing_left, media):
    nothing_left(ask, b'{"text":"Sentinel-7c1d"}', 415, "json_expected", **{"Content-Type": media})


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("3002991234", "cpr_date"),
        ("0001011234", "cpr_date"),
        ("2103009", "cpr_form"),
        ("061290 0001", "cpr_form"),
        ("\uff10" * 10, "cpr_form"),
        ("0101010AB1", "cpr_ecpr_local"),
    ],
)
@pytest.mark.rule("CPR-1")
def test_an_impossible_number_is_refused_where_it_is_typed_and_where_it_is_sent(doors, nothing_left, number, code):
    def log_in(body):
        return doors.client.simulate_post("/v1/session", json=body)

    def card(body):
        return doors.signed("PUT", "/v1/clinic/rights", doors.call(**body))

    claim = {"clinic": "nygade", "cpr": number, "password": SENTINEL}
    rights = {"cpr": number, "email": None, "no_mitid": True, "services": {}}
    for send, body, field in ((log_in, claim, "/cpr"), (card, rights, "/content/cpr")):
        problem = nothing_left(send, body, 422, code)
        assert problem["errors"][0]["field"] == field
        assert number not in str(problem)


def test_query_parameters_are_checked_like_bodies(doors):
    proof = doors.patient()
    wrong = {"int_parsing": {"limit": "many"}, "greater_than_equal": {"limit": 0}, "unknown_parameter": {"x": 1}}
    for code, query in wrong.items():
        refused = doors.get("/v1/requests", proof, **query)
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (400, code)
    assert doors.get("/v1/requests", proof, cursor="made-up").json["errors"][0]["code"] == "bad_cursor"


def test_paths_that_name_nothing_are_404_whatever_they_hold(doors):
    odd = ["%00", "..%2f..", "%F0%9F%98%80", "'; DROP TABLE request; --", "x" * 3000, "01931f3e"]
    for piece in odd:
        for path in (f"/v1/clinics/{piece}", f"/v1/requests/{piece}", f"/problems/{piece}", f"/docs/{piece}"):
            assert doors.get(path, doors.patient()).status_code in {400, 404}, path
        path, new = f"/v1/clinic/practitioners/{piece}", {"if-none-match": "*"}
        put = doors.signed("PUT", path, doors.call(name="A", services={}), **new)
        assert put.status_code == (200 if piece == "01931f3e" else 404), piece


def test_the_danish_and_the_english_sentence(ask):
    danish, english = (
        ask(b'{"text":""}', **{"Accept-Language": language}).json["errors"][0]["detail"] for language in ("da", "en")
    )
    assert (danish, english) == ("Skriv noget.", "Write something.")


def test_a_refused_message_may_come_again_corrected(doors, tell):
    wrong = doors.call(message_id="M-1", text="")
    right = {"acting_staff": STAFF, "at": "2026-11-23T10:00:00Z", "content": {"message_id": "M-1", "text": "Ja."}}
    assert tell(wrong, message="evt-1").status_code == 422
    assert doors.house.rows(INBOX) == []
    assert tell(right, message="evt-1").status_code == 200
    assert ALICE.digits not in str(doors.house.rows(INBOX))
