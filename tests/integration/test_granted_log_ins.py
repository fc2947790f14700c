"""Auditors and operators: a grant is a token and an app; together they give a short log-in, alone they give nothing."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from identity.policy import Who
from portal import cli
from portal.grants import add_operator, grant, revoke
from storage.grant_log_ins import TRIES, TRIES_WINDOW
from storage.grant_registers import AUDITOR, GRANT_LOG_IN, OPERATOR
from storage.registers import ACCESS
from tests.app_codes import AuthenticatorApp
from tests.knocking import Doors

WEEK = timedelta(days=7)
LOOK = {"auditor": "/v1/audit/requests?purpose=test", "operator": "/v1/operator/parked"}
SESSION = {"auditor": "/v1/audit/session", "operator": "/v1/operator/session"}
HALF_A_MINUTE = 30


@pytest.fixture
def doors(house, passwords):
    return Doors.of(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_house, passwords):
    return Doors.of(sqlite_house, passwords)


def granted(doors, kind):
    """Grant as the command line does; return the grant and its app."""
    if kind == "auditor":
        made = grant(doors.console, "Revisor", ("nygade",), date(2026, 1, 1), date(2026, 12, 31), WEEK)
    else:
        made = add_operator(doors.console, "Drift", WEEK)
    return made, AuthenticatorApp(made.secret, doors.house.clock)


def knock(doors, method, path, token=None, **body):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return doors.client.simulate_request(method, path, json=body or None, headers=headers)


def begin(doors, kind, token, code):
    return knock(doors, "POST", SESSION[kind], token, code=code)


def look(doors, kind, token):
    return knock(doors, "GET", LOOK[kind], token)


each_kind = pytest.mark.parametrize("kind", ["auditor", "operator"])


@each_kind
@pytest.mark.rule("V23", "V31")
def test_a_grant_and_a_code_of_its_app_open_the_doors_and_neither_does_alone(doors, kind):
    made, app = granted(doors, kind)
    assert look(doors, kind, made.token).status_code == 401, "the grant's token is no log-in"
    assert knock(doors, "POST", SESSION[kind], code=app.code()).json["code"] == "unauthenticated"
    assert begin(doors, kind, made.token, app.wrong()).json["code"] == "grant_wrong"
    assert begin(doors, kind, "x" * 43, app.code()).json["code"] == "grant_wrong"

    answer = begin(doors, kind, made.token, app.code())
    assert (answer.status_code, answer.json["idle_seconds"]) == (200, 1800)
    token = answer.json["token"]
    assert look(doors, kind, token).status_code == 200
    noted = doors.house.rows(ACCESS, ACCESS.c.act == f"{kind}.session.begin")
    assert sorted(row.outcome for row in noted) == ["ok", "refused"]
    assert {row.actor for row in noted} == {str(made.id)}

    assert knock(doors, "DELETE", SESSION[kind], token).status_code == 204
    assert look(doors, kind, token).json["code"] == "log_in_ended"


@pytest.mark.rule("V32")
def test_one_kinds_log_in_opens_nothing_of_the_other(sqlite_doors):
    tokens = {}
    for kind in ("auditor", "operator"):
        made, app = granted(sqlite_doors, kind)
        tokens[kind] = begin(sqlite_doors, kind, made.token, app.code()).json["token"]
    assert look(sqlite_doors, "auditor", tokens["operator"]).status_code == 403
    assert look(sqlite_doors, "operator", tokens["auditor"]).status_code == 403
    made, app = granted(sqlite_doors, "auditor")
    assert begin(sqlite_doors, "operator", made.token, app.code()).status_code == 401


@each_kind
@pytest.mark.rule("V28")
def test_a_code_of_a_grants_app_is_taken_once_and_in_its_time(sqlite_doors, kind):
    made, app = granted(sqlite_doors, kind)
    code = app.code()
    assert begin(sqlite_doors, kind, made.token, code).status_code == 200
    assert begin(sqlite_doors, kind, made.token, code).status_code == 401
    sqlite_doors.house.clock.tick(HALF_A_MINUTE)
    assert begin(sqlite_doors, kind, made.token, code).status_code == 401
    assert begin(sqlite_doors, kind, made.token, app.code(2)).status_code == 401
    assert begin(sqlite_doors, kind, made.token, app.code()).status_code == 200


@each_kind
@pytest.mark.rule("V28", "V44")
def test_of_those_who_log_in_with_one_code_at_the_same_moment_one_gets_in(doors, kind, at_once, monkeypatch):
    monkeypatch.setattr("storage.grant_log_ins.count_up", lambda *_: 0)  # so that no counter puts them in a row
    made, app = granted(doors, kind)
    code = app.code()
    statuses = at_once([lambda: begin(doors, kind, made.token, code).status_code] * 4)
    assert sorted(statuses) == [200, 401, 401, 401]


@pytest.mark.rule("V22")
def test_codes_of_a_grant_are_guessed_a_few_times_only(sqlite_doors):
    made, app = granted(sqlite_doors, "auditor")
    assert {begin(sqlite_doors, "auditor", made.token, app.wrong()).status_code for _ in range(TRIES)} == {401}
    assert begin(sqlite_doors, "auditor", made.token, app.code()).status_code == 401
    sqlite_doors.house.clock.now += TRIES_WINDOW
    assert begin(sqlite_doors, "auditor", made.token, app.code()).status_code == 200


@each_kind
@pytest.mark.rule("V31")
def test_a_log_in_ends_unused_after_twelve_hours_and_with_its_grant(sqlite_doors, kind):
    clock, (made, app) = sqlite_doors.house.clock, granted(sqlite_doors, kind)
    idle = begin(sqlite_doors, kind, made.token, app.code()).json["token"]
    clock.tick(30 * 60)
    assert look(sqlite_doors, kind, idle).status_code == 401

    long = begin(sqlite_doors, kind, made.token, app.code()).json["token"]
    for _ in range(47):
        clock.tick(15 * 60)
        assert look(sqlite_doors, kind, long).status_code == 200
    clock.tick(15 * 60)
    assert look(sqlite_doors, kind, long).status_code == 401

    last = begin(sqlite_doors, kind, made.token, app.code()).json["token"]
    assert revoke(sqlite_doors.services, Who(kind), made.id).endswith("revoked")
    assert look(sqlite_doors, kind, last).status_code == 401
    clock.tick(HALF_A_MINUTE)
    assert begin(sqlite_doors, kind, made.token, app.code()).status_code == 401


@each_kind
def test_a_grant_has_its_time(sqlite_doors, kind):
    made, app = granted(sqlite_doors, kind)
    sqlite_doors.house.clock.now += WEEK - timedelta(minutes=1)
    token = begin(sqlite_doors, kind, made.token, app.code()).json["token"]
    sqlite_doors.house.clock.tick(60)
    assert look(sqlite_doors, kind, token).status_code == 401
    assert begin(sqlite_doors, kind, made.token, app.code()).status_code == 401


@each_kind
@pytest.mark.rule("V31", "V38")
def test_neither_token_nor_secret_is_stored_in_clear(doors, kind):
    made, app = granted(doors, kind)
    token = begin(doors, kind, made.token, app.code()).json["token"]
    held = repr([*doors.house.rows(AUDITOR), *doors.house.rows(OPERATOR), *doors.house.rows(GRANT_LOG_IN)])
    for secret in (made.token, made.secret, token):
        assert secret not in held
        assert secret not in repr(made)


def test_a_grant_from_before_there_were_apps_opens_nothing(sqlite_doors):
    made, app = granted(sqlite_doors, "auditor")
    with sqlite_doors.house.database.writing() as connection:
        connection.execute(AUDITOR.update().values(app_sealed=None))
    assert begin(sqlite_doors, "auditor", made.token, app.code()).status_code == 401


def test_the_command_line_shows_a_grant_once_lists_and_revokes_it(sqlite_doors, monkeypatch):
    monkeypatch.setattr(cli, "_services", lambda: sqlite_doors.services)
    run = CliRunner()
    days = ["--from", "2026-01-01", "--to", "2026-12-31"]
    shown = run.invoke(cli.main, ["auditor", "grant", "Revisor", "--clinic", "nygade", *days])
    token, uri = shown.stdout.split()
    app = AuthenticatorApp(uri.partition("secret=")[2].partition("&")[0], sqlite_doors.house.clock)
    assert begin(sqlite_doors, "auditor", token, app.code()).status_code == 200
    assert run.invoke(cli.main, ["operator", "add", "Drift"]).exit_code == 0
    for kind in ("auditor", "operator"):
        (line,) = run.invoke(cli.main, [kind, "list"]).stdout.splitlines()
        identifier, state = line.split()[:2]
        assert state == "stands"
        assert run.invoke(cli.main, [kind, "revoke", identifier]).exit_code == 0
        assert " revoked " in run.invoke(cli.main, [kind, "list"]).stdout
        assert run.invoke(cli.main, [kind, "revoke", identifier]).exit_code == 1
