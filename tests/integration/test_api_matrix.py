"""Every route against every kind of caller: who is not named for it gets in nowhere, and nothing is stored."""

from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry

from api.app import routes
from identity.policy import POLICY, Who
from tests.knocking import Doors
from tests.people import ALICE
from workflows.catalogue import CATALOGUE

HARMLESS = {"GET": None, "POST": b"{}", "PUT": b"{}", "DELETE": None}


@pytest.fixture
def doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords, metrics_token=None, production=True)


def callers_of(doors):
    """Return each kind of caller, logged in just now, as a function of method and path."""
    doors.tokens.clear()
    sent = {"Content-Type": "application/json", "Idempotency-Key": "1234567890123456"}

    def by_token(proof):
        return lambda method, path: doors.client.simulate_request(
            method, path, body=HARMLESS[method], headers=sent | proof
        )

    return {
        None: by_token({}),
        Who.PATIENT: by_token(doors.patient(ALICE)),
        Who.AUDITOR: by_token(doors.auditor()),
        Who.OPERATOR: by_token(doors.operator()),
        Who.CLINIC: lambda method, path: doors.signed(method, path, HARMLESS[method]),
    }


def concrete(path, request):
    """Return a path that the template fits; the request is one of Alice's at Nygade."""
    kind = next(iter(CATALOGUE))
    values = {"slug": "nygade", "kind": kind, "about": kind, "trigger": "answer", "key": "hansen"}
    values |= {"name": "overdue", "code": "not_found"}
    values |= {
        f"{name}:uuid": str(request)
        for name in ("request", "thread", "factor", "file", "upload", "announced", "log_in", "row")
    }
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path
    return path


def meant(answer):
    """Return the status; a page leads who is unknown to the log-in, in place of a 401."""
    led = answer.status_code == 303 and urlsplit(answer.headers["Location"]).path.endswith("/log-in")
    return 401 if led and "Set-Cookie" not in answer.headers else answer.status_code


def test_every_route_by_every_kind_of_caller(doors):
    request, callers = doors.house.e_kons(), callers_of(doors)
    rows = [row for row in routes(doors.services, CollectorRegistry()) if POLICY[row.policy] is not Who.ANYONE]
    rows.sort(key=lambda row: row.policy.endswith(".session.end"))  # logging out is the last that a token does
    assert len(rows) > 20
    before, wrong = doors.kept(), []
    for row in rows:
        allowed = POLICY[row.policy]
        if row.policy.endswith(".session.end"):
            callers = callers_of(doors)
        for who, call in callers.items():
            status = meant(call(row.method, concrete(row.path, request)))
            # A caller without any proof is unknown; one with another's proof is of the wrong kind, or as unknown.
            refused = {401} if who is None else {401, 403}
            fine = status not in {401, 403} if who is allowed else status in refused
            if not fine:
                wrong.append((row.method, row.path, who, status))
    assert wrong == []
    # Only what was allowed could have changed anything, and every body was empty.
    assert doors.kept() == before
