"""Every route, asked by every kind of caller: the security headers are on each answer, errors included (ASVS 3.4)."""

import pytest
from prometheus_client import CollectorRegistry

from api.app import routes
from api.contract import HTML
from api.middleware import CLOSED
from tests.knocking import Doors
from tests.people import ALICE

ID = "0193587e-2c00-7000-8000-0000000000aa"
VALUES = {"slug": "nygade", "kind": "e_kons", "trigger": "answer", "code": "not_found"}
BODIES = {"GET": None, "DELETE": None, "POST": b"{}", "PUT": b"{}"}
SENT = {"Content-Type": "application/json", "Idempotency-Key": "k" * 16}
ONE_YEAR = 365 * 24 * 3600


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


@pytest.fixture
def answers(doors):
    """Every answer that the routes give to nobody, to a patient, to a page of another site, and to another method."""
    found = []
    for row in routes(doors.services, CollectorRegistry()):
        for method, proof in (
            (row.method, {}),
            (row.method, doors.patient(ALICE)),
            (row.method, {"Cookie": "__Host-log-in=forged", "Sec-Fetch-Site": "cross-site"}),
            ("PATCH", {}),
        ):
            body = BODIES.get(method)
            sent = {name: value for name, value in SENT.items() if body is not None} | proof
            found.append(doors.client.simulate_request(method, _path(row), body=body, headers=sent))
        doors.tokens.clear()  # one of them logs out
    return found


def _path(row):
    path = row.path
    for name, converter in row.path_variables().items():
        value = ID if converter == "uuid" else VALUES.get(name, "overdue")
        path = path.replace(f"{{{name}:{converter}}}" if converter else f"{{{name}}}", value)
    assert "{" not in path
    return path


@pytest.mark.rule("V12", "V13")
def test_the_security_headers_are_on_every_answer(answers):
    assert len(answers) > 150
    assert {200, 401, 403, 404, 405, 422} <= {answer.status_code for answer in answers}
    for answer in answers:
        headers = answer.headers
        assert {name: headers.get(name.lower()) for name, _ in CLOSED} == dict(CLOSED)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store" or answer.status_code == 200
        assert "access-control-allow-origin" not in headers


@pytest.mark.rule("V12")
def test_https_is_asked_for_longer_than_a_year_and_for_the_names_below(answers):
    for answer in answers:
        age, rest = answer.headers["strict-transport-security"].split("; ")
        assert int(age.removeprefix("max-age=")) >= ONE_YEAR
        assert rest == "includeSubDomains"


@pytest.mark.rule("V13")
def test_no_other_site_gets_past_the_threshold_with_a_cookie(doors, answers):
    """ASVS 3.5.8: at a door that asks who it is, a call of another site's page is refused as such."""
    table = routes(doors.services, CollectorRegistry())
    of_patients = [
        (number, row.contract.produces) for number, row in enumerate(table) if row.policy.startswith("patient.")
    ]
    refused = [(answers[4 * number + 2], produces) for number, produces in of_patients]
    assert len(refused) > 12
    assert {answer.status_code for answer, _ in refused} == {403}
    assert {answer.json["code"] for answer, produces in refused if produces != HTML} == {"csrf"}


@pytest.mark.rule("V16")
def test_only_declared_methods_are_answered(doors, answers):
    """ASVS 4.1.4."""
    assert {answer.status_code for answer in answers[3::4]} == {405}
