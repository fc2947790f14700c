"""A responder is given what its contract says, gives what it says, and the table refuses rows that do not fit."""

import json
from uuid import UUID

import pytest
from falcon.testing import create_environ
from pydantic import BaseModel
from toy_doors import AT, KNOWN, PATIENT, Toy

from api.call import Call
from api.contract import Route, RouteError, contract
from api.mounting import mount
from api.shapes import RECEIPT, submissions, trigger_of, triggers
from identity.outcomes import ForbiddenError
from identity.subject import Clinic, Patient
from workflows.catalogue import CATALOGUE
from workflows.content import Nothing
from workflows.e_kons import Answer, Message
from workflows.renewal import Answer as RenewalAnswer
from workflows.vocabulary import Role, State

OTHER = UUID("0193587e-2c00-7000-8000-0000000000bb")
SAID = {"at": "2026-11-24T09:00:00Z", "content": {"message_id": "M-1"}}


@pytest.fixture
def toy():
    return Toy()


def tell(toy, trigger, said, request=KNOWN):
    return toy.post(f"/v1/clinic/requests/{request}/{trigger}", json.dumps(said))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("e_kons", {"text": "Mit knæ gør ondt."}),
        ("renewal", {"medicines": ["panodil"]}),
        ("booking", {"slot": "s-1", "reason": "control"}),
    ],
)
def test_a_body_is_read_as_the_page_of_its_kind_says(toy, kind, body):
    answer = toy.post(f"/v1/clinics/nygade/requests/{kind}", json.dumps(body))
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/requests/{KNOWN}"
    assert answer.json == {"id": str(KNOWN), "state": "submitted", "at": AT.isoformat().replace("+00:00", "Z")}
    assert toy.requests.stored == [CATALOGUE[kind].shape("submit").model_validate_json(json.dumps(body))]


@pytest.mark.parametrize("kind", ["recovery", "nothing", "e-kons", "E_KONS"])
def test_a_kind_that_this_caller_cannot_start_is_not_there(toy, kind):
    assert toy.post(f"/v1/clinics/nygade/requests/{kind}", "{}").status_code == 404


def test_a_body_waits_until_its_request_is_known(toy):
    assert tell(toy, "answer", SAID, request=OTHER).status_code == 200
    assert toy.requests.stored == [RenewalAnswer(message_id="M-1")]
    refused = tell(toy, "answer", SAID)
    assert (refused.status_code, refused.json["field"]) == (422, "/content/text")
    said = SAID | {"content": {"message_id": "M-1", "text": "Kom forbi."}}
    assert tell(toy, "answer", said).status_code == 200
    assert toy.requests.stored[1:] == [Answer(message_id="M-1", text="Kom forbi.")]


def test_a_trigger_of_another_kind_or_caller_is_not_there(toy):
    assert tell(toy, "confirm", SAID).status_code == 404
    assert tell(toy, "withdraw", SAID).status_code == 404
    assert tell(toy, "answer", SAID, request="not-a-uuid").status_code == 404


def test_a_declared_second_status_may_be_given(toy):
    assert tell(toy, "close", SAID | {"content": {"reason": "Løst."}}).status_code == 202


def test_the_words_on_the_wire_are_read_off_the_pages():
    by_patient, by_clinic = triggers(CATALOGUE, Role.PATIENT).shapes, triggers(CATALOGUE, Role.CLINIC).shapes
    for kind, page in CATALOGUE.items():
        for step in page.steps:
            if step.source is State.DRAFT:
                continue
            word = RECEIPT if step.trigger == page.receipt else step.trigger
            assert trigger_of(page, word) == step.trigger
            assert (kind in by_patient.get(word, {})) >= (Role.PATIENT in step.by)
            assert (kind in by_clinic.get(word, {})) >= (Role.CLINIC in step.by)
    assert by_patient["withdraw"]["e_kons"] is Nothing
    assert "write" not in by_clinic
    assert submissions(CATALOGUE, Role.ANYONE).shapes.keys() == {"enrolment", "recovery"}


