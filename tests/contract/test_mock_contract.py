"""The contract of both directions: valid documents whose every example the clinic system lives up to."""

import json
import re
import socket
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.unit import mock_clinic
from tests.unit.mock_clinic import (
    TO_PORTAL,
    Running,
    TestClock,
    ToyPortal,
    booking,
    e_kons,
    new_id,
    planted,
    renewal,
    sign_up,
    until,
)
from winplc_mock.acts import ACTS
from winplc_mock.signing import sign

CONTRACT = files("winplc_mock") / "contract"
INWARD, OUTWARD = (
    yaml.safe_load((CONTRACT / f"{name}.yaml").read_text(encoding="utf-8"))
    for name in ("portal-to-winplc", "winplc-to-portal")
)
DOORS = "/winplc/v1/clinics/nygade"


@pytest.fixture
def portal():
    toy = ToyPortal()
    yield toy
    toy.close()


@pytest.fixture
def clinic(tmp_path, portal):
    running = Running(planted(tmp_path), portal.url, clock=TestClock())
    yield running
    running.close()


def examples(document, method):
    """Each example of a method's requests: (path, name, the schema's place, value)."""
    for path, item in document["paths"].items():
        if method in item:
            body = item[method]["requestBody"]["content"]["application/json"]
            for name, example in body["examples"].items():
                yield pytest.param(path, body["schema"], example["value"], id=f"{path}-{name}")


def fits(document, schema, value):
    """Whether a value fits a schema of the document, whose references are resolved in it."""
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
    errors = [error.message for error in Draft202012Validator(whole).iter_errors(value)]
    assert not errors, errors
    return True


def answer_schema(document, path, method, status):
    answer = document["paths"][path][method]["responses"][str(status)]
    while "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return answer["content"]["application/json"]["schema"]


@pytest.mark.parametrize("document", [INWARD, OUTWARD], ids=["inward", "outward"])
def test_the_documents_are_valid_openapi(document):
    validate(document)


@pytest.mark.parametrize("method", ["put", "post"])
def test_there_are_examples_to_try(method):
    assert list(examples(INWARD, method))
    assert list(examples(OUTWARD, method))


@pytest.mark.parametrize(("path", "schema", "value"), [*examples(INWARD, "put"), *examples(INWARD, "post")])
def test_every_example_of_the_portal_is_answered_as_promised(clinic, path, schema, value):
    fits(INWARD, schema, value)
    request = new_id()
    if "{message}" in path or path.endswith("/form"):
        clinic.put(request, e_kons())
        order = {"clinic": "nygade", "request": request, "trigger": "answer", "content": {"text": "Ja."}}
        clinic.control("POST", "act", order)
    address = path.format(clinic="nygade", request=request, message="M-000001")
    method = next(name for name in ("put", "post") if name in INWARD["paths"][path])
    first, second = (clinic.call(method.upper(), address, value) for _ in range(2))
    assert first.status == (201 if method == "put" else 200)
    assert second.status == 200
    assert first.json() == second.json()
    for reply in (first, second):
        fits(INWARD, answer_schema(INWARD, path, method, reply.status), reply.json())


@pytest.mark.parametrize(("path", "schema", "value"), [*examples(OUTWARD, "post"), *examples(OUTWARD, "put")])
def test_every_example_of_the_clinic_fits_its_schema(path, schema, value):
    assert fits(OUTWARD, schema, value)


KINDS = {
    "e_kons": e_kons,
    "renewal": lambda: renewal("metformin", "oxazepam"),
    "booking": lambda: booking("tue-0900"),
    "waiting": mock_clinic.waiting,
    "enrolment": sign_up,
}
CONTENTS = {
    "answer": {"text": "Ja."},
    "decide": {"medicine": "oxazepam", "decision": "rejected", "reason": "other", "text": "Ring."},
    **{trigger: {"reason": "Nej."} for trigger in ("close", "decline", "cancel_by_clinic")},
    "offer": {"reason": "Nej.", "slots": ["tue-0930"]},
    "move_by_clinic": {"slot": "tue-0930"},
    ("recovery", "reject"): {"reason": "Nej."},
    ("enrolment", "approve"): {"services": ["e_kons"], "create_record": True},
    ("enrolment", "reject"): {"reason": "other"},
}


@pytest.mark.parametrize(("kind", "trigger"), [*ACTS, *((kind, "receipt") for kind in KINDS)])
def test_every_act_sends_what_the_contract_says(clinic, portal, kind, trigger):
    request = new_id()
    if kind == "recovery":
        check = {"id": request, "cpr": "1111111118", "email": "other@example.test"}
        clinic.call("POST", f"{DOORS}/identity-checks", check)
    else:
        assert clinic.put(request, KINDS[kind]()).status == 201
    content = CONTENTS.get((kind, trigger)) or CONTENTS.get(trigger, {})
    order = {"clinic": "nygade", "request": request, "trigger": trigger, "content": content}
    event = clinic.control("POST", "act", order)
    received = until(lambda: portal.received)[0]
    path = f"/v1/clinic/requests/{{request}}/{trigger}"
    assert received.path == path.format(request=request)
    body = json.loads(received.body)
    fits(OUTWARD, OUTWARD["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"], body)
    page = clinic.call("GET", f"{DOORS}/events?after=0&limit=10").json()
    fits(INWARD, answer_schema(INWARD, "/winplc/v1/clinics/{clinic}/events", "get", 200), page)
    assert page["events"] == [
        {"seq": event["seq"], "id": event["event"], "request": request, "trigger": trigger, "body": body}
    ]


