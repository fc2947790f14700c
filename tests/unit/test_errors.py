"""Whatever does not succeed leaves as problem+json that names rule, field and next step, and repeats nothing sent."""

import json

import pytest
from falcon.testing import create_environ
from toy_doors import Toy

from api import errors, problems
from api.problem_document import ProblemDocument
from identity import outcomes
from workflows.catalogue import CATALOGUE

PATH = "/v1/clinics/nygade/requests/e_kons"


@pytest.fixture
def toy():
    return Toy()


def failing(toy, how, **headers):
    return toy.client.simulate_delete(f"/v1/failures/{how}", headers=headers)


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("rule", 422, "removed"),
        ("conflict", 409, "closed_today"),
        ("not_applicable", 409, "not_applicable"),
        ("not_found", 404, "not_found"),
        ("forbidden", 403, "forbidden"),
        ("unauthenticated", 401, "unauthenticated"),
        ("signature", 401, "signature_wrong"),
        ("key_reused", 422, "key_reused"),
        ("version_mismatch", 412, "version_mismatch"),
        ("too_many", 429, "too_many_requests"),
        ("storage", 503, "unavailable"),
        ("bug", 500, "unexpected"),
    ],
)
def test_each_outcome_has_its_status_and_code(toy, how, status, code):
    answer = failing(toy, how, **{"X-Request-Id": "app-42.ab_c"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == f"/problems/{code}"
    assert problem["code"] == code
    assert problem["status"] == status
    assert problem["instance"] == f"/v1/failures/{how}"
    assert problem["request_id"] == answer.headers["x-request-id"] == "app-42.ab_c"
    ProblemDocument.model_validate(problem, extra="forbid")


def test_a_refusal_names_layer_field_sentence_and_next_step(toy):
    assert failing(toy, "rule").json | {"request_id": "", "instance": ""} == {
        "type": "/problems/removed",
        "title": "Det kan ikke lade sig gøre.",
        "status": 422,
        "detail": "Slået fra.",
        "code": "removed",
        "layer": "patient",
        "field": "/text",
        "next_step": "Ring til klinikken.",
        "instance": "",
        "request_id": "",
    }
    assert failing(toy, "conflict").json["field"] == "/content/slot"


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (None, "da"),
        ("en", "en"),
        ("en-GB,en;q=0.9,da;q=0.8", "en"),
        ("da,en;q=0.9", "da"),
        ("de, en;q=0.1", "en"),
        ("de", "da"),
        ("en;q=0", "da"),
        ("en;q=bad", "da"),
        ("*", "da"),
    ],
)
def test_the_language_is_the_callers(toy, wanted, language):
    answer = failing(toy, "rule", **({"Accept-Language": wanted} if wanted else {}))
    assert answer.headers["content-language"] == language
    assert answer.json["detail"] == {"da": "Slået fra.", "en": "Switched off."}[language]
    assert "Accept-Language" in answer.headers["vary"]


def test_those_who_must_wait_are_told_how_long(toy):
    assert failing(toy, "too_many").headers["retry-after"] == "17"
    assert failing(toy, "storage").headers["retry-after"] == str(errors.RETRY_AFTER_SECONDS)
    assert failing(toy, "unauthenticated").headers["www-authenticate"].startswith("Bearer")


@pytest.mark.rule("V45")
def test_an_unexpected_exception_leaves_its_class_and_place_and_nothing_else(toy, capsys):
    answer = failing(toy, "bug")
    assert "detail" not in answer.json
    [(request_id, kind, place)] = toy.failures
    assert (request_id, kind) == ("made-for-the-test", "RuntimeError")
    assert place.startswith("toy_doors.py:")
    assert "1111111118" not in answer.text + str(toy.failures) + "".join(capsys.readouterr())


def test_an_answer_of_another_shape_than_promised_is_kept_back(toy, capsys):
    answer = toy.client.simulate_get("/v1/stray")
    assert answer.status_code == 500
    assert "1111111118" not in answer.text + str(toy.failures) + "".join(capsys.readouterr())


def test_falcons_own_refusals_are_problems_too(toy):
    for answer, status in [
        (toy.client.simulate_get("/v1/nowhere"), 404),
        (toy.client.simulate_post("/v1/requests"), 405),
        (toy.client.simulate_request("TRACE", "/v1/requests"), 405),
    ]:
        assert (answer.status_code, answer.json["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("length", ["x", "-1"])
def test_a_length_that_is_no_length_is_refused(toy, length):
    answered = []
    environ = create_environ(
        PATH, method="POST", headers={"Content-Type": "application/json", "Idempotency-Key": "k" * 16}
    )
    [body] = toy.app(environ | {"CONTENT_LENGTH": length}, lambda status, _headers: answered.append(status))
    assert answered == ["400 Bad Request"]
    assert json.loads(body)["code"] == "bad_request"


def test_input_faults_are_all_told_with_pointer_code_and_sentence(toy):
    answer = toy.post(PATH, json.dumps({"text": "", "thread": "1403837853"}), Accept_Language="en")
    assert answer.status_code == 422
    assert answer.json["layer"] == "content"
    assert answer.json["field"] == "/text"
    assert answer.json["errors"] == [
        {"field": "/text", "code": "blank", "detail": "Write something."},
        {"field": "/thread", "code": "uuid_parsing", "detail": "This must be a UUID."},
    ]
    assert "1403837853" not in answer.text


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "body_missing"),
        (b"{", {}, 400, "malformed_json"),
        (b'{"text":"a","text":"b"}', {}, 400, "duplicate_member"),
        (b"{}", {"Content_Type": "text/plain"}, 415, "json_expected"),
        (b"{}", {"Content_Type": ""}, 415, "json_expected"),
        (b"{}", {"Content_Type": "application/json; charset=latin-1"}, 415, "json_expected"),
        (b" " * (1024 * 1024 + 1), {}, 413, "body_too_large"),
        (b"{}", {"Content_Length": "99"}, 400, "body_incomplete"),
        (b"{}", {"Transfer_Encoding": "chunked"}, 400, "length_required"),
        (b"{}", {"Idempotency_Key": ""}, 400, "idempotency_key_malformed"),
        (b"{}", {"Idempotency_Key": "k" * 256}, 400, "idempotency_key_malformed"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(toy, body, headers, status, code):
    answer = toy.post(PATH, body, **headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert toy.requests.stored == []


def test_a_submission_needs_its_key(toy):
    answer = toy.client.simulate_post(PATH, body='{"text":"a"}', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_missing")
    assert answer.json["field"] == "Idempotency-Key"


def test_every_outcome_of_the_house_has_a_status_and_words():
    kinds = [kind for kind in vars(outcomes).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    for kind in set(kinds) - {outcomes.OutcomeError}:
        assert kind in errors.STATUSES
    assert {kind.__name__ for kind in errors.STATUSES} - {"UnreadableBodyError"} <= problems.PROBLEMS.keys()


def test_every_type_of_problem_has_its_page(toy):
    rules = {rule.code for page in CATALOGUE.values() for step in page.steps for rule in step.only_if}
    ours = {problem.code for table in (problems.PROBLEMS, problems.BY_UNREADABLE) for problem in table.values()}
    assert rules
    for code in rules | ours | {"unexpected", "method_not_allowed"}:
        answer = toy.client.simulate_get(f"/problems/{code}")
        assert answer.status_code == 200
        assert code in answer.text
    assert toy.client.simulate_get("/problems/of_no_kind").status_code == 404
