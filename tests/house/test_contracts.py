"""The import contracts hold, and each is seen to be broken when it is broken on purpose."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import PYPROJECT, ROOMS, ROOT, python_files

LINT = Path(sys.executable).parent / "lint-imports"
CONTRACTS = [contract["id"] for contract in PYPROJECT["tool"]["importlinter"]["contracts"]]
# contract: the file that goes wrong, and the line that does it
BREACHES = {
    "floors": ("storage/outbox.py", "import api.shapes"),
    "pure": ("workflows/rights.py", "import random"),
    "mock-a-stranger": ("winplc_mock/store.py", "from workflows import vocabulary"),
    "mock-unknown": ("portal/settings.py", "import winplc_mock.store"),
    "sql": ("workers/loop.py", "import sqlalchemy"),
    "queue": ("api/health.py", "import redis"),
    "machine": ("workflows/catalogue.py", "from transitions import Machine"),
    "http": ("workers/winplc.py", "import falcon"),
    "sees-nothing": ("sanitising/images.py", "import identity.keys"),
    "strangers-files": ("api/health.py", "import pikepdf"),
}
MORE_BREACHES = [
    ("floors", "api/shapes.py", "import workers.queues"),
    ("floors", "workers/queues.py", "import api.shapes"),
    ("floors", "identity/keys.py", "import storage.columns"),
    ("floors", "evidence/leaf.py", "import workflows.facts"),
    ("pure", "evidence/chain.py", "import time"),
    ("queue", "storage/outbox.py", "import dramatiq"),
]


@pytest.fixture(scope="module")
def copied_house(tmp_path_factory):
    """A copy of the rooms that may be damaged."""
    copy = tmp_path_factory.mktemp("house")
    for path in python_files(*ROOMS):
        place = copy / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    shutil.copyfile(ROOT / "pyproject.toml", copy / "pyproject.toml")
    return copy


def lint(folder, *options):
    # The folder is both where the configuration lies and what comes first on the path.
    command = [LINT, "--no-cache", "--no-logo", *options]
    run = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout + run.stderr


def test_every_contract_is_broken_here_on_purpose():
    assert set(BREACHES) == set(CONTRACTS)
    assert len(CONTRACTS) == len(set(CONTRACTS))


def test_the_contracts_hold():
    code, said = lint(ROOT)
    assert code == 0, said
    assert f"{len(CONTRACTS)} kept, 0 broken" in said


@pytest.mark.parametrize(
    ("contract", "file", "line"), [(key, *breach) for key, breach in BREACHES.items()] + MORE_BREACHES
)
def test_a_breach_is_caught(copied_house, contract, file, line):
    broken = copied_house / file
    sound = broken.read_text(encoding="utf-8")
    whole, said = lint(copied_house, "--contract", contract)
    assert whole == 0, said
    broken.write_text(f"{sound}\n{line}\n", encoding="utf-8")
    try:
        code, said = lint(copied_house, "--contract", contract)
    finally:
        broken.write_text(sound, encoding="utf-8")
    assert code == 1, said
    assert "BROKEN" in said
    module = file.removesuffix(".py").replace("/", ".")
    assert module in said
