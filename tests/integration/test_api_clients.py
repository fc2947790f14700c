"""Apps and other programs: each has a key, a channel and scopes, and no log-in of one works under another's key."""

import pytest
from click.testing import CliRunner

from identity.policy import POLICY, SCOPES, UNSCOPED, Who, within
from identity.tokens import token_hash
from portal.client_commands import client as commands
from storage import api_clients
from storage.models import REQUEST
from storage.registers import API_CLIENT, LOG_IN
from tests.patient_doors import OWN_PAGE, PatientDoors
from tests.people import ALICE

READS = ("patient.request.read", "patient.me.read")


@pytest.fixture
def doors(house, passwords):
    return PatientDoors(house, passwords)


@pytest.fixture
def sqlite_doors(sqlite_house, passwords):
    return PatientDoors(sqlite_house, passwords)


def revoke(doors, name="Min Læge"):
    with doors.house.database.writing() as connection:
        api_clients.revoke(connection, name, doors.house.clock())


def ask(doors, proof):
    body = {"text": "May I have a word?"}
    return doors.call("POST", "/v1/clinics/nygade/requests/e_kons", body, Idempotency_Key="k" * 16, **proof)


@pytest.mark.rule("APP-1")
def test_an_apps_channel_stands_on_its_log_ins_and_on_what_it_submits(doors):
    proof = doors.log_in(**doors.app())
    this = doors.call("GET", "/v1/session", **proof).json
    assert (this["channel"], this["client"]) == ("min_laege", "Min Læge")
    assert ask(doors, proof).status_code == 202
    assert [row.channel for row in doors.house.rows(REQUEST)] == ["min_laege"]


@pytest.mark.rule("APP-1")
def test_an_apps_channel_stands_on_what_comes_without_a_log_in_too(doors):
    lost = {"cpr": ALICE.digits, "email": ALICE.email}
    for number, key in enumerate((doors.app(), {})):
        sent = {"Idempotency_Key": f"a-key-of-the-tests-{number}", **key}
        assert doors.call("POST", "/v1/clinics/nygade/recoveries", lost, **sent).status_code == 202
    assert sorted(row.channel for row in doors.house.rows(REQUEST)) == ["api", "min_laege"]


def test_an_apps_log_in_works_with_that_apps_key_only(doors):
    mine, others = doors.app(), doors.app(name="Another", channel="another")
    proof = doors.log_in(**mine)
    token, plain = {"Authorization": proof["Authorization"]}, doors.log_in()
    wrong = [token, token | others, token | {"Client_Key": "made-up"}, token | {"Client_Key": "no key"}, plain | mine]
    answers = [doors.call("GET", "/v1/me", **each) for each in wrong]
    assert [(each.status_code, each.json["code"]) for each in answers] == [(401, "client_key")] * 5
    assert [doors.call("GET", "/v1/me", **each).status_code for each in (proof, plain)] == [200, 200]


def test_a_key_that_is_unknown_or_revoked_opens_no_door_at_all(doors):
    key = doors.app()
    proof = doors.log_in(**key)
    revoke(doors)
    for sent in (key, {"Client_Key": "made-up"}):
        refused = [doors.begin(**sent), doors.complete("0193587e-2c00-7000-8000-0000000000aa", "000000", **sent)]
        refused.append(doors.call("GET", "/v1/clinics/nygade", **sent))
        assert [(each.status_code, each.json["code"]) for each in refused] == [(401, "client_key")] * 3
    assert doors.call("GET", "/v1/me", **proof).json["code"] == "log_in_ended"
    assert all(row.ended_at for row in doors.house.rows(LOG_IN))


def test_a_revoked_client_is_out_though_its_log_in_were_not_ended(doors):
    """Either bound alone holds: the log-in's end, and the look at the client in every call."""
    proof = doors.log_in(**doors.app())
    revoke(doors)
    with doors.house.database.writing() as connection:
        connection.execute(LOG_IN.update().values(ended_at=None))
    assert doors.call("GET", "/v1/me", **proof).json["code"] == "client_key"


