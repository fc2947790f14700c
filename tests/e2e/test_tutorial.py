"""The tutorial does what it says: its blocks are run as they stand, in one shell, against the whole house."""

import os
import re
import shutil
import subprocess

import pytest

from tests.e2e.whole_house import IDA
from tests.source_tree import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"
PATIENCE = 90.0  # seconds


def blocks():
    return re.findall(r"^```sh\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def answers():
    """Return what the page quotes of the answers, each up to where it is cut short."""
    quoted = re.findall(r"^ {4}(\{.*|\d{3})$", TUTORIAL.read_text(encoding="utf-8"), re.MULTILINE)
    return [each.partition("…")[0].rstrip(" ,") for each in quoted]


@pytest.mark.rule("ACC-3", "ACC-9", "LOG-2", "REC-1")
def test_a_reader_becomes_a_user_logs_in_recovers_and_logs_in_again(busy_house):
    assert shutil.which("curl"), "the tutorial needs curl"
    settings = busy_house.settings
    own = {
        "PORTAL": f"http://localhost:{settings.api_port}",
        "MAIL": f"http://localhost:{settings.mail_page_port}",
    }
    done = subprocess.run(
        ["sh", "-eu", "-c", "".join(blocks())],
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    asked, activated, first, recovered, changed, old, last = done.stdout.splitlines()
    for said, quoted in zip((asked, activated, first, old, last), answers(), strict=True):
        assert said.startswith(quoted), f"the page says {quoted}"
    assert '"message":' in recovered
    assert '"message":"The password is changed.' in changed
    subjects = [mail["subject"] for mail in busy_house.letters(IDA)]
    assert len(subjects) == 5, subjects
    assert IDA.cpr not in "".join(mail["text"] for mail in busy_house.letters(IDA))
