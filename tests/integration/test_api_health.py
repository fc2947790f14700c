"""What those who watch the portal are told: it lives, it is ready, what it owes."""

import re

import pytest
from pydantic import SecretStr

from storage.database import Database
from tests.builders import House
from tests.knocking import Doors

NUMBERS = re.compile(r"^(\w+)(\{.*\})? ([0-9.e+-]+)$", re.MULTILINE)


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


def metrics(doors, **headers):
    """Return the gauges of the page as name with labels → number."""
    answer = doors.get("/metrics", headers)
    assert answer.status_code == 200
    return {name + labels: float(number) for name, labels, number in NUMBERS.findall(answer.text)}


def test_a_whole_portal_is_alive_and_ready(doors):
    assert doors.get("/health/live").json == {"alive": True}
    ready = doors.get("/health/ready")
    assert (ready.status_code, ready.json) == (200, {"ready": True, "checks": {"database": "ok", "migrations": "ok"}})


def test_without_its_tables_it_lives_but_is_not_ready(blank_url, keyring, clock, new_id, passwords):
    database = Database(blank_url, clock)
    doors = Doors.of(House.of(database, keyring, clock, new_id), passwords)
    assert doors.get("/health/live").status_code == 200
    ready = doors.get("/health/ready")
    assert (ready.status_code, ready.json["checks"]) == (503, {"database": "ok", "migrations": "failed"})
    database.close()


@pytest.mark.rule("F10")
def test_without_its_database_it_says_so_and_takes_nothing(keyring, clock, new_id, passwords):
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", clock)
    doors = Doors.of(House.of(database, keyring, clock, new_id), passwords)
    assert doors.get("/health/live").status_code == 200
    ready = doors.get("/health/ready")
    assert (ready.status_code, set(ready.json["checks"].values())) == (503, {"failed"})
    told = doors.tell(new_id(), "receipt")
    assert (told.status_code, told.json["code"], told.headers["retry-after"]) == (503, "unavailable", "5")
    assert doors.get("/metrics").status_code == 503
    database.close()


def test_the_metrics_tell_what_is_owed_and_where_requests_stand(doors):
    house = doors.house
    request = house.delivered(house.e_kons())
    house.booking()
    house.answer(request)
    house.clock.tick(90)
    doors.get(f"/v1/requests/{request}")
    told = metrics(doors)
    assert told['requests{kind="e_kons",state="answered"}'] == 1
    assert told['requests{kind="booking",state="submitted"}'] == 1
    assert told["outbox_due"] >= 2
    assert told["outbox_oldest_seconds"] >= 90
    assert told["outbox_parked"] == 0
    counted = [name for name in told if name.startswith("http_requests_total{") and 'status="401"' in name]
    assert counted
    assert str(request) not in str(told), "a label holds a path's template, never the path"


def test_a_metrics_token_is_asked_for_where_one_is_set(house, passwords):
    doors = Doors.of(house, passwords, metrics_token=SecretStr("let-me-see"))
    assert doors.get("/metrics").status_code == 401
    assert doors.get("/metrics", {"Authorization": "Bearer let-me-guess"}).status_code == 401
    assert "outbox_due" in metrics(doors, Authorization="Bearer let-me-see")


def test_in_production_the_metrics_are_shut_until_a_token_is_set(house, passwords):
    assert Doors.of(house, passwords, production=True).get("/metrics").status_code == 401


def test_the_document_and_its_page_are_served(doors):
    assert doors.get("/openapi.json").json["info"]["title"] == "Patientportal"
    assert doors.get("/docs").headers["content-type"].startswith("text/html")
    assert doors.get("/").status_code == 307