def test_a_scope_that_was_not_given_is_missing_at_every_door(sqlite_doors):
    proof = sqlite_doors.log_in(**sqlite_doors.app(*READS))
    refused = ask(sqlite_doors, proof)
    assert (refused.status_code, refused.json["code"]) == (403, "client_scope")
    assert sqlite_doors.call("GET", "/v1/session/log-ins", **proof).json["code"] == "client_scope"
    assert sqlite_doors.house.rows(REQUEST) == []
    assert sqlite_doors.call("GET", "/v1/me", **proof).status_code == 200
    # Its own log-in it may always look at and end.
    assert sqlite_doors.call("GET", "/v1/session", **proof).status_code == 200
    assert sqlite_doors.call("DELETE", "/v1/session", **proof).status_code == 204


@pytest.mark.parametrize(("language", "words"), [("da", "Appen har ikke adgang"), ("en", "The app has no access")])
def test_the_refusal_is_said_in_both_languages(sqlite_doors, language, words):
    proof = sqlite_doors.log_in(**sqlite_doors.app(*READS))
    answer = sqlite_doors.call("GET", "/v1/session/log-ins", Accept_Language=language, **proof)
    assert words in answer.json["detail"]


def test_scopes_are_actions_of_patients_and_bound_nobody_without_a_client():
    assert {POLICY[action] for action in SCOPES} == {Who.PATIENT}
    assert set(SCOPES) | UNSCOPED == {action for action, who in POLICY.items() if who is Who.PATIENT}
    assert all(within(None, action) for action in SCOPES)
    assert not any(within(frozenset(), action) for action in SCOPES)


def test_a_client_gets_no_cookie(sqlite_doors):
    key = sqlite_doors.app()
    attempt = sqlite_doors.begin(**key).json["attempt"]
    refused = sqlite_doors.complete(attempt, keep="cookie", **key, **OWN_PAGE)
    assert (refused.status_code, refused.json["field"]) == (422, "/keep")
    assert sqlite_doors.complete(attempt, **key).status_code == 200


def test_a_cookie_does_not_take_a_clients_key_along(sqlite_doors):
    answer = sqlite_doors.call("GET", "/v1/me", **sqlite_doors.browse(), **sqlite_doors.app())
    assert answer.json["code"] == "client_key"


def test_the_key_is_not_stored_and_a_name_stands_for_one_client(doors):
    key = doors.app()["Client_Key"]
    [row] = doors.house.rows(API_CLIENT)
    assert row.key_hash == token_hash(key)
    assert doors.app()["Client_Key"] is None
    assert len(doors.house.rows(API_CLIENT)) == 1


class TestCommands:
    """`portal client`, as an operator types it."""

    @pytest.fixture
    def run(self, sqlite_doors):
        return lambda *words: CliRunner().invoke(commands, words, obj=lambda: sqlite_doors.doors.services)

    def test_a_client_is_added_listed_and_revoked(self, run, sqlite_doors):
        added = run("add", "Min Læge", "--channel", "min_laege", "--scope", READS[0], "--scope", READS[1])
        assert added.exit_code == 0
        proof = sqlite_doors.log_in(ALICE, Client_Key=added.output.strip())
        assert run("list").output == f"Min Læge  min_laege  in force  {' '.join(sorted(READS))}\n"
        assert added.output.strip() not in run("list").output
        assert run("revoke", "Min Læge").exit_code == 0
        assert "revoked 2026-11-23" in run("list").output
        assert sqlite_doors.call("GET", "/v1/me", **proof).status_code == 401

    @pytest.mark.parametrize(
        "words",
        [
            ("add", "An app", "--channel", "portal", "--scope", READS[0]),
            ("add", "An app", "--channel", "Min Læge", "--scope", READS[0]),
            ("add", "An app", "--channel", "app"),
            ("add", "An app", "--channel", "app", "--scope", "clinic.settings.change"),
            ("add", "An app", "--channel", "app", "--scope", "public"),
            ("revoke", "Nobody"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, run, sqlite_doors, words):
        assert run(*words).exit_code != 0
        assert sqlite_doors.house.rows(API_CLIENT) == []

    def test_a_name_is_used_once(self, run):
        words = ("add", "Min Læge", "--channel", "min_laege", "--scope", READS[0])
        assert [run(*words).exit_code for _ in range(2)] == [0, 1]
