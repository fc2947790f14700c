"""An authenticator app: set up by its owner, told by mail, asked for instead of a mailed code, each code once."""

from datetime import timedelta

import pytest

from storage.authenticators import TRIES_A_DAY
from storage.factor_registers import SECOND_FACTOR
from storage.parcels import Parcels
from storage.registers import ACCESS, LOG_IN
from storage.second_factors import FRESH, MOST_FACTORS
from tests.app_codes import AuthenticatorApp
from tests.patient_doors import PatientDoors
from tests.people import ALICE, BOB
from workflows.catalogue import CATALOGUE

LABEL = "Telefonen i køkkenet"


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


def started(doors, who=ALICE, label=LABEL):
    answer = doors.post("/v1/me/factors/totp", {"label": label}, who)
    assert answer.status_code == 201, answer.json
    return answer.json["id"], AuthenticatorApp(answer.json["secret"], doors.house.clock)


def confirmed(doors, factor, code, who=ALICE):
    return doors.post(f"/v1/me/factors/totp/{factor}/confirm", {"code": code}, who)


def set_up(doors, who=ALICE):
    """Set an app up and let half a minute pass, so that its next code is a new one."""
    factor, app = started(doors, who)
    assert confirmed(doors, factor, app.code(), who).status_code == 204
    doors.house.clock.tick(30)
    return factor, app


def entered(doors, code, who=ALICE, **changes):
    return doors.complete(doors.begin(who, **changes).json["attempt"], code)


def mailed(doors, letter):
    return doors.house.to_be_mailed(letter)


@pytest.mark.rule("LOG-1", "V23", "V24")
def test_an_app_is_set_up_confirmed_told_and_listed(doors):
    answer = doors.post("/v1/me/factors/totp", {"label": LABEL})
    assert answer.json["uri"].startswith("otpauth://totp/Patientportal:")
    assert f"secret={answer.json['secret']}" in answer.json["uri"]
    assert len(answer.json["secret"]) == 32
    assert doors.get("/v1/me/factors").json == {"factors": []}

    app = AuthenticatorApp(answer.json["secret"], doors.house.clock)
    assert confirmed(doors, answer.json["id"], app.code()).status_code == 204
    (shown,) = doors.get("/v1/me/factors").json["factors"]
    assert (shown["id"], shown["kind"], shown["label"]) == (answer.json["id"], "totp", LABEL)
    assert answer.json["secret"] not in doors.get("/v1/me/factors").text

    (row,) = mailed(doors, "factor_added")
    _, letter = doors.house.worker.claim(row.id, Parcels(doors.house.keyring, CATALOGUE, doors.house.clock).letter)
    assert (letter.address, letter.code, letter.token, letter.tells) == (ALICE.email, None, None, False)
    (seen,) = doors.house.rows(ACCESS, ACCESS.c.act == "patient.factor.change")
    assert (seen.actor_kind, seen.actor) == ("patient", str(doors.house.people[ALICE]))


@pytest.mark.rule("LOG-2", "V23", "V25")
def test_who_has_an_app_is_asked_for_its_code_and_gets_none_by_mail(doors):
    _, app = set_up(doors)
    attempt = doors.begin().json["attempt"]
    assert mailed(doors, "login_code") == []
    assert doors.complete(attempt).json["code"] == "code_wrong"  # the code that would have been mailed
    answer = doors.complete(attempt, app.code())
    assert (answer.status_code, answer.json["better_factor_offered"]) == (200, False)
    assert {row.auth for row in doors.house.rows(LOG_IN)} == {"password+code", "password+totp"}
    assert doors.call("GET", "/v1/me", Authorization=f"Bearer {answer.json['token']}").status_code == 200


@pytest.mark.rule("LOG-1", "V25")
def test_who_came_in_by_a_mailed_code_is_offered_something_better(doors):
    answer = doors.complete(doors.begin().json["attempt"])
    assert answer.json["better_factor_offered"] is True


