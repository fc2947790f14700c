"""Logging in against an OpenID provider that others wrote: its readings of the standards are not ours."""

import re
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import urllib3

from storage.registers import LOG_IN
from tests.database_servers import free_port
from tests.mitid_browser import Browser, back_from, doors_with
from tests.people import ALICE, BOB

CLAIMS = (
    f'{{"sub":"alice","cpr":"{ALICE.digits}","loa":"substantial","acr":"high"}}',
    f'{{"sub":"bob","cpr":"{BOB.digits}","acr":"high"}}',
)


@pytest.fixture
def stranger():
    """The provider as a process of its own; the address by which it is known."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    for claims in CLAIMS:
        command += ["--user-claims", claims]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    heard = next((line for line in process.stdout if re.search(r"running on|listening", line, re.IGNORECASE)), "")
    assert heard, "the provider never spoke"
    yield f"http://localhost:{port}"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


@pytest.fixture
def doors(sqlite_house, passwords, stranger):
    # The stranger knows no other clock.
    sqlite_house.clock.now = datetime.now(UTC)
    return doors_with(sqlite_house, passwords, stranger, secret="any secret is fine")


def choose(address, who):
    """Fill in the stranger's form; return what it sends the browser back with."""
    http = urllib3.PoolManager(retries=False, timeout=10)
    assert b'name="sub"' in http.request("GET", address).data
    reply = http.request_encode_body("POST", address, fields={"sub": who}, encode_multipart=False, redirect=False)
    http.clear()
    return back_from(reply)


@pytest.mark.rule("LOG-1")
def test_a_provider_of_others_lets_a_patient_in(doors):
    browser = Browser(doors)
    for _first_and_again in range(2):
        answer = browser.complete(choose(browser.begin().headers["location"], "alice"))
        assert answer.status_code == 200, answer.text
    rows = doors.house.rows(LOG_IN)
    assert {(row.person_id, row.auth, row.loa) for row in rows} == {(doors.house.people[ALICE], "mitid", "substantial")}


@pytest.mark.rule("LOG-1")
def test_whom_it_does_not_vouch_for_enough_stays_out(doors):
    browser = Browser(doors)
    answer = browser.complete(choose(browser.begin().headers["location"], "bob"))
    assert (answer.status_code, answer.json["code"]) == (401, "mitid_level")
    assert doors.house.rows(LOG_IN) == []
    used = choose(browser.begin().headers["location"], "alice")
    assert browser.complete(used).status_code == 200
    assert browser.complete(used).status_code == 401
