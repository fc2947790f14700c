"""The pages' way to be known: a cookie that scripts cannot read, and calls that only our own pages can send."""

import pytest

from api.proofs import COOKIE
from storage.models import REQUEST
from storage.registers import LOG_IN
from tests.patient_doors import OWN_PAGE, PatientDoors
from tests.people import ALICE, BOB

LONG_AGO = "expires=Thu, 01 Jan 1970 00:00:00 GMT"
HERE = "https://portal.test"
OLD_BROWSER = {"Origin": HERE}
ELSEWHERE = [
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "cross-site", "Origin": HERE},
    {"Sec_Fetch_Site": ""},
    {"Origin": "https://evil.test"},
    {"Origin": "https://portal.test.evil.test"},
    {"Origin": "http://portal.test"},
    {"Origin": "null"},
    {},
]
LOG_INS = "/v1/session/log-ins"


@pytest.fixture
def doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords, public_url=f"{HERE}/")


def without(sent, *names):
    return {name: value for name, value in sent.items() if name not in names}


def without_origin(sent):
    return without(sent, *OWN_PAGE)


def ended(doors):
    return [row.ended_at is not None for row in doors.house.rows(LOG_IN)]


@pytest.mark.rule("V11")
def test_the_cookie_is_for_this_host_and_for_no_script_and_the_body_holds_no_token(doors):
    """ASVS 3.3.1 to 3.3.4."""
    answer = doors.complete(doors.begin().json["attempt"], keep="cookie", **OWN_PAGE)
    assert answer.status_code == 200
    assert answer.json == {"idle_seconds": 1800, "better_factor_offered": True}
    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.partition("=")[0] == "__Host-log-in" == COOKIE
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert [row.channel for row in doors.house.rows(LOG_IN)] == ["portal"]


def test_a_token_that_is_asked_for_sets_no_cookie(doors):
    assert "Set-Cookie" not in doors.complete(doors.begin().json["attempt"]).headers


@pytest.mark.rule("APP-1")
def test_the_pages_do_what_a_patient_may(doors):
    browser = doors.browse()
    assert doors.call("GET", "/v1/me", **browser).status_code == 200
    made = doors.call(
        "POST", "/v1/clinics/nygade/requests/e_kons", {"text": "Hello."}, Idempotency_Key="k" * 16, **browser
    )
    assert made.status_code == 202
    [request] = doors.house.rows(REQUEST)
    assert request.channel == "portal"


@pytest.mark.rule("V11", "V31")
def test_logging_out_ends_the_log_in_and_clears_the_cookie(doors):
    browser = doors.browse()
    out = doors.call("DELETE", "/v1/session", **browser)
    assert out.status_code == 204
    name, *attributes = out.headers["Set-Cookie"].split("; ")
    assert name in {f"{COOKIE}=", f'{COOKIE}=""'}
    assert {LONG_AGO, "Path=/", "Secure"} <= set(attributes)
    assert doors.call("GET", "/v1/session", **browser).json["code"] == "log_in_ended"


def test_ending_ones_own_log_in_by_its_id_clears_the_cookie_too(doors):
    browser = doors.browse()
    this = doors.call("GET", "/v1/session", **browser).json["id"]
    assert LONG_AGO in doors.call("DELETE", f"{LOG_INS}/{this}", **browser).headers["Set-Cookie"]


@pytest.mark.rule("V13", "V14")
@pytest.mark.parametrize("where", ELSEWHERE, ids=str)
def test_a_forged_call_is_refused_even_with_the_right_word(doors, where):
    """ASVS 3.5.1 to 3.5.3: where it comes from, as the browser tells it."""
    browser = doors.browse()
    forged = doors.call("DELETE", "/v1/session", **without_origin(browser), **where)
    assert (forged.status_code, forged.json["code"]) == (403, "csrf")
    assert ended(doors) == [False]


@pytest.mark.rule("V14")
@pytest.mark.parametrize("where", [OWN_PAGE, {"Sec_Fetch_Site": "none"}, OLD_BROWSER], ids=str)
def test_a_call_of_our_own_is_not(doors, where):
    browser = doors.browse()
    assert doors.call("DELETE", "/v1/session", **without_origin(browser), **where).status_code == 204


