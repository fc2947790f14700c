"""The seed and the command line: what cannot be right is said, and never with a patient's number."""

import json
import os
import signal
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import urllib3

from tests.unit.mock_clinic import EXAMPLE, IDA
from winplc_mock.refusals import RefusedError
from winplc_mock.seed import read_seed

ROOT = Path(__file__).parents[2]


def test_the_example_seed_is_readable():
    seed = read_seed(json.dumps(EXAMPLE))
    assert [clinic.slug for clinic in seed.clinics] == ["nygade", "havnen"]
    assert [len(clinic.secrets.to_portal) for clinic in seed.clinics] == [1, 1]


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("secrets", "to_portal"), "whsec_short", "secrets.to_portal"),
        (("secrets", "from_portal"), [], "secrets.from_portal"),
        (("staff",), [], "staff"),
        (("slug",), "Nygade 1", "slug"),
        (("surprise",), 1, "surprise"),
        (("patients", 0, "cpr"), IDA + "0", "patients.0.cpr"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(place, value, said):
    changed = deepcopy(EXAMPLE)
    target = changed["clinics"][0]
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = value
    with pytest.raises(RefusedError) as refused:
        read_seed(json.dumps(changed))
    assert f"clinics.0.{said}" in refused.value.detail
    assert IDA not in refused.value.detail


def started(tmp_path, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "winplc_mock"],
        cwd=ROOT,
        env=os.environ | {"WINPLC_MOCK_DATABASE": str(tmp_path / "winplc.sqlite3")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_serves_until_it_is_told_to_end(tmp_path):
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(EXAMPLE), encoding="utf-8")
    with started(tmp_path, WINPLC_MOCK_PORT="0", WINPLC_MOCK_SEED=str(seed), WINPLC_MOCK_ROBOT="1.5") as process:
        address = process.stdout.readline().split()[-1]
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            assert pool.request("GET", f"{address}/health/live").status == 200
            assert pool.request("GET", f"{address}/control/robot").json()["delays"] == {"nygade": 1.5, "havnen": 1.5}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""
    assert (tmp_path / "winplc.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("environment", [{"WINPLC_MOCK_ROBOT": "soon"}, {"WINPLC_MOCK_ROBOT": "-1"}])
def test_a_setting_that_makes_no_sense_ends_the_start(tmp_path, environment):
    with started(tmp_path, **environment) as process:
        assert process.wait(timeout=10) == 2
        assert "off" in process.stderr.read()


def test_a_seed_that_makes_no_sense_ends_the_start(tmp_path):
    seed = tmp_path / "seed.json"
    seed.write_text('{"clinics": [{}]}', encoding="utf-8")
    with started(tmp_path, WINPLC_MOCK_SEED=str(seed)) as process:
        assert process.wait(timeout=10) == 2
        assert "clinics.0.slug: missing" in process.stderr.read()
