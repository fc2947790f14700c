"""The commands of the README: every one is explained, an unfit Python is told apart, a bare machine is helped."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from portal.data_lock import lock_folder

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROMISED = {"setup", "run", "test", "test-long", "check", "bench", "reset", "lock", "clean", "help"}
OLD_PYTHON = "#!/bin/sh\nexit 1\n"
PYTHON_WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\n'

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def bare(tmp_path):
    """A folder with our Makefile, and a PATH that holds nothing but make, a shell and what is added."""
    (tmp_path / "requirements").mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements/build.txt", "requirements/run.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh", "bash", "awk", "dirname"):
        (programs / name).symlink_to(shutil.which(name))
    return tmp_path


def program(bare, name, text):
    path = bare / "bin" / name
    path.write_text(text)
    path.chmod(0o755)


def run(bare, *command):
    environment = {"PATH": str(bare / "bin"), "HOME": str(bare)}
    return subprocess.run(command, check=False, cwd=bare, env=environment, capture_output=True, text=True)


def test_make_alone_explains_every_target(bare):
    told = run(bare, "make")
    assert told.returncode == 0, told.stderr
    explained = set(re.findall(r"^  make ([a-z-]+) +\S", told.stdout, re.MULTILINE))
    declared = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())
    assert explained == declared == PROMISED


@pytest.mark.parametrize("python", [None, OLD_PYTHON])
def test_without_a_new_enough_python_setup_says_so(bare, python):
    if python:
        program(bare, "python3", python)
    ended = run(bare, "make", "setup")
    assert ended.returncode != 0
    assert "Python 3.11 or later is needed" in ended.stderr
    assert "none is on PATH" in ended.stderr


def test_a_named_python_that_is_too_old_is_named(bare):
    program(bare, "ancient", OLD_PYTHON)
    ended = run(bare, "make", "setup", "PYTHON=ancient")
    assert ended.returncode != 0
    assert "ancient is not one" in ended.stderr


def test_a_python_that_cannot_make_environments_says_what_to_install(bare):
    program(bare, "python3", PYTHON_WITHOUT_VENV)
    ended = run(bare, "make", "setup")
    assert ended.returncode != 0
    assert "apt-get install python3-venv" in ended.stderr


def test_an_empty_shim_is_passed_over_for_a_python_that_works(bare):
    program(bare, "python3.13", OLD_PYTHON)
    program(bare, "python3", '#!/bin/sh\ncase "$*" in *"-m venv"*) echo "venv by python3" >&2; exit 7;; esac\n')
    ended = run(bare, "make", "setup")
    assert "venv by python3" in ended.stderr
    assert not (bare / ".venv" / "run.stamp").exists()


def test_reset_wipes_the_data_but_never_under_a_running_stack(bare):
    (bare / "bin" / "rm").symlink_to(shutil.which("rm"))
    (bare / ".venv" / "bin").mkdir(parents=True)
    program(bare, "../.venv/bin/python", f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"\n')
    (bare / "var").mkdir()
    with lock_folder(bare / "var"):
        refused = run(bare, "make", "reset")
    assert refused.returncode != 0
    assert "another stack works in var" in refused.stderr
    assert (bare / "var").exists()
    assert run(bare, "make", "reset").returncode == 0
    assert not (bare / "var").exists()


def test_every_package_of_the_locks_is_held_by_a_hash():
    for name in ("build", "run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        packages = re.findall(r"^[a-z0-9][^ ]*==.*(?:\n    .*)*", text, re.MULTILINE)
        assert packages
        assert all("--hash=sha256:" in package for package in packages)


def test_the_gate_installs_what_is_lacking_and_forbids_skips(bare):
    gate = bare / ".ci" / "run"
    gate.parent.mkdir()
    shutil.copy(ROOT / ".ci" / "run", gate)
    assert os.access(gate, os.X_OK)
    said = '#!/bin/sh\necho "{name} $* skips=$PORTAL_NO_SKIPS"\n'
    (bare / "bin" / "make").unlink()
    for name in ("make", "apt-get"):
        program(bare, name, said.format(name=name))
    program(bare, "id", "#!/bin/sh\necho 0\n")
    program(bare, "python3", PYTHON_WITHOUT_VENV)
    ended = run(bare, "bash", str(gate))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "apt-get update -qq skips=",
        "apt-get install -y -qq --no-install-recommends curl python3 python3-venv skips=",
        "make check test skips=1",
    ]
