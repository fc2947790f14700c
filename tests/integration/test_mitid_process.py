"""The mock broker as a process: it says where it is, names a taken port, and stays away from production."""

import json
import os
import signal
import subprocess
import sys
from urllib.request import urlopen

import pytest

from portal.demo_data import PATIENTS
from portal.mitid_broker import MitIdBroker, demo_identities
from portal.settings import Settings
from portal.wiring import build_doors
from tests.database_servers import free_port

COMMAND = [sys.executable, "-m", "portal.mitid_broker"]
SAFE = {
    "PORTAL_PRODUCTION": "true",
    "PORTAL_DATABASE_URL": "postgresql+psycopg://portal@/portal",
    "PORTAL_REDIS_URL": "redis://127.0.0.1:6379/0",
    "PORTAL_PUBLIC_URL": "https://portal.clinic.example",
    "PORTAL_SMTP_STARTTLS": "required",
    "PORTAL_MAIL_FROM": "portal@clinic.dk",
}


def ended(**settings):
    return subprocess.run(
        COMMAND, env={**os.environ, **settings}, capture_output=True, text=True, timeout=30, check=False
    )


def test_the_process_says_where_it_is_and_ends_when_told():
    port = free_port()
    environment = {**os.environ, "PORTAL_MITID_PORT": str(port)}
    process = subprocess.Popen(COMMAND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = process.stdout.readline()
    with urlopen(f"http://127.0.0.1:{port}/.well-known/openid-configuration", timeout=10) as reply:
        assert json.load(reply)["issuer"] == f"http://localhost:{port}"
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert f"http://localhost:{port}" in said
    assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_named_with_its_setting():
    with MitIdBroker(demo_identities(), "http://localhost:8000") as broker:
        taken = broker.issuer.rpartition(":")[2]
        process = ended(PORTAL_MITID_PORT=taken)
    assert process.returncode == 1
    assert "PORTAL_MITID_PORT" in process.stderr


@pytest.mark.rule("V30")
def test_the_mock_does_not_run_in_production():
    process = ended(**SAFE)
    assert process.returncode == 1
    assert "production" in process.stderr


def test_everybody_of_the_demonstration_has_mitid_there_under_a_name_of_their_own():
    known = demo_identities()
    assert [each.cpr for each in known] == [patient.cpr for patient in PATIENTS]
    assert len({each.subject for each in known}) == len(PATIENTS)
    assert not any(each.cpr in each.subject for each in known)


def test_the_api_is_wired_to_the_broker_of_the_settings(tmp_path):
    key, secret = tmp_path / "master.key", tmp_path / "mitid-secret"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    secret.write_text("whisper\n")
    plain = {"_env_file": None, "data_dir": tmp_path, "key_file": key}
    assert build_doors(Settings(**plain)).mitid is None
    named = {"mitid_issuer": "https://broker.example/op", "mitid_client_id": "portal", "mitid_broker": "criipto"}
    services = build_doors(Settings(**plain, **named, mitid_client_secret_file=secret))
    client = services.mitid._client
    assert (client.secret, client.redirect_uri) == ("whisper", "http://localhost:8000/v1/session/mitid/callback")
    assert client.dialect.level == "loA"
