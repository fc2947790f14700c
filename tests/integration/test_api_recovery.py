"""Account recovery at the doors: neutral when asked, single-use when completed, by JSON and by the plain page."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from identity.tokens import recovery_token
from storage.links import put_link
from storage.models import REQUEST
from storage.registers import LOG_IN
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB, CARLA, DAVID
from workflows.delivery import Handover, Receipt
from workflows.recovery import Finding

NEW = "Bakke-2027"
ASK = "/v1/clinics/nygade/recoveries"
COMPLETE = "/v1/recoveries/complete"
PAGE = "/nygade/recovery"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def _ask(doors, number, email, key="a-key-of-a-recovery"):
    return doors.post(ASK, {"cpr": number, "email": email}, None, Idempotency_Key=key)


def _link(doors, who=ALICE):
    """Take a recovery of the persona's to its mail; return the request and the link's token."""
    house = doors.house
    request = house.recovery(who)
    house.carry_out(request, "delivered", Receipt(reference="W-000001"))
    house.advance(request, "matched", Finding(finding="match"), person=house.people[who])
    with house.database.writing() as connection:
        token = put_link(connection, house.keyring, request, house.clock())
    house.carry_out(request, "notified", Handover(), destination="mail")
    assert token == recovery_token(house.keyring, request)
    return request, token


def _complete(doors, token, password=NEW, clinic="nygade", **headers):
    return doors.post(COMPLETE, {"clinic": clinic, "token": token, "password": password}, None, **headers)


def _send(doors, page=PAGE, **fields):
    return doors.client.simulate_post(page, body=urlencode(fields), headers={"Content-Type": FORM})


@pytest.mark.rule("REC-1", "REC-3")
def test_the_answer_is_the_same_for_everyone(doors):
    typed = [
        (ALICE.digits, ALICE.email),
        (ALICE.digits, "other@patients.test"),
        (CARLA.digits, CARLA.email),
        (DAVID.digits, DAVID.email),
    ]
    answers = [_ask(doors, *each, key=f"a-key-of-a-recovery-{n}") for n, each in enumerate(typed)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        assert not {"location", "idempotent-replay"} & set(answer.headers)
        assert "id" not in answer.json
    rows = doors.house.rows(REQUEST)
    assert [(row.kind, row.state, row.person_id, row.slot) for row in rows] == [
        ("recovery", "submitted", None, None)
    ] * 4


def test_a_repeat_makes_no_second_request_and_says_nothing_else(doors):
    first, again = _ask(doors, ALICE.digits, ALICE.email), _ask(doors, ALICE.digits, ALICE.email)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(doors.house.rows(REQUEST)) == 1
    other = _ask(doors, BOB.digits, BOB.email)
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


@pytest.mark.rule("REC-3")
@pytest.mark.parametrize("who", [ALICE, DAVID], ids=str)
def test_the_door_looks_at_no_number_so_many_tries_for_one_are_stored_like_any(sqlite_doors, who):
    answers = [_ask(sqlite_doors, who.digits, who.email, f"a-key-of-a-recovery-{n}") for n in range(6)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert len(sqlite_doors.house.rows(REQUEST)) == 6, "what is too much for the number is decided by the workers"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cpr": "0203291WQ3", "email": ALICE.email}, "/cpr"),
        ({"cpr": ALICE.digits, "email": "alice"}, "/email"),
        ({"cpr": ALICE.digits}, "/email"),
        ({"cpr": ALICE.digits, "email": ALICE.email, "name": "x"}, "/name"),
    ],
)
def test_what_cannot_be_anybodys_is_refused_before_anybody_is_looked_for(sqlite_doors, body, field):
    before = sqlite_doors.rows()
    answer = sqlite_doors.post(ASK, body, None, Idempotency_Key="a-key-of-a-recovery")
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert ALICE.digits not in answer.text
    assert sqlite_doors.rows() == before


@pytest.mark.rule("REC-4", "REC-7")
def test_a_link_sets_the_password_once_and_ends_every_log_in(doors):
    assert doors.get("/v1/me").status_code == 200
    request, token = _link(doors)
    assert _complete(doors, token).status_code == 200
    assert doors.house.state(request) == "completed"
    assert doors.get("/v1/me").status_code == 401
    assert all(row.ended_at is not None for row in doors.house.rows(LOG_IN))
    old = doors.begin().json["attempt"]
    assert doors.complete(old).status_code == 401
    new = doors.begin(password=NEW).json["attempt"]
    assert doors.complete(new).status_code == 200

    again = _complete(doors, token, "Skov-2027-y", Accept_Language="en")
    assert (again.status_code, again.json["code"], again.json["field"]) == (422, "link_invalid", "/token")
    assert again.json["next_step"] == "Ask for a new link."


@pytest.mark.rule("REC-4")
def test_a_link_that_is_old_unknown_or_another_clinics_does_not_hold(sqlite_doors, clock):
    request, token = _link(sqlite_doors)
    assert _complete(sqlite_doors, token, clinic="havnen").json["code"] == "link_invalid"
    assert _complete(sqlite_doors, token, clinic="nowhere").json["code"] == "link_invalid"
    assert _complete(sqlite_doors, "A" * 43).json["code"] == "link_invalid"
    clock.now += timedelta(minutes=30)
    assert _complete(sqlite_doors, token).json["code"] == "link_invalid"
    assert sqlite_doors.house.state(request) == "notified"


@pytest.mark.rule("ACC-14")
@pytest.mark.parametrize(
    ("password", "code"),
    [("Ab1", "password_too_short"), ("a" * 129, "password_too_long"), ("alllowercase1", "password_too_plain")],
)
def test_a_weak_password_is_refused_and_the_link_still_holds(sqlite_doors, password, code):
    _, token = _link(sqlite_doors)
    answer = _complete(sqlite_doors, token, password)
    assert (answer.status_code, answer.json["field"], answer.json["errors"][0]["code"]) == (422, "/password", code)
    assert password not in answer.text
    assert _complete(sqlite_doors, token).status_code == 200


@pytest.mark.rule("REC-4")
def test_the_page_shows_a_form_uses_nothing_up_and_runs_only_its_own_script(sqlite_doors):
    request, token = _link(sqlite_doors)
    before = sqlite_doors.house.history(request)
    page = sqlite_doors.client.simulate_get(PAGE, headers={"Accept-Language": "en"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|style=", page.text)
    assert "Choose a new password" in page.text
    assert "Lægerne Nygade" in page.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert sqlite_doors.client.simulate_get(address).status_code == 200
    assert sqlite_doors.house.history(request) == before
    assert token not in page.text


@pytest.mark.rule("REC-7")
def test_the_form_sets_the_password_and_says_so(sqlite_doors):
    request, token = _link(sqlite_doors)
    weak = _send(sqlite_doors, token=token, password="short")
    assert (weak.status_code, "Mindst 8 tegn." in weak.text, token in weak.text) == (422, True, False)
    done = _send(sqlite_doors, token=token, password=NEW)
    assert (done.status_code, "Adgangskoden er skiftet" in done.text, "<form" in done.text) == (200, True, False)
    assert sqlite_doors.house.state(request) == "completed"
    again = _send(sqlite_doors, token=token, password=NEW)
    assert (again.status_code, "Linket er brugt eller udløbet." in again.text) == (422, True)


def test_the_page_refuses_what_is_no_form_of_its_own(sqlite_doors):
    assert sqlite_doors.client.simulate_post(PAGE, json={}).status_code == 415
    assert _send(sqlite_doors, password=NEW).status_code == 422
    assert _send(sqlite_doors, page="/nowhere/recovery", token="x", password=NEW).status_code == 404
    assert sqlite_doors.client.simulate_get("/nowhere/recovery").status_code == 404
    assert sqlite_doors.client.simulate_get("/pages/recovery.html").status_code == 404
    odd = sqlite_doors.client.simulate_post(PAGE, body=b"token=%ff&token=<b>", headers={"Content-Type": FORM})
    assert (odd.status_code, "<b>" in odd.text) == (422, False)
    big = sqlite_doors.client.simulate_post(PAGE, body=b"a" * 5000, headers={"Content-Type": FORM})
    assert big.status_code == 413
    many = sqlite_doors.client.simulate_post(PAGE, body=b"a=1&" * 9, headers={"Content-Type": FORM})
    assert many.status_code == 422
