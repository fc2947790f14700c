"""Every route has its action on the policy page, and every action its route; nobody but the one named gets in."""

from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from api.app import routes
from identity.keys import Keyring
from identity.passwords import Cost, Passwords
from identity.policy import POLICY, Who
from identity.slugs import RESERVED, is_slug
from storage.clinic_words import ClinicWords
from storage.database import Database
from storage.ledger import Ledger
from storage.log_ins import LogIns
from storage.submissions import Submissions
from tests.builders import SettableClock, counted_ids
from tests.toy_workflow import CATALOGUE_OF_FIVE
from workflows.catalogue import CATALOGUE

AUDIENCE = {
    Who.PATIENT: {"patient", "pages"},
    Who.CLINIC: {"clinic"},
    Who.AUDITOR: {"auditor", "pages"},
    Who.OPERATOR: {"operator", "pages"},
    Who.SCRAPER: {"operator"},
    Who.ANYONE: {"public", "patient", "auditor", "operator", "pages"},
}
OPEN = {
    ("GET", "/v1/calendars/{token}"),
    ("GET", "/"),
    ("GET", "/docs"),
    ("GET", "/docs/{name}"),
    ("GET", "/openapi.json"),
    ("GET", "/problems/{code}"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/pages/{name}"),
    ("GET", "/v1/clinics/{slug}"),
    ("POST", "/v1/session"),
    ("POST", "/v1/session/code"),
    ("POST", "/v1/session/passkey/options"),
    ("POST", "/v1/session/passkey"),
    ("GET", "/{slug}/activation"),
    ("POST", "/{slug}/activation"),
    ("GET", "/v1/session/mitid"),
    ("GET", "/v1/session/mitid/callback"),
    ("POST", "/v1/audit/session"),
    ("POST", "/v1/operator/session"),
    ("GET", "/{slug}/recovery"),
    ("POST", "/{slug}/recovery"),
    ("POST", "/v1/clinics/{slug}/enrolments"),
    ("POST", "/v1/enrolments/activate"),
    ("POST", "/v1/clinics/{slug}/recoveries"),
    ("POST", "/v1/recoveries/complete"),
    ("POST", "/v1/recoveries/dispute"),
    ("GET", "/{slug}/not-me"),
    ("POST", "/{slug}/not-me"),
    ("GET", "/assets/{version}/{name:path}"),
    ("GET", "/{slug}"),
    ("GET", "/{slug}/language"),
    ("GET", "/{slug}/help"),
    ("GET", "/{slug}/accessibility"),
    ("GET", "/{slug}/log-in"),
    ("POST", "/{slug}/log-in"),
    ("POST", "/{slug}/log-in/code"),
    ("GET", "/{slug}/enrol"),
    ("POST", "/{slug}/enrol"),
    ("GET", "/{slug}/recovery/new"),
    ("POST", "/{slug}/recovery/new"),
    ("GET", "/audit/log-in"),
    ("POST", "/audit/log-in"),
    ("GET", "/audit/language"),
    ("GET", "/operator/log-in"),
    ("POST", "/operator/log-in"),
    ("GET", "/operator/language"),
}
"""What anyone may call; a further row here is a decision."""


def table(tmp_path, catalogue=CATALOGUE):
    """Return the route table over an empty memory, which nobody asks."""
    clock, new_id = SettableClock(), counted_ids()
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}", clock)
    keyring, passwords = Keyring(bytes(range(32))), Passwords(Cost(time=1, memory_kib=8))
    ledger = Ledger(catalogue=catalogue, keyring=keyring, clock=clock, new_id=new_id, log="tests")
    settings = SimpleNamespace(production=False, public_url="http://localhost", trusted_proxies=(), metrics_token=None)
    services = SimpleNamespace(
        settings=settings,
        database=database,
        keyring=keyring,
        clock=clock,
        new_id=new_id,
        catalogue=catalogue,
        ledger=ledger,
        submissions=Submissions(database, ledger, new_id),
        words=ClinicWords(database, ledger, new_id),
        passwords=passwords,
        log_ins=LogIns(database, keyring, passwords, new_id),
        mitid=None,
    )
    return routes(services, CollectorRegistry())


@pytest.fixture
def rows(tmp_path):
    return table(tmp_path)


@pytest.mark.rule("V32")
def test_the_policy_page_and_the_route_table_name_the_same_actions(rows):
    assert {row.policy for row in rows} == set(POLICY)


def test_an_action_says_for_whom_it_is():
    """The first word of an action is who may: a slip between page and route would be read at once."""
    assert all(action.startswith(f"{who}.") for action, who in POLICY.items() if who is not Who.ANYONE)
    assert [action for action, who in POLICY.items() if who is Who.ANYONE] == ["public"]


def test_each_route_stands_in_the_document_under_those_who_may(rows):
    strays = [row.path for row in rows if row.contract.audience not in AUDIENCE[POLICY[row.policy]]]
    assert strays == []


def test_what_anyone_may_call_is_listed_here(rows):
    assert {(row.method, row.path) for row in rows if POLICY[row.policy] is Who.ANYONE} == OPEN


def test_no_clinic_can_be_called_what_an_address_begins_with(rows):
    begins = {row.path.split("/")[1] for row in rows} - {"", "{slug}", "openapi.json"}
    assert begins == RESERVED
    assert not any(is_slug(word) for word in (*RESERVED, "openapi.json", "Nygade", "", "1", "a" * 61))
    assert is_slug("nygade-2")


@pytest.mark.rule("V41")
def test_no_path_has_room_for_a_number_or_an_address(rows):
    assert {name for row in rows for name in row.variables} <= {
        "slug",
        "kind",
        "request",
        "thread",
        "about",
        "log_in",
        "trigger",
        "key",
        "name",
        "code",
        "factor",
        "row",
        "file",
        "upload",
        "announced",
        "token",  # of a calendar, which can show nothing else
        "version",
    }
    assert {name for row in rows if row.contract.query for name in row.contract.query.model_fields}.isdisjoint(
        {"cpr", "email", "password", "token", "text"},
    )


def test_a_fifth_request_type_has_its_doors_without_a_line_of_theirs(tmp_path):
    submit, tell = (
        next(row for row in table(tmp_path, CATALOGUE_OF_FIVE) if row.policy == action).contract.body.shapes
        for action in ("patient.request.submit", "clinic.request.tell")
    )
    assert "letter_request" in submit
    assert "letter_request" in tell["answer"]


def test_ids_of_requests_are_read_as_such(rows):
    """So that what is no UUID meets no query."""
    ids = {"request", "thread", "log_in"}
    assert all(row.path_variables()[name] == "uuid" for row in rows for name in ids & row.variables.keys())
