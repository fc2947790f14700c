"""Every attack on the log-in with MitID ends in a refusal and a row of the access log, and tells nobody why."""

from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from api.patient.mitid import CALLBACK, COOKIE
from storage.federation import ATTEMPT_LIVES
from storage.registers import ACCESS, LOG_IN
from tests.mitid_browser import Browser, doors_with, identity_of, seen
from tests.people import ALICE, BOB


@pytest.fixture
def doors(house, passwords, broker):
    return doors_with(house, passwords, broker.issuer)


@pytest.fixture
def browser(doors):
    return Browser(doors)


def another_browsers_state(browser):
    stranger = Browser(browser.doors)
    browser.begin()
    return browser.complete(stranger.chosen(stranger.begin().headers["location"], BOB))


def a_code_again(browser):
    used = browser.chosen(browser.begin().headers["location"], ALICE)
    assert browser.complete(used).status_code == 200
    fresh = parse_qs(urlsplit(browser.begin().headers["location"]).query)["state"][0]
    return browser.complete(used, state=fresh)


def a_code_of_another_question(browser):
    stranger = Browser(browser.doors)
    stolen = stranger.chosen(stranger.begin().headers["location"], BOB)
    mine = browser.chosen(browser.begin().headers["location"], ALICE)
    return browser.complete(mine, code=stolen["code"])


def a_code_without_its_verifier(browser):
    address = browser.begin().headers["location"]
    asked = parse_qs(urlsplit(address).query)
    returned = browser.chosen(address, ALICE)
    form = {"grant_type": "authorization_code", "code": returned["code"], "client_id": asked["client_id"][0]}
    reply = browser.http.request_encode_body(
        "POST",
        address.replace("/authorize", "/token").partition("?")[0],
        fields=form | {"redirect_uri": asked["redirect_uri"][0]},
        encode_multipart=False,
    )
    assert (reply.status, reply.json()) == (400, {"error": "invalid_grant"})
    return browser.complete(returned)


def a_number_of_another(browser):
    assert browser.log_in(ALICE).status_code == 200
    return browser.log_in(ALICE, evil="other_cpr")


def evil(word):
    return lambda browser: browser.log_in(ALICE, evil=word)


ATTACKS = {
    "alg none": (evil("alg_none"), "token_algorithm"),
    "HS256 with the public key": (evil("hs256"), "token_algorithm"),
    "other kid": (evil("other_key"), "token_key_unknown"),
    "wrong iss": (evil("other_issuer"), "token_iss"),
    "wrong aud": (evil("other_audience"), "token_aud"),
    "expired": (evil("expired"), "token_exp"),
    "future nbf": (evil("not_yet"), "token_nbf"),
    "wrong nonce": (evil("other_nonce"), "token_nonce"),
    "missing nonce": (evil("no_nonce"), "token_nonce_missing"),
    "state of another browser": (another_browsers_state, "state_of_another_browser"),
    "code reuse": (a_code_again, "code_refused"),
    "missing PKCE verifier": (a_code_without_its_verifier, "code_refused"),
    "loa Low": (evil("low"), "level_too_low"),
    "CPR of another person": (a_number_of_another, "cpr_of_another_person"),
    # and beyond the fourteen
    "loa missing, acr says high": (evil("no_level"), "level_missing"),
    "code of another question": (a_code_of_another_question, "code_refused"),
    "answer of another issuer": (evil("answer_of_another"), "answer_of_another_issuer"),
    "answer without issuer": (evil("answer_of_nobody"), "answer_without_issuer"),
}


@pytest.mark.rule("LOG-1", "V30", "V34", "V35")
@pytest.mark.parametrize(("attack", "reason"), ATTACKS.values(), ids=ATTACKS)
def test_every_attack_is_refused_and_leaves_its_row(doors, browser, attack, reason):
    answer = attack(browser)
    log_ins = len(doors.house.rows(LOG_IN))
    allowed = [row for row in seen(doors) if row[1] == "ok"]
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "token" not in answer.json
    assert len(allowed) == log_ins <= 1
    assert seen(doors)[-1][1] == reason
    secret = [ALICE.digits, BOB.digits, identity_of(ALICE).subject, identity_of(BOB).subject, reason]
    rows = str(doors.house.rows(ACCESS))
    assert not any(word in answer.text for word in secret)
    assert not any(word in rows for word in secret[:-1])


def test_the_set_of_attacks_is_whole():
    assert len(ATTACKS) == 14 + 4


def test_a_number_of_another_names_the_record_that_was_tried(doors, browser):
    a_number_of_another(browser)
    person, clinic = str(doors.house.people[ALICE]), doors.house.clinics["nygade"].clinic
    assert seen(doors)[-1] == ("patient", "cpr_of_another_person", person, clinic)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"state": "never-given"}, "state_unknown"),
        ({"code": ""}, "code_missing"),
        ({"error": "server_error"}, "broker_refused"),
    ],
    ids=str,
)
def test_a_return_without_its_parts_is_refused(doors, browser, changes, reason):
    returned = browser.chosen(browser.begin().headers["location"], ALICE)
    answer = browser.complete(returned, **changes)
    assert (answer.status_code, answer.json["code"]) == (401, "mitid_refused")
    assert seen(doors)[-1][1] == reason


def test_who_cancels_is_told_so(doors, browser):
    answer = browser.log_in(None)
    assert (answer.status_code, answer.json["code"]) == (401, "mitid_cancelled")
    assert seen(doors)[-1][1] == "cancelled"


@pytest.mark.rule("V35")
def test_an_attempt_ends_once_and_in_time(doors, browser):
    returned = browser.chosen(browser.begin().headers["location"], ALICE)
    assert Browser(doors).complete(returned).status_code == 401
    answer = browser.complete(returned)
    assert answer.status_code == 200
    assert (answer.cookies[COOKIE].value, answer.cookies[COOKIE].expires.year) == ("", 1970)
    assert browser.complete(returned).status_code == 401
    late = browser.chosen(browser.begin().headers["location"], ALICE)
    doors.house.clock.tick(ATTEMPT_LIVES.total_seconds())
    assert browser.complete(late).status_code == 401
    outcomes = [row[1] for row in seen(doors)]
    assert outcomes == ["state_of_another_browser", "ok", "attempt_used", "attempt_expired"]


def test_the_broker_refuses_a_question_without_its_safeguards(broker):
    http = urllib3.PoolManager(retries=False)
    plain = {
        "client_id": "patientportal",
        "redirect_uri": f"http://localhost{CALLBACK}",
        "response_type": "code",
        "scope": "openid",
        "state": "s" * 43,
        "nonce": "n" * 43,
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    assert http.request("GET", f"{broker.issuer}/authorize", fields=plain).status == 200
    for name, other in {
        "redirect_uri": "https://evil.example",
        "client_id": "x",
        "code_challenge": "",
        "code_challenge_method": "plain",
    }.items():
        assert http.request("GET", f"{broker.issuer}/authorize", fields=plain | {name: other}).status == 400
    http.clear()