@pytest.mark.rule("LOG-2", "V25")
def test_a_clinic_without_mailed_codes_mails_none(sqlite_doors):
    sqlite_doors.house.settings(mailed_codes=False)
    attempt = sqlite_doors.begin().json["attempt"]
    assert mailed(sqlite_doors, "login_code") == []
    assert sqlite_doors.complete(attempt).status_code == 401
    assert sqlite_doors.complete(sqlite_doors.begin(clinic="havnen").json["attempt"]).status_code == 200


@pytest.mark.rule("V28", "V29")
def test_a_code_of_the_app_is_taken_once_and_not_in_the_next_attempt(doors):
    _, app = set_up(doors)
    code = app.code()
    assert entered(doors, code).status_code == 200
    assert entered(doors, code).status_code == 401
    doors.house.clock.tick(30)
    assert entered(doors, code).status_code == 401
    assert entered(doors, app.code()).status_code == 200


@pytest.mark.rule("V28", "V44")
def test_of_those_who_show_one_code_at_the_same_moment_one_comes_in(doors, at_once):
    _, app = set_up(doors)
    attempt, code = doors.begin().json["attempt"], app.code()
    answers = at_once([lambda: doors.complete(attempt, code).status_code] * 5)
    assert sorted(answers) == [200, 401, 401, 401, 401]


@pytest.mark.rule("V28", "V44")
def test_of_proofs_and_a_log_in_with_one_code_at_the_same_moment_one_succeeds(doors, at_once, monkeypatch):
    """Also where no counter of tries lets them come one after the other."""
    monkeypatch.setattr("storage.authenticators._count", lambda *_: 0)
    _, app = set_up(doors)
    attempt, code = doors.begin().json["attempt"], app.code()
    doors.doors.patient(ALICE)
    proofs = [lambda: doors.post("/v1/me/factors/totp/proof", {"code": code}).status_code] * 3
    answers = at_once([*proofs, lambda: doors.complete(attempt, code).status_code])
    assert len([status for status in answers if status in {200, 204}]) == 1


@pytest.mark.rule("V28")
@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_clock_may_be_half_a_minute_off(sqlite_doors, steps, status):
    _, app = set_up(sqlite_doors)
    sqlite_doors.house.clock.tick(300)
    assert entered(sqlite_doors, app.code(steps)).status_code == status


@pytest.mark.rule("V28")
def test_an_older_code_is_not_taken_after_a_newer_one(sqlite_doors):
    _, app = set_up(sqlite_doors)
    sqlite_doors.house.clock.tick(300)
    assert entered(sqlite_doors, app.code(1)).status_code == 200
    assert entered(sqlite_doors, app.code(0)).status_code == 401


@pytest.mark.rule("V22", "V29")
def test_codes_of_an_app_are_guessed_a_few_times_only(sqlite_doors):
    _, app = set_up(sqlite_doors)
    attempt = sqlite_doors.begin().json["attempt"]
    assert [sqlite_doors.complete(attempt, app.wrong()).status_code for _ in range(5)] == [401] * 5
    assert sqlite_doors.complete(attempt, app.code()).status_code == 401
    for _ in range(TRIES_A_DAY - 6):
        refused = sqlite_doors.post("/v1/me/factors/totp/proof", {"code": app.wrong()})
        assert (refused.status_code, refused.json["field"]) == (422, "/code")
    assert entered(sqlite_doors, app.code()).status_code == 401
    sqlite_doors.house.clock.now += timedelta(days=1)
    assert entered(sqlite_doors, app.code()).status_code == 200


@pytest.mark.rule("V25", "V29")
def test_a_code_mailed_before_there_was_an_app_opens_nothing_after(doors):
    attempt = doors.begin().json["attempt"]
    set_up(doors)
    assert doors.complete(attempt).status_code == 401


