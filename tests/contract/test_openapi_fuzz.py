"""Made-up calls to every documented operation: no 5xx, and no answer that the document does not promise."""

from collections import Counter
from io import BytesIO

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import integers
from openapi_spec_validator import validate
from schemathesis import checks

from identity.webhooks import sign
from tests.furnishing import SECRET
from tests.knocking import Doors
from tests.people import ALICE, BOB

EXAMPLES = 15
ENDS_THE_LOG_IN = {("DELETE", f"/v1/{path}") for path in ("session", "me", "audit/session", "operator/session")}
"""Called with a log-in of their own each time, for the other calls need theirs."""
PROMISES = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)


class Proving:
    """Gives every call the proof that its door asks for, as the caller's own client would."""

    def __init__(self, doors):
        self.doors = doors
        self.patient, self.auditor = doors.patient()["Authorization"], doors.auditor()["Authorization"]
        self.operator = doors.operator()["Authorization"]

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        for made_up in ("HTTP_COOKIE", "HTTP_CLIENT_KEY"):
            environ.pop(made_up, None)
        if path.startswith("/v1/clinic/"):
            environ |= self._signed(environ)
        elif path.startswith("/v1/"):
            ends = (environ["REQUEST_METHOD"], path) in ENDS_THE_LOG_IN
            environ["HTTP_AUTHORIZATION"] = self._own(path) if ends else self._shared(path)
        return self.doors.client.app(environ, start_response)

    def _shared(self, path):
        if path.startswith("/v1/audit/"):
            return self.auditor
        return self.operator if path.startswith("/v1/operator/") else self.patient

    def _own(self, path):
        if path.startswith("/v1/audit/"):
            return self.doors.auditor()["Authorization"]
        if path.startswith("/v1/operator/"):
            return self.doors.operator()["Authorization"]
        self.doors.tokens.pop(BOB, None)
        return self.doors.patient(BOB)["Authorization"]

    def _signed(self, environ):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        signed = environ.get("HTTP_CONTENT_DIGEST", "").encode("latin-1") or body  # of a file only its digest is signed
        now = int(self.doors.house.clock().timestamp())
        headers = sign([SECRET], f"evt_{self.doors.house.new_id()}", now, signed).headers() | {
            "webhook-clinic": "nygade"
        }
        named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        return {"wsgi.input": BytesIO(body), "HTTP_IF_MATCH": '"1"', **named}


@pytest.fixture
def doors(house, passwords):
    """On PostgreSQL under the roles of production: a right that is missing is a server error."""
    return Doors.of(house, passwords)


@pytest.fixture
def document(doors):
    return schemathesis.openapi.from_wsgi("/openapi.json", Proving(doors))


@pytest.fixture
def real(doors):
    """What there is, by the name of a path's variable; a request of each kind, on its way and arrived."""
    house = doors.house
    made = [house.e_kons(), house.renewal(), house.booking(), house.recovery()]
    made += [house.delivered(house.e_kons("Another.")), house.delivered(house.renewal()), house.booking("slot-2")]
    names = ["overdue", "due-soon", "not-reached", "unread-answers"]
    return {"request": [str(request) for request in made], "slug": ["nygade"], "key": ["hansen"], "name": names}


def test_the_document_is_valid_openapi(document):
    validate(document.raw_schema)


def test_every_operation_keeps_what_the_document_promises(document, real):
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) > 45
    answers = Counter()
    for operation in operations:
        statuses = Counter()
        _fuzz(operation, real, statuses)
        assert not _needs_proof(operation) or set(statuses) - {401, 403}, f"{operation.label}: nobody who may called it"
        answers += statuses
    # The calls got past the threshold: many were carried out, and rules as well as shapes refused others.
    assert {200, 202, 400, 404, 409, 422} <= set(answers)
    assert answers[200] > len(operations)


def _needs_proof(operation):
    """Return whether only who has shown who they are may call it; a grant's token is no such proof yet."""
    schemes = operation.definition.raw.get("security") or [{}]
    return {} not in schemes and {"grantToken": []} not in schemes


def _fuzz(operation, real, answers):
    @seed(20261123)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), pick=integers(0, 99))
    def knock(case, pick):
        if pick > EXAMPLES // 4:
            _bring_home(case, real, pick)
        answers[case.call_and_validate(checks=PROMISES).status_code] += 1

    knock()


def _bring_home(case, real, pick):
    """Point a made-up call at something that is there."""
    variables = case.path_parameters or {}
    for name in variables.keys() & real.keys():
        variables[name] = real[name][pick % len(real[name])]
    content = case.body.get("content") if isinstance(case.body, dict) else None
    if isinstance(content, dict) and "cpr" in content:
        content["cpr"] = ALICE.digits