@pytest.mark.rule("V14")
def test_a_call_without_the_word_is_refused_and_so_is_one_with_anothers(doors):
    browser, bobs = doors.browse(), doors.browse(BOB)
    own = without(browser, "X_CSRF_Token")
    for word in ({}, {"X_CSRF_Token": ""}, {"X_CSRF_Token": "æ"}, {"X_CSRF_Token": bobs["X_CSRF_Token"]}):
        forged = doors.call(
            "DELETE", "/v1/session", **own, **{k: v.encode().decode("latin-1") for k, v in word.items()}
        )
        assert (forged.status_code, forged.json["code"]) == (403, "csrf")
    assert ended(doors) == [False, False]


@pytest.mark.parametrize("language", ["da", "en"])
def test_the_refusal_says_what_is_wrong(doors, language):
    answer = doors.call("DELETE", "/v1/session", **without(doors.browse(), "X_CSRF_Token"), Accept_Language=language)
    assert (
        answer.json["detail"]
        == {
            "da": "Kaldet kom ikke fra en af portalens egne sider.",
            "en": "The call came from no page of the portal.",
        }[language]
    )


@pytest.mark.rule("V14")
@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("csrf={}", 415),
        ("csrf=wrong", 403),
        ("csrf={0}&csrf={0}", 403),
        ("other={}", 403),
        ("csrf={}" + "x" * 2**20, 403),
    ],
)
def test_a_form_may_hold_the_word(doors, form, status):
    """A form with the word gets as far as the door, which takes JSON; one without it does not."""
    browser = doors.browse()
    sent = without(browser, "X_CSRF_Token") | {"Idempotency_Key": "k" * 16}
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    answer = doors.client.simulate_post(
        "/v1/clinics/nygade/requests/e_kons",
        body=form.format(browser["X_CSRF_Token"]),
        headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
    )
    assert answer.status_code == status


@pytest.mark.rule("V13")
@pytest.mark.parametrize("where", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}], ids=str)
@pytest.mark.parametrize("mode", [{}, {"Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}], ids=str)
def test_nothing_is_read_for_another_site(doors, where, mode):
    """ASVS 3.5.8: neither embedded there nor followed from there; reading notes that the patient has read."""
    browser = without_origin(doors.browse())
    answer = doors.call("GET", "/v1/me", **browser, **where, **mode)
    assert (answer.status_code, answer.json["code"]) == (403, "csrf")
    assert doors.call("GET", "/v1/me", **browser).status_code == 200


@pytest.mark.rule("V14", "V31")
@pytest.mark.parametrize("where", ELSEWHERE, ids=str)
def test_another_site_cannot_have_its_own_log_in_put_into_the_browser(doors, where):
    attempt = doors.begin(BOB).json["attempt"]
    answer = doors.complete(attempt, keep="cookie", **where)
    assert (answer.status_code, answer.json["code"]) == (403, "csrf")
    assert doors.house.rows(LOG_IN) == []
    assert doors.complete(attempt, keep="cookie", **OWN_PAGE).status_code == 200


def test_a_token_needs_no_such_proof(doors):
    """A browser never sends one by itself."""
    proof = doors.log_in()
    assert doors.call("DELETE", "/v1/session", **proof, Sec_Fetch_Site="cross-site").status_code == 204


@pytest.mark.rule("V31")
def test_a_cookies_token_is_no_bearers_token_and_the_other_way_round(doors):
    cookie, token = doors.browse()["Cookie"].partition("=")[2], doors.log_in()["Authorization"].removeprefix("Bearer ")
    as_bearer = doors.call("GET", "/v1/me", Authorization=f"Bearer {cookie}")
    as_cookie = doors.call("GET", "/v1/me", Cookie=f"{COOKIE}={token}", **OWN_PAGE)
    assert [each.json["code"] for each in (as_bearer, as_cookie)] == ["log_in_ended"] * 2


def test_a_call_shows_one_or_the_other(doors):
    browser, proof = doors.browse(), doors.log_in()
    both = doors.call("GET", "/v1/me", **browser, **proof)
    assert (both.status_code, both.json["code"]) == (401, "two_proofs")
    twice = doors.call("GET", "/v1/me", **(browser | {"Cookie": f"{browser['Cookie']}; {browser['Cookie']}x"}))
    assert (twice.status_code, twice.json["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/audit/requests"), ("GET", "/v1/clinic/settings"), ("GET", "/metrics")],
)
def test_a_cookie_opens_no_door_but_the_patients(sqlite_house, passwords, method, path):
    doors = PatientDoors(sqlite_house, passwords, public_url=HERE, production=True)
    assert doors.call(method, path, **doors.browse(ALICE)).status_code == 401