def test_pages_of_a_list_follow_each_other(toy):
    seen, query = [], {"limit": "2"}
    while True:
        page = toy.client.simulate_get("/v1/requests", params=query).json
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [str(UUID(int=n)) for n in range(1, 6)]


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("cursor=made-up", "cursor", "bad_cursor"),
        ("cursor=", "cursor", "text_too_short"),
        ("limit=0", "limit", "greater_than_equal"),
        ("limit=x", "limit", "int_parsing"),
        ("limit=1&limit=2", "limit", "repeated_parameter"),
        ("state=gone", "state", "enum"),
        ("page=2", "page", "unknown_parameter"),
    ],
)
def test_a_wrong_query_is_refused_by_the_name_of_its_field(toy, query, field, code):
    answer = toy.client.simulate_get("/v1/requests", query_string=query)
    assert answer.status_code == 400
    assert answer.json["code"] == "invalid_query"
    assert [(fault["field"], fault["code"]) for fault in answer.json["errors"]] == [(field, code)]


def test_a_route_without_query_takes_none(toy):
    assert toy.client.simulate_get("/health/live", query_string="a=1").status_code == 400


def put(toy, body, **headers):
    return toy.client.simulate_put("/v1/settings", body=body, headers={"Content-Type": "application/json", **headers})


def test_settings_change_only_from_the_version_that_was_read(toy):
    assert put(toy, '{"cancel_hours":24}').status_code == 428
    assert put(toy, '{"cancel_hours":24}', **{"If-Match": "7"}).json["code"] == "if_match_malformed"
    assert put(toy, '{"cancel_hours":24}', **{"If-Match": '"6"'}).status_code == 412
    assert put(toy, '{"cancel_hours":24}', **{"If-Match": '"7"'}).json == {"cancel_hours": 24}
    assert put(toy, " " * 201, **{"If-Match": '"7"'}).status_code == 413


def test_what_the_caller_already_has_is_not_sent_again(toy):
    first = toy.client.simulate_get("/v1/settings")
    again = toy.client.simulate_get("/v1/settings", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_responder_stays_a_plain_function(toy):
    call = Call(create_environ("/", method="POST", headers={"Idempotency-Key": "k"}))
    call.principal = PATIENT
    accepted = toy.requests.submit(call, toy.app._response_type(), slug="nygade", kind="e_kons", body=Message(text="x"))
    assert accepted.id == KNOWN


def test_a_caller_of_another_kind_is_refused():
    call = Call(create_environ("/"))
    call.principal = PATIENT
    assert call.caller(Patient) is PATIENT
    with pytest.raises(ForbiddenError):
        call.caller(Clinic)


class Body(BaseModel):
    text: str


class Wrong:
    def bare(self, call, resp): ...

    @contract(summary="s", audience="patient")
    def good(self, call, resp): ...

    @contract(summary="s", audience="patient", body=Body)
    def forgets_the_body(self, call, resp): ...

    @contract(summary="s", audience="patient", body=submissions(CATALOGUE, Role.PATIENT))
    def forgets_the_kind(self, call, resp, *, body): ...

    @contract(summary="s", audience="patient")
    def gives_another_status(self, call, resp):
        resp.status = 201


@pytest.mark.parametrize(
    ("path", "responder", "variables", "told"),
    [
        ("/a", Wrong().bare, {}, "has no contract"),
        ("/a/{id}", Wrong().good, {}, "must say what each of"),
        ("/a/{id}", Wrong().good, {"id": "An id"}, "takes"),
        ("/a", Wrong().good, {"id": "An id"}, "must say what each of"),
        ("/a", Wrong().forgets_the_body, {}, "takes"),
        ("/a", Wrong().forgets_the_kind, {}, "lacks the variable"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_when_the_application_is_built(toy, path, responder, variables, told):
    with pytest.raises(RouteError, match=told):
        mount(toy.app, [Route("POST", path, responder, "public", variables)])


def test_a_row_that_stands_twice_is_refused(toy):
    with pytest.raises(RouteError, match="twice"):
        mount(toy.app, [Route("GET", "/twice", Wrong().good, "public"), Route("GET", "/twice", Wrong().good, "public")])


def test_an_undeclared_status_is_a_fault_of_ours(toy):
    mount(toy.app, [Route("GET", "/other", Wrong().gives_another_status, "public")])
    assert toy.client.simulate_get("/other").status_code == 500
    assert toy.failures[0][1] == "RouteError"