@pytest.mark.rule("V25")
def test_a_mailed_code_loses_to_a_factor_that_came_in_between(sqlite_doors, monkeypatch):
    """Also where the attempt itself was stored after those that stood were ended."""
    monkeypatch.setattr("storage.authenticators.end_attempts", lambda *_: None)
    attempt = sqlite_doors.begin().json["attempt"]
    set_up(sqlite_doors)
    assert sqlite_doors.complete(attempt).status_code == 401


def test_an_app_that_is_not_confirmed_changes_nothing(sqlite_doors):
    factor, app = started(sqlite_doors)
    assert confirmed(sqlite_doors, factor, app.wrong()).json["errors"][0]["code"] == "code_wrong"
    assert entered(sqlite_doors, None).status_code == 200
    assert entered(sqlite_doors, app.code()).status_code == 401
    other, _ = started(sqlite_doors)
    assert confirmed(sqlite_doors, factor, app.code()).status_code == 404, "the newer one takes its place"
    sqlite_doors.house.clock.tick(15 * 60)
    assert confirmed(sqlite_doors, other, app.code()).status_code == 404, "it has waited too long"
    assert mailed(sqlite_doors, "factor_added") == []


@pytest.mark.rule("V24", "V31")
def test_a_factor_is_ended_by_a_fresh_log_in_or_a_code_of_it(doors):
    factor, app = set_up(doors)
    doors.house.clock.now += FRESH + timedelta(seconds=1)
    refused = doors.call("DELETE", f"/v1/me/factors/{factor}", who=ALICE)
    assert (refused.status_code, refused.json["code"]) == (401, "log_in_not_fresh")
    assert doors.post("/v1/me/factors/totp", {"label": LABEL}).json["code"] == "log_in_not_fresh"
    assert doors.post("/v1/me/factors/totp/proof", {"code": app.wrong()}).status_code == 422
    assert doors.call("DELETE", f"/v1/me/factors/{factor}", who=ALICE).status_code == 401
    assert doors.post("/v1/me/factors/totp/proof", {"code": app.code()}).status_code == 204
    assert doors.call("DELETE", f"/v1/me/factors/{factor}", who=ALICE).status_code == 204
    assert doors.get("/v1/me/factors").json == {"factors": []}
    assert len(mailed(doors, "factor_removed")) == 1
    (row,) = doors.house.rows(SECOND_FACTOR)
    assert row.sealed is None
    assert entered(doors, None).status_code == 200, "a mailed code serves again"


@pytest.mark.rule("V32")
def test_another_persons_factor_is_not_there(sqlite_doors):
    factor, app = started(sqlite_doors)
    assert confirmed(sqlite_doors, factor, app.code(), BOB).status_code == 404
    assert confirmed(sqlite_doors, factor, app.code()).status_code == 204
    assert sqlite_doors.call("DELETE", f"/v1/me/factors/{factor}", who=BOB).status_code == 404
    assert sqlite_doors.get("/v1/me/factors", BOB).json == {"factors": []}
    sqlite_doors.house.clock.tick(30)
    set_up(sqlite_doors, BOB)
    assert entered(sqlite_doors, app.code(), BOB).status_code == 401


def test_there_is_room_for_a_few_factors(sqlite_doors):
    for _ in range(MOST_FACTORS):
        set_up(sqlite_doors)
    full = sqlite_doors.post("/v1/me/factors/totp", {"label": LABEL})
    assert (full.status_code, full.json["code"]) == (409, "already_enough")


def test_neither_secret_nor_label_is_stored_in_clear(doors):
    _, app = set_up(doors)
    held = repr(doors.house.rows(SECOND_FACTOR))
    assert app.secret not in held
    assert "køkkenet" not in held


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "/label"), ({"label": " "}, "/label"), ({"label": "x" * 61}, "/label"), ({"label": "x", "a": 1}, "/a")],
)
def test_a_set_up_of_another_shape_stores_nothing(sqlite_doors, body, field):
    answer = sqlite_doors.post("/v1/me/factors/totp", body)
    assert (answer.status_code, answer.json["field"]) == (422, field)
    assert sqlite_doors.house.rows(SECOND_FACTOR) == []