def test_the_contract_names_every_act_and_no_other():
    documented = {path.rpartition("/")[2] for path in OUTWARD["paths"] if "{request}" in path}
    assert documented == {trigger for _, trigger in ACTS} | {"receipt"}


def test_what_is_pushed_fits_the_contract(clinic, portal):
    clinic.control("POST", "push", {"clinic": "nygade"})
    pushed = [one for one in portal.received if one.body]
    templates = {re.sub(r"\{key\}", "[^/]+", path): path for path in OUTWARD["paths"]}
    seen = set()
    for one in pushed:
        path = next(template for pattern, template in templates.items() if re.fullmatch(pattern, one.path))
        body = [*OUTWARD["paths"][path].values()][-1]["requestBody"]["content"]["application/json"]
        assert fits(OUTWARD, body["schema"], json.loads(one.body))
        seen.add(path)
    by_hand = ("/accounts/", "/users", "/visit-forms/")  # sent as somebody at the desk does it, and only then
    unasked = {path for path in OUTWARD["paths"] if any(part in path for part in by_hand)}
    assert seen - {"/v1/clinic/rights/lookup"} == {p for p, item in OUTWARD["paths"].items() if "put" in item} - unasked


def test_a_message_of_the_clinics_own_is_in_the_feed_without_a_request(clinic, portal):
    content = {"cpr": "1111111118", "practitioner": "hansen", "text": "Kom forbi.", "watch_unread": True}
    clinic.control("POST", "act", {"clinic": "nygade", "trigger": "message", "content": content})
    body = json.loads(until(lambda: portal.received)[0].body)
    path = OUTWARD["paths"]["/v1/clinic/messages"]["post"]
    fits(OUTWARD, path["requestBody"]["content"]["application/json"]["schema"], body)
    event = clinic.call("GET", f"{DOORS}/events").json()["events"][0]
    assert (event["request"], event["trigger"], event["body"]) == (None, "message", body)


def test_only_a_fresh_or_known_call_with_a_right_signature_comes_in(clinic):
    request = new_id()
    assert clinic.put(request, e_kons(), moved=-301, identifier="msg_old").json() == {"code": "signature_stale"}
    assert clinic.put(request, e_kons(), secrets=TO_PORTAL).json() == {"code": "signature_wrong"}
    assert clinic.page(f"{DOORS}/events").json() == {"code": "signature_missing"}
    assert clinic.report()["requests"] == []
    assert clinic.put(request, e_kons(), identifier="msg_1").status == 201
    assert clinic.put(request, e_kons(), identifier="msg_1", moved=-9999).status == 200
    assert clinic.put(request, e_kons(), identifier="msg_2", moved=-9999).status == 401


def test_several_signatures_are_accepted_while_secrets_rotate(clinic):
    identifier, body = "msg_1", json.dumps(e_kons()).encode()
    old_and_new = [TO_PORTAL[0], "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]
    assert " " in sign(old_and_new, identifier, 1, body)
    assert clinic.put(new_id(), body, secrets=old_and_new, identifier=identifier).status == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 5000,
        b'{"kind": NaN}',
        b'{"kind": "e_kons", "kind": "renewal"}',
        json.dumps(e_kons() | {"surprise": 1}).encode(),
        json.dumps(e_kons() | {"content": {"text": "", "files": []}}).encode(),
        json.dumps(e_kons() | {"patient": {"cpr": 1111111118}}).encode(),
        json.dumps(booking("x") | {"content": {}}).encode(),
    ],
)
def test_a_malformed_body_is_refused_and_not_repeated(clinic, body):
    reply = clinic.put(new_id(), body)
    assert (reply.status, reply.json()["code"]) == (400, "malformed")
    assert b"1111111118" not in reply.data
    assert clinic.report()["requests"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{DOORS}/events?after=-1", 400),
        (f"{DOORS}/events?after=x", 400),
        (f"{DOORS}/events?limit=501", 400),
        ("/winplc/v1/clinics/nowhere/events", 404),
    ],
)
def test_an_address_that_cannot_be_right_is_refused(clinic, path, status):
    reply = clinic.call("GET", path)
    assert reply.status == status
    fits(INWARD, {"$ref": "#/components/schemas/Refusal"}, reply.json())


def test_an_id_that_is_no_uuid_is_refused(clinic):
    assert {clinic.put(each, e_kons()).status for each in ("1234", new_id().upper())} == {400}


def test_a_body_that_is_too_large_is_not_read(clinic):
    with socket.create_connection(clinic.server.server_address) as connection:
        connection.sendall(b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_the_process_is_live(clinic):
    assert clinic.page("/health/live").json() == {"status": "live"}
