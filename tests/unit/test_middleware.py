"""Around every call: its id, the policy, the security headers, and observers that learn nothing personal."""

import pytest
from falcon.testing import create_environ
from toy_doors import PATIENT, Toy

from identity.subject import Anyone

EVERY = [
    ("GET", "/v1/requests", 200),
    ("HEAD", "/v1/requests", 200),
    ("OPTIONS", "/v1/requests", 200),
    ("PUT", "/v1/requests", 405),
    ("GET", "/v1/nowhere", 404),
    ("DELETE", "/v1/failures/bug", 500),
    ("DELETE", "/v1/failures/storage", 503),
    ("GET", "/docs", 200),
    ("GET", "/", 307),
    ("GET", "/health/ready", 200),
]


@pytest.fixture
def toy():
    return Toy()


@pytest.mark.rule("V12")
@pytest.mark.parametrize(("method", "path", "status"), EVERY)
def test_every_answer_carries_the_security_headers(toy, method, path, status):
    answer = toy.client.simulate_request(method, path)
    headers = answer.headers
    assert answer.status_code == status
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("given", ["app-42.ab_c", "A" * 64])
def test_a_well_formed_request_id_is_kept(toy, given):
    answer = toy.client.simulate_get("/health/live", headers={"X-Request-Id": given})
    assert answer.headers["x-request-id"] == given
    assert toy.served[0].request_id == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with blank here", "1111111118;drop", "æøåæøåæøå", ""])
def test_any_other_request_id_is_replaced(toy, given):
    answer = toy.client.simulate_get("/health/live", headers={"X-Request-Id": given.encode().decode("latin-1")})
    assert answer.headers["x-request-id"] == "made-for-the-test"


def test_the_policy_is_asked_before_every_responder_and_only_then(toy):
    toy.client.simulate_get("/v1/requests")
    toy.client.simulate_head("/v1/requests")
    toy.client.simulate_options("/v1/requests")
    toy.client.simulate_post("/v1/requests")
    toy.client.simulate_get("/v1/nowhere")
    assert toy.asked == ["patient.request.read", "patient.request.read"]


def test_who_is_not_admitted_reaches_no_responder(toy):
    answer = toy.post("/v1/clinics/nygade/requests/e_kons", '{"text":"a"}', Authorization="Bearer nobody")
    assert answer.status_code == 401
    assert toy.requests.stored == []
    assert toy.served[0].principal == Anyone()


def test_every_row_is_asked_about_by_its_own_policy(toy):
    for route in toy.routes:
        path = route.path.replace("{request:uuid}", "0193587e-2c00-7000-8000-0000000000aa")
        for name in ("slug", "kind", "trigger", "how", "name", "code"):
            path = path.replace(f"{{{name}}}", "x")
        toy.asked.clear()
        toy.client.simulate_request(route.method, path)
        assert toy.asked == [route.policy]


def test_head_answers_as_get_without_a_body(toy):
    get, head = toy.client.simulate_get("/v1/requests"), toy.client.simulate_head("/v1/requests")
    assert head.content == b""
    assert head.headers == get.headers


@pytest.mark.rule("V16")
def test_a_wrong_method_is_told_which_are_right(toy):
    assert set(toy.client.simulate_post("/v1/settings").headers["allow"].split(", ")) == {
        "GET",
        "HEAD",
        "OPTIONS",
        "PUT",
    }


def test_observers_learn_template_status_and_who(toy):
    toy.client.simulate_delete("/v1/failures/not_found")
    [served] = toy.served
    assert (served.method, served.route, served.status) == ("DELETE", "/v1/failures/{how}", 404)
    assert served.principal is PATIENT
    assert 0 <= served.seconds < 5


def test_metrics_count_by_template_and_never_by_what_a_caller_chose(toy):
    toy.client.simulate_get("/v1/requests")
    toy.client.simulate_get("/v1/requests")
    toy.client.simulate_get("/1111111118")
    toy.app(create_environ("/", method="X1111111118"), lambda _status, _headers: None)
    text = toy.client.simulate_get("/metrics").text
    assert 'http_requests_total{method="GET",route="/v1/requests",status="200"} 2.0' in text
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'http_requests_total{method="other",route="/",status="400"} 1.0' in text
    assert 'http_request_seconds_count{method="GET",route="/v1/requests"} 2.0' in text
    assert "outbox_waiting 3.0" in text
    assert "1111111118" not in text


def test_readiness_names_each_check(toy):
    assert toy.client.simulate_get("/health/ready").json == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok"},
    }
    toy.database_is_there = False
    answer = toy.client.simulate_get("/health/ready")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": {"database": "failed", "migrations": "ok"}}
    assert toy.client.simulate_get("/health/live").json == {"alive": True}
