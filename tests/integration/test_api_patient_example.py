"""The example client, run as its page says, against the doors on a real socket."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from identity.tokens import log_in_code
from storage.models import MESSAGE, REQUEST
from storage.registers import LOG_IN_ATTEMPT
from tests.patient_doors import PatientDoors
from tests.people import ALICE

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = Path(__file__).parents[2] / "examples" / "submit_e_kons.py"
PATIENCE = 30.0  # seconds
RUN = """
import getpass, runpy, sys
getpass.getpass = lambda _prompt: sys.stdin.readline().strip()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *_rest):
        """Say nothing."""


@pytest.fixture
def doors(sqlite_database, keyring, clock, new_id, passwords):
    return PatientDoors.over(sqlite_database, keyring, clock, new_id, passwords)


@pytest.fixture
def address(doors):
    with make_server("127.0.0.1", 0, doors.client.app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(PATIENCE)


def _until(look):
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


def _example(address, *rest):
    command = [sys.executable, "-u", "-c", RUN, str(EXAMPLE), address, "nygade", *rest]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def test_the_example_asks_and_prints_the_answer(doors, address):
    house = doors.house
    with _example(address, ALICE.digits, "May I take two?") as client:
        client.stdin.write(f"{ALICE.password}\n")
        client.stdin.flush()
        [attempt] = _until(lambda: house.rows(LOG_IN_ATTEMPT))
        client.stdin.write(f"{log_in_code(house.keyring, attempt.id)}\n")
        client.stdin.flush()
        # The clinic takes its time: once it has answered it promises nothing any more.
        sent = _until(lambda: next((line for line in client.stdout if "Sent." in line), None))
        [request] = house.rows(REQUEST)
        house.delivered(request.id)
        doors.doors.tell(request.id, "answer", message_id="M-1", text="One is enough.", watch_unread=True)
        out, wrong = client.communicate(timeout=PATIENCE)
    assert (client.returncode, wrong) == (0, "")
    assert sent == "Code from the mail: Sent. The clinic promises an answer by 2026-11-30.\n"
    assert out.splitlines()[-1] == "One is enough."
    assert all(row.read_at for row in house.rows(MESSAGE, MESSAGE.c.author == "clinician"))


def test_the_example_ends_with_the_portals_own_words_when_it_says_no(address):
    with _example(address, "3002801234", "Hello") as client:
        out, wrong = client.communicate(f"{ALICE.password}\n", timeout=PATIENCE)
    assert client.returncode == 1
    assert wrong.strip() == "Something in the body is wrong. The first six digits are not a date."
    assert out == ""


@pytest.mark.rule("APP-1")
def test_the_program_on_the_page_of_the_doors_runs_as_an_api_client(doors, address, tmp_path):
    program = tmp_path / "client.py"
    program.write_text(PAGE.read_text(encoding="utf-8").split("<!-- run by a test -->\n```python\n")[1].split("```")[0])
    known = {"PORTAL": address, "CLIENT_KEY": doors.app()["Client_Key"]}
    command = [sys.executable, str(program)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | known
    ) as client:
        client.stdin.write(f"{ALICE.digits}\n{ALICE.password}\n")
        client.stdin.flush()
        [attempt] = _until(lambda: doors.house.rows(LOG_IN_ATTEMPT))
        out, _ = client.communicate(f"{log_in_code(doors.house.keyring, attempt.id)}\n", timeout=PATIENCE)
    assert client.returncode == 0
    assert out.removeprefix("CPR: Password: Code: ").splitlines() == [
        "min_laege",
        "havnen e_kons renewal booking",
        "nygade e_kons renewal booking",
    ]
