"""Logging in with MitID at the doors: who gets in, who is told to enrol, and every attack that must not get in."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from api.patient.mitid import CALLBACK, COOKIE
from identity.mitid import Level
from identity.outcomes import NotFoundError
from storage.federation import ATTEMPT_LIVES, VERIFIED_LIVES, verified_by
from storage.housekeeping import ATTEMPTS_KEPT, sweep
from storage.identity_registers import FEDERATED_IDENTITY, OIDC_ATTEMPT, VERIFIED_IDENTITY
from storage.merging import merge
from storage.registers import LOG_IN
from tests.knocking import Doors
from tests.mitid_browser import Browser, doors_with, identity_of, mock_broker, seen
from tests.people import ALICE, BOB, CARLA, DAVID


@pytest.fixture
def doors(house, passwords, broker):
    return doors_with(house, passwords, broker.issuer)


@pytest.fixture
def sqlite_doors(sqlite_house, passwords, broker):
    return doors_with(sqlite_house, passwords, broker.issuer)


@pytest.fixture
def browser(doors):
    return Browser(doors)


@pytest.mark.rule("LOG-1", "ACC-9")
def test_a_patient_with_mitid_enters_without_password_and_mark(doors, browser):
    token = browser.log_in(CARLA, clinic="havnen").json
    me = doors.get("/v1/me", {"Authorization": f"Bearer {token['token']}"})
    assert me.status_code == 200
    (row,) = doors.house.rows(LOG_IN)
    assert (row.person_id, row.auth, row.loa, row.channel) == (doors.house.people[CARLA], "mitid", "substantial", "api")
    person, clinic = str(doors.house.people[CARLA]), doors.house.clinics["havnen"].clinic
    assert seen(doors) == [("patient", "ok", person, clinic)]


@pytest.mark.rule("LOG-1", "V35")
def test_the_question_is_bound_to_the_browser_and_asks_for_nothing_that_could_be_read(doors, browser):
    answer = browser.begin()
    assert answer.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"].endswith(CALLBACK)
    cookie = answer.cookies[COOKIE]
    assert (cookie.secure, cookie.http_only, cookie.same_site, cookie.path, cookie.domain) == (
        True,
        True,
        "Lax",
        "/",
        None,
    )
    assert cookie.max_age == ATTEMPT_LIVES.total_seconds()
    (row,) = doors.house.rows(OIDC_ATTEMPT)
    kept = b"".join(value for value in row if isinstance(value, bytes))
    assert not any(asked[name].encode() in kept for name in ("state", "nonce"))
    assert cookie.value.encode() not in kept


@pytest.mark.rule("V30")
def test_the_second_log_in_goes_by_the_identity_and_needs_no_number(doors, browser):
    assert browser.log_in(ALICE).status_code == 200
    (link,) = doors.house.rows(FEDERATED_IDENTITY)
    assert link.person_id == doors.house.people[ALICE]
    assert browser.log_in(ALICE, evil="no_cpr").status_code == 200
    assert doors.house.rows(FEDERATED_IDENTITY) == [link]
    assert identity_of(ALICE).subject.encode() not in link.subject_index


def test_the_mitid_of_an_account_that_was_merged_opens_the_one_that_stays(doors, browser):
    house = doors.house
    assert browser.log_in(BOB).status_code == 200
    with house.database.writing() as connection:
        merge(connection, house.keyring, survivor=house.people[ALICE], other=house.people[BOB], now=house.clock())
    assert browser.log_in(BOB).status_code == 200
    assert {row.person_id for row in house.rows(LOG_IN, LOG_IN.c.ended_at.is_(None))} == {house.people[ALICE]}


def test_a_first_log_in_without_a_number_finds_nobody(doors, browser):
    answer = browser.log_in(ALICE, evil="no_cpr")
    assert (answer.status_code, answer.json["code"]) == (401, "mitid_no_cpr")
    assert doors.house.rows(FEDERATED_IDENTITY) == []


def test_the_pages_browser_keeps_the_log_in_in_a_cookie_and_is_led_to_the_clinic(doors, browser):
    earlier = browser.log_in(ALICE).json["token"]
    returned = browser.chosen(browser.begin("nygade", keep="cookie").headers["location"], ALICE)
    sent = {
        "Cookie": f"{COOKIE}={browser.cookie}",
        "Authorization": f"Bearer {earlier}",
        "Sec-Fetch-Site": "cross-site",
    }
    answer = doors.client.simulate_get(CALLBACK, params=returned, headers=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://nygade.test/")
    assert "token" not in answer.json
    kept = answer.cookies["__Host-log-in"]
    assert (kept.secure, kept.http_only, kept.same_site, kept.path) == (True, True, "Lax", "/")
    mine = {"Cookie": f"__Host-log-in={kept.value}", "Sec-Fetch-Site": "same-origin"}
    assert (session := doors.get("/v1/session", mine)).status_code == 200, session.text
    assert session.json["channel"] == "portal"
    # The log-in that the browser showed has ended with it.
    assert doors.get("/v1/session", {"Authorization": f"Bearer {earlier}"}).status_code == 401


@pytest.mark.parametrize(("who", "clinic"), [(DAVID, "nygade"), (CARLA, "nygade")], ids=["nobody", "patient elsewhere"])
def test_who_is_no_user_is_told_to_enrol_and_shows_who_they_are(doors, browser, who, clinic):
    house = doors.house
    answer = browser.log_in(who, clinic=clinic)
    assert (answer.status_code, answer.json["code"]) == (403, "not_enrolled")
    assert "Opret dig" in answer.json["next_step"]
    assert who.digits not in answer.text
    assert house.rows(LOG_IN) == house.rows(FEDERATED_IDENTITY) == []
    assert [row[1] for row in seen(doors)] == ["not_enrolled"]
    (row,) = house.rows(VERIFIED_IDENTITY)
    assert who.digits.encode() not in row.sealed
    handle, here = answer.json["verified"], house.clinics[clinic].clinic
    with pytest.raises(NotFoundError):
        shown(house, house.clinics["havnen"].clinic, handle)
    for _first_and_repeated in range(2):
        identity = shown(house, here, handle)
        assert (identity.cpr, identity.subject, identity.level) == (
            who.cpr,
            identity_of(who).subject,
            Level.SUBSTANTIAL,
        )
        house.clock.tick(1)
    assert house.rows(VERIFIED_IDENTITY)[0].used_at == house.clock.now - timedelta(seconds=2)


def shown(house, clinic, handle):
    with house.database.writing() as connection:
        return verified_by(connection, house.keyring, clinic, handle, house.clock())


def test_a_proof_that_waits_too_long_holds_no_longer_and_is_swept_away(doors, browser):
    house, answer = doors.house, browser.log_in(DAVID)
    house.clock.tick(VERIFIED_LIVES.total_seconds())
    with pytest.raises(NotFoundError):
        shown(house, house.clinics["nygade"].clinic, answer.json["verified"])
    house.clock.tick(1)
    sweep(house.database)
    assert house.rows(VERIFIED_IDENTITY) == []
    assert len(house.rows(OIDC_ATTEMPT)) == 1
    house.clock.tick(ATTEMPTS_KEPT.total_seconds())
    sweep(house.database)
    assert house.rows(OIDC_ATTEMPT) == []


def test_what_is_said_comes_in_both_languages(sqlite_doors):
    answers = [
        sqlite_doors.client.simulate_get(CALLBACK, params={"state": "x"}, headers={"Accept-Language": language})
        for language in ("da", "en")
    ]
    assert [answer.json["detail"] for answer in answers] == [
        "Begynd forfra, og log ind igen.",
        "Begin again, and log in once more.",
    ]


def test_without_a_broker_there_is_no_such_way_in(sqlite_house, passwords):
    doors = Doors.of(sqlite_house, passwords)
    for answer in (doors.get("/v1/session/mitid", clinic="nygade"), doors.get(CALLBACK, state="x")):
        assert (answer.status_code, answer.json["code"]) == (404, "mitid_off")


@pytest.mark.rule("LOG-1")
def test_a_clinics_page_names_mitid_first(sqlite_doors, passwords):
    assert sqlite_doors.get("/v1/clinics/nygade").json["log_ins"] == ["mitid", "password"]
    alone = Doors.of(sqlite_doors.house, passwords)
    assert alone.get("/v1/clinics/nygade").json["log_ins"] == ["password"]


def test_an_unknown_clinic_is_not_found_and_leaves_no_attempt(sqlite_doors):
    assert Browser(sqlite_doors).begin("nowhere").status_code == 404
    assert sqlite_doors.house.rows(OIDC_ATTEMPT) == []


@pytest.mark.parametrize(
    ("query", "field"), [({"clinic": "NYGADE"}, "clinic"), ({"clinic": "nygade", "keep": "it"}, "keep"), ({}, "clinic")]
)
def test_a_beginning_of_another_shape_names_the_field(sqlite_doors, query, field):
    answer = sqlite_doors.get("/v1/session/mitid", **query)
    assert (answer.status_code, answer.json["field"]) == (400, field)


def test_a_broker_that_is_away_is_said_to_be_and_nothing_is_stored(sqlite_house, passwords, clock):
    with mock_broker(clock) as broker:
        gone = broker.issuer
    doors = doors_with(sqlite_house, passwords, gone)
    answer = Browser(doors).begin()
    assert (answer.status_code, answer.json["code"]) == (503, "mitid_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert sqlite_house.rows(OIDC_ATTEMPT) == []


def test_a_broker_that_goes_away_in_between_is_noted(sqlite_house, passwords, clock):
    with mock_broker(clock) as broker:
        doors = doors_with(sqlite_house, passwords, broker.issuer)
        browser = Browser(doors)
        returned = browser.chosen(browser.begin().headers["location"], ALICE)
        browser.http.clear()
    answer = browser.complete(returned)
    assert (answer.status_code, answer.json["code"]) == (503, "mitid_unavailable")
    assert [row[1].partition("_")[0] for row in seen(doors)] == ["unreachable"]


def test_too_many_beginnings_from_one_address_wait(sqlite_doors):
    answers = [Browser(sqlite_doors).begin().status_code for _ in range(31)]
    assert (answers[:30], answers[30]) == ([303] * 30, 429)
