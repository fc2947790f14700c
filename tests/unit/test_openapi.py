"""The document is made from what validates, so it cannot say anything else."""

import re

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from toy_doors import Toy

from api.contract import Route, contract
from api.examples import Examples, NoExampleError
from api.openapi import About, DocumentError, document
from api.openapi_parts import SECURITY, TAGS

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def toy():
    return Toy()


@pytest.fixture(scope="module")
def told(toy):
    return toy.client.simulate_get("/openapi.json").json


def every_operation(told):
    return [(path, method, each) for path, place in told["paths"].items() for method, each in place.items()]


def test_the_document_is_valid_openapi_3_1(told):
    validate(told)
    assert told["openapi"].startswith("3.1")
    assert told["webhooks"] == {}


def test_every_row_of_the_table_is_in_the_document_and_nothing_else(toy, told):
    documented = {
        (method.upper(), re.sub(r"/(e_kons|renewal|booking|waiting)$", "/{kind}", path))
        for path, method, _ in every_operation(told)
    }
    table = {(route.method, re.sub(r":\w+}", "}", route.path)) for route in toy.routes}
    words = {path.rpartition("/")[2] for path in told["paths"] if path.startswith("/v1/clinic/requests/")}
    tells = {("POST", f"/v1/clinic/requests/{{request}}/{word}") for word in words}
    assert documented - tells == table - {("POST", "/v1/clinic/requests/{request}/{trigger}")}
    assert {"receipt", "answer", "decide", "confirm", "close"} <= words


def test_each_operation_has_its_own_identifier_a_tag_and_security(told):
    operations = [each for _, _, each in every_operation(told)]
    assert len({each["operationId"] for each in operations}) == len(operations)
    tags = {tag["name"] for tag in told["tags"]}
    schemes = told["components"]["securitySchemes"].keys()
    for each in operations:
        assert set(each["tags"]) <= tags
        assert {name for way in each["security"] for name in way} <= schemes
    assert SECURITY.keys() == {tag["name"] for tag in TAGS}
    signed = told["paths"]["/v1/clinic/requests/{request}/answer"]["post"]
    assert signed["security"] == [{"standardWebhooks": []}]
    assert told["paths"]["/health/live"]["get"]["security"] == []


def test_a_body_is_documented_for_each_kind(told):
    names = {
        kind: told["paths"][f"/v1/clinics/{{slug}}/requests/{kind}"]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]["$ref"].rpartition("/")[2]
        for kind in ("e_kons", "renewal", "booking")
    }
    assert names == {"e_kons": "Message", "renewal": "RenewalWish", "booking": "BookingWish"}
    answer = told["paths"]["/v1/clinic/requests/{request}/answer"]["post"]["requestBody"]
    assert len(answer["content"]["application/json"]["schema"]["anyOf"]) == 2


def contents(told):
    """Every (media type object) of every body and answer, problems included."""
    holders = [each.get("requestBody", {}) for _, _, each in every_operation(told)]
    holders += [answer for _, _, each in every_operation(told) for answer in each["responses"].values()]
    holders += told["components"]["responses"].values()
    return [media for holder in holders for media in holder.get("content", {}).values() if "example" in media]


def test_every_json_body_and_answer_has_an_example_that_its_schema_admits(told):
    medias = contents(told)
    assert len(medias) > 30
    for media in medias:
        Draft202012Validator({**media["schema"], "components": told["components"]}).validate(media["example"])
    for _, _, each in every_operation(told):
        for holder in (each.get("requestBody", {}), *each["responses"].values()):
            assert all("example" in media for name, media in holder.get("content", {}).items() if "json" in name[:16])


def test_the_examples_are_taken_by_the_very_operations(toy, told):
    """A body's example must get past reading: anything but 400, 413, 415, 422."""
    taken = 0
    for path, method, each in every_operation(told):
        if "requestBody" in each:
            body = each["requestBody"]["content"]["application/json"]["example"]
            url = path.format(slug="nygade", request="0193587e-2c00-7000-8000-0000000000bb")
            sent = {"Idempotency-Key": "k" * 16, "If-Match": '"7"'}
            answer = toy.client.simulate_request(method.upper(), url, json=body, headers=sent)
            assert answer.status_code in {200, 202, 404}, (path, answer.json)
            taken += answer.status_code != 404
    assert taken > 5


def test_what_may_fail_is_documented(told):
    submit = told["paths"]["/v1/clinics/{slug}/requests/e_kons"]["post"]["responses"]
    assert submit.keys() == {"202", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"}
    assert told["paths"]["/v1/settings"]["put"]["responses"].keys() >= {"412", "428"}
    assert told["paths"]["/v1/settings"]["get"]["responses"].keys() >= {"200", "304"}
    assert told["paths"]["/health/live"]["get"]["responses"].keys() == {"200", "400", "429", "500", "503"}
    ready = told["paths"]["/health/ready"]["get"]["responses"]["503"]
    assert "application/json" in ready["content"]


def test_parameters_are_documented_from_the_query_model(told):
    found = {each["name"]: each for each in told["paths"]["/v1/requests"]["get"]["parameters"]}
    assert found["limit"]["schema"] == {"default": 20, "maximum": 100, "minimum": 1, "type": "integer"}
    assert found["cursor"]["schema"] == {"maxLength": 512, "minLength": 1, "type": "string"}
    assert found["state"]["schema"]["$ref"] == "#/components/schemas/State"
    assert not any(each["required"] for each in found.values())


class Twins:
    @contract(summary="s", audience="public")
    def read(self, call, resp): ...


def test_two_operations_may_not_share_a_name():
    rows = [Route("GET", f"/{name}", Twins().read, "public") for name in "ab"]
    with pytest.raises(DocumentError, match="twins_read"):
        document(rows, About("t", "1", "d"))


def test_a_text_that_no_plain_value_fits_asks_for_its_own_example():
    with pytest.raises(NoExampleError):
        Examples({}).of({"type": "string", "pattern": "^W-[0-9]{6}$"})
    assert Examples({}).of({"type": "string", "pattern": "^W-[0-9]{6}$", "examples": ["W-000001"]}) == "W-000001"
