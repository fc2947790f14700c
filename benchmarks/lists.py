"""What a list costs as the tables grow: the same calls with a hundred and with a million requests stored."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid4

import falcon.testing
import psycopg

from api.app import create_app
from benchmarks.figures import percentile, spread
from benchmarks.multiplying import multiply
from benchmarks.outside import CLINIC
from benchmarks.portal_system import PATIENTS, PortalSystem
from benchmarks.servers import Servers, plain
from identity.webhooks import sign
from portal.settings import Settings
from portal.wiring import build_services
from storage.scope import DatabaseRole

FEW = 100
_OWN, _CALLS, _CHUNK = 20, 60, 5_000
_OF_PATIENTS = ("/v1/requests", f"/v1/clinics/{CLINIC}/renewals", "/v1/threads", "/v1/me")
_OF_CLINICS = tuple(f"/v1/clinic/lists/{name}" for name in ("not-reached", "unread-answers", "overdue", "due-soon"))


def measured(running: Servers, secret: str, many: int) -> dict[str, Any]:
    """Return the milliseconds of each list on each database with few and with many requests stored."""
    addresses = {
        "PostgreSQL": running.database("lists"),
        "SQLite": f"sqlite:///{running.folder / 'lists.sqlite3'}",
    }
    found: dict[str, Any] = {"stored": [FEW, many], "load": [round(each, 1) for each in os.getloadavg()]}
    for name, address in addresses.items():
        found[name] = _of(address, running, secret, many)
        if name == "PostgreSQL":
            running.drop(address)
    return found


def _of(address: str, running: Servers, secret: str, many: int) -> dict[str, Any]:
    folder = running.folder / f"lists-{uuid4().hex[:6]}"
    system = PortalSystem(database=address, redis=running.redis, folder=folder, api_port=1, smtp_port=1)
    system.seed("http://127.0.0.1:1", secret)
    services = system.services()
    client = falcon.testing.TestClient(create_app(services))
    made = [_submitted(client, system) for _ in range(_OWN)]
    stored, found = 0, dict[str, dict[str, Any]]()
    for wanted in (FEW, many):
        stored = _fill(system, made[0], stored, wanted)
        for path in (*_OF_PATIENTS, *_OF_CLINICS):
            call = _call(client, system, path, secret)
            found.setdefault(path, {})[str(wanted)] = _milliseconds(call)
    services.database.close()
    return found


def _submitted(client: falcon.testing.TestClient, system: PortalSystem) -> UUID:
    call = system.submission(PATIENTS)  # always the first patient's
    answer = client.simulate_post(call.path, headers=dict(call.headers), body=call.body)
    return UUID(answer.json["id"])


def _fill(system: PortalSystem, pattern: UUID, stored: int, wanted: int) -> int:
    """Copy the pattern until so many requests are stored, as an operator, who sees all rows."""
    named = {name.removeprefix("PORTAL_").lower(): value for name, value in system.environment.items()}
    services = build_services(Settings(**named), DatabaseRole.OPERATOR)  # type: ignore[arg-type]
    while stored < wanted:
        upto = min(wanted, stored + _CHUNK)
        with services.database.writing() as connection:
            multiply(connection, pattern, upto, already=stored)
        stored = upto
    services.database.close()
    _settle(system.database)
    return stored


def _settle(address: str) -> None:
    """Let PostgreSQL know what is there and have it written, as it does by itself in time; SQLite does neither."""
    if address.startswith("sqlite"):
        return
    with psycopg.connect(plain(address), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
        owner.execute("CHECKPOINT")


def _call(client: falcon.testing.TestClient, system: PortalSystem, path: str, secret: str) -> Callable[[], None]:
    def headers() -> Mapping[str, str]:
        if path in _OF_PATIENTS:
            return {"authorization": system.submission(PATIENTS).headers["authorization"]}
        return {"webhook-clinic": CLINIC, **sign([secret], f"evt_{uuid4()}", int(time.time()), b"").headers()}

    def call() -> None:
        answer = client.simulate_get(path, headers=dict(headers()))
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")

    return call


def _milliseconds(call: Callable[[], None]) -> dict[str, float]:
    taken = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return spread(taken[10:]) | {"p99": round(percentile(taken[10:], 99), 2)}
