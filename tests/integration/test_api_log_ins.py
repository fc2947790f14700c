"""A patient sees their own log-ins, ends them, and has a new one at each log-in (ASVS 7.2 to 7.5)."""

from datetime import datetime, timedelta

import pytest

from storage.housekeeping import LOG_INS_KEPT, sweep
from storage.log_ins import LONGEST
from storage.recognition import IDLE
from storage.registers import LOG_IN
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB

LIST = "/v1/session/log-ins"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


def listed(doors, proof, query=""):
    answer = doors.call("GET", LIST + query, **proof)
    assert answer.status_code == 200, answer.text
    return answer.json


def is_in(doors, proof):
    return doors.call("GET", "/v1/session", **proof).status_code == 200


@pytest.mark.rule("V31")
def test_a_log_in_tells_how_it_was_made_and_when_it_ends(doors, clock):
    proof, began = doors.log_in(), clock.now
    clock.now += timedelta(minutes=5)
    assert doors.call("GET", "/v1/me", **proof).status_code == 200
    this = doors.call("GET", "/v1/session", **proof).json
    assert {name: this[name] for name in ("channel", "client", "auth", "loa", "idle_seconds", "is_this")} == {
        "channel": "api",
        "client": None,
        "auth": "password+code",
        "loa": None,
        "idle_seconds": 1800,
        "is_this": True,
    }
    moments = [began, began + timedelta(minutes=5), began + timedelta(hours=12)]
    assert [datetime.fromisoformat(this[name]) for name in ("created_at", "seen_at", "ends_at")] == moments
    assert "csrf" not in this


@pytest.mark.rule("V31")
def test_those_that_stand_are_listed_newest_first_and_in_pages(doors, clock):
    proofs = []
    for _ in range(3):
        proofs.append(doors.log_in())
        clock.tick(1)
    ids = [doors.call("GET", "/v1/session", **proof).json["id"] for proof in reversed(proofs)]
    doors.log_in(BOB)
    first = listed(doors, proofs[0], "?limit=2")
    second = listed(doors, proofs[0], f"?limit=2&cursor={first['next_cursor']}")
    assert [each["id"] for each in first["items"] + second["items"]] == ids
    assert [each["is_this"] for each in first["items"] + second["items"]] == [False, False, True]
    assert second["next_cursor"] is None


def test_what_is_over_is_not_listed(sqlite_doors, clock):
    idle, ended = sqlite_doors.log_in(), sqlite_doors.log_in()
    assert sqlite_doors.call("DELETE", "/v1/session", **ended).status_code == 204
    clock.now += IDLE
    this = sqlite_doors.log_in()
    assert [each["is_this"] for each in listed(sqlite_doors, this)["items"]] == [True]
    assert not is_in(sqlite_doors, idle)


def test_what_was_over_long_ago_is_not_kept(sqlite_doors, clock):
    sqlite_doors.log_in()
    clock.now += LONGEST + LOG_INS_KEPT
    sweep(sqlite_doors.house.database)
    assert len(sqlite_doors.house.rows(LOG_IN)) == 1
    clock.tick(1)
    sweep(sqlite_doors.house.database)
    assert sqlite_doors.house.rows(LOG_IN) == []


@pytest.mark.rule("V31")
def test_one_of_ones_own_is_ended_and_its_token_with_it(doors):
    this, other, bobs = doors.log_in(), doors.log_in(), doors.log_in(BOB)
    ids = {name: doors.call("GET", "/v1/session", **proof).json["id"] for name, proof in (("a", other), ("b", bobs))}
    assert doors.call("DELETE", f"{LIST}/{ids['a']}", **this).status_code == 204
    assert (is_in(doors, this), is_in(doors, other)) == (True, False)
    # Ended already, another person's, or never there: the three look the same.
    unknown = "0193587e-2c00-7000-8000-0000000000aa"
    answers = [doors.call("DELETE", f"{LIST}/{each}", **this) for each in (ids["a"], ids["b"], unknown)]
    assert [(each.status_code, each.json["code"]) for each in answers] == [(404, "not_found")] * 3
    assert is_in(doors, bobs)


@pytest.mark.rule("V31")
def test_all_the_others_are_ended_at_once(doors):
    this, others, bobs = doors.log_in(), [doors.log_in(), doors.log_in()], doors.log_in(BOB)
    assert doors.call("DELETE", LIST, **this).status_code == 204
    assert [is_in(doors, each) for each in (this, *others, bobs)] == [True, False, False, True]


@pytest.mark.rule("V31")
@pytest.mark.parametrize("keep", ["token", "cookie"])
def test_a_log_in_that_is_shown_while_logging_in_anew_is_renewed(sqlite_doors, keep):
    """ASVS 7.2.4: whoever planted a token in the caller's program is out when the caller logs in."""
    planted, untouched = sqlite_doors.log_in(BOB), sqlite_doors.log_in()
    attempt = sqlite_doors.begin(**planted).json["attempt"]
    wrong = sqlite_doors.complete(attempt, "000000", keep=keep, Sec_Fetch_Site="same-origin", **planted)
    assert wrong.status_code == 401
    assert is_in(sqlite_doors, planted)
    assert sqlite_doors.complete(attempt, keep=keep, Sec_Fetch_Site="same-origin", **planted).status_code == 200
    assert (is_in(sqlite_doors, planted), is_in(sqlite_doors, untouched)) == (False, True)


@pytest.mark.rule("V31")
def test_a_cookie_is_renewed_as_a_token_is(sqlite_doors):
    browser = sqlite_doors.browse()
    attempt = sqlite_doors.begin().json["attempt"]
    answer = sqlite_doors.complete(attempt, keep="cookie", **browser)
    assert answer.status_code == 200
    assert not is_in(sqlite_doors, browser)


@pytest.mark.rule("V31")
def test_no_two_log_ins_have_the_same_token(sqlite_doors):
    tokens = {sqlite_doors.log_in(who)["Authorization"] for who in (ALICE, ALICE, BOB)}
    assert len(tokens) == 3
    assert all(len(token.removeprefix("Bearer ")) == 43 for token in tokens)
