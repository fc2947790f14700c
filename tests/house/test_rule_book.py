"""The rule book tells the truth about which test proves which rule."""

import subprocess
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from click.testing import CliRunner

from portal import rule_book
from portal.rule_book import RuleBookError, complaints, read_rules
from portal.rule_proofs import MarkError, Proof, read_proofs
from tests.rule_project import RULES, given_tests, publish

ROOT = Path(__file__).resolve().parents[2]
STALE = [f"docs/{page} is stale: run python -m portal.rule_book" for page in ("rules.md", "security.md")]


def proven(project):
    return {(proof.identifier, proof.test) for proof in read_proofs(project)}


def test_the_rule_book_is_fresh_and_every_cited_rule_exists():
    assert complaints(ROOT) == []


def test_a_test_that_cites_an_unknown_rule_is_named(project):
    given_tests(project, '@pytest.mark.rule("EKO-99")\ndef test_reply(): ...\n')
    publish(project)
    assert complaints(project) == ["tests/unit/test_made_up.py::test_reply cites EKO-99, which is no rule"]


def test_a_stale_or_missing_page_is_named(project):
    assert complaints(project) == STALE
    publish(project)
    assert complaints(project) == []
    given_tests(project, '@pytest.mark.rule("EKO-4")\ndef test_reply(): ...\n')
    assert complaints(project) == STALE[:1]


def test_the_page_gives_each_rule_its_tests_and_status(project):
    given_tests(project, '@pytest.mark.rule("EKO-4", "F7")\ndef test_reply(): ...\n')
    page = publish(project)
    link = "[tests/unit/test_made_up.py::test_reply](../tests/unit/test_made_up.py)"
    manual = "documented: [example.test](https://example.test/manual)"
    assert f"| EKO-4 | Reply continues a thread. | {manual} | {link} | proven by tests |" in page
    assert "| EKO-15 | A patient may withdraw. | our choice |  | not yet built |" in page
    assert "| fact, nothing to test |" in page
    assert f"| F7 | Redis is killed: nothing is lost |  | {link} | proven by tests |" in page
    assert "5 rows: 2 proven by tests; 2 not yet built; 1 fact, nothing to test." in page


OF_THE_TRADE = {"documented", "documented in the sister system", "a clinic's own site"}


def test_every_rule_that_others_state_is_proven_or_says_why_not():
    cited = {proof.identifier for proof in read_proofs(ROOT)}
    open_rows = [
        rule.identifier
        for rule in read_rules(ROOT)
        if rule.origin in OF_THE_TRADE and not rule.fact and not rule.absent and rule.identifier not in cited
    ]
    assert open_rows == []


def test_marks_are_found_wherever_pytest_takes_them(project):
    given_tests(
        project,
        """\
pytestmark = [pytest.mark.rule("I1"), pytest.mark.long]

@pytest.mark.rule("EKO-15")
class TestWithdrawal:
    pytestmark = pytest.mark.rule("F7")

    async def test_early(self): ...

@pytest.mark.parametrize("kind", [pytest.param("a", marks=pytest.mark.rule("EKO-4")), "b"])
def test_kinds(kind): ...
""",
    )
    early = "TestWithdrawal::test_early"
    assert proven(project) == {
        ("I1", early),
        ("EKO-15", early),
        ("F7", early),
        ("I1", "test_kinds"),
        ("EKO-4", "test_kinds"),
    }
    assert all(proof.long for proof in read_proofs(project))
    assert "test_kinds](../tests/unit/test_made_up.py) (long) |" in publish(project)


@pytest.mark.parametrize("mark", ["skip", 'skip(reason="later")', 'xfail(reason="later")'])
def test_a_test_that_never_passes_proves_nothing(project, mark):
    given_tests(project, f'@pytest.mark.{mark}\n@pytest.mark.rule("EKO-4")\ndef test_reply(): ...\n')
    assert read_proofs(project) == ()


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.rule\ndef test_reply(): ...\n",
        "@pytest.mark.rule()\ndef test_reply(): ...\n",
        "@pytest.mark.rule(4)\ndef test_reply(): ...\n",
        'WHICH = "EKO-4"\n@pytest.mark.rule(WHICH)\ndef test_reply(): ...\n',
        'REPLY = pytest.mark.rule("EKO-4")\n@REPLY\ndef test_reply(): ...\n',
        '@pytest.mark.rule("EKO-4")\ndef prove_reply(): ...\n',
    ],
)
def test_a_mark_that_would_be_lost_is_refused(project, text):
    given_tests(project, text)
    with pytest.raises(MarkError, match=r"^tests/unit/test_made_up\.py:\d+: a rule mark "):
        read_proofs(project)
    assert len(complaints(project)) == 1


@pytest.mark.parametrize(
    ("old", "new", "needs"),
    [
        ('id = "EKO-15"', 'id = "EKO15"', "an identifier"),
        ('id = "EKO-15"', 'id = "EKO-4"', "more than one row is called EKO-4"),
        ('area = "LAW"', 'area = "EKO"', "the area of its identifier"),
        ("A patient may withdraw.", "A patient may withdraw", "a sentence with a full stop"),
        ('"our choice"', '"somebody said so"', "a known status"),
        ('"our choice"', '"documented"', "a source, unless it is our choice"),
        ("https://example.test/manual", "the manual", "public addresses"),
        ("fact = true", "facts = true", "known keys only"),
    ],
)
def test_a_broken_row_is_refused_by_name(project, old, new, needs):
    (project / "docs" / "rules.toml").write_text(RULES.replace(old, new, 1))
    with pytest.raises(RuleBookError, match=needs):
        read_rules(project)


@pytest.mark.parametrize("row", ["| F7 | Redis is killed | SIGKILL | I1 |", "| I1 |  |"])
def test_a_fault_row_with_a_missing_cell_is_refused(project, row):
    (project / "docs" / "faults.md").write_text(row + "\n")
    with pytest.raises(RuleBookError, match="empty, missing or extra cell"):
        read_rules(project)


def test_the_command_writes_the_page_and_checks_it(project, monkeypatch):
    monkeypatch.setattr(rule_book, "ROOT", project)
    run = CliRunner().invoke
    stale = run(rule_book.main, ["--check"])
    assert (stale.exit_code, stale.output.splitlines()) == (1, STALE)
    assert run(rule_book.main).exit_code == 0
    assert run(rule_book.main, ["--check"]).exit_code == 0
    given_tests(project, "@pytest.mark.rule\ndef test_reply(): ...\n")
    assert "a rule mark stands where" in run(rule_book.main).output


def pytest_run(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-p", "tests.rules_plugin", "-q", *arguments]
    surroundings = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


def test_pytest_refuses_an_unknown_rule_and_selects_the_proofs_of_one(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = rule(identifier)\n")
    story = tmp_path / "test_story.py"
    story.write_text('import pytest\n\n@pytest.mark.rule("EKO-4")\ndef test_a(): ...\n\ndef test_b(): ...\n')
    chosen = pytest_run(tmp_path, "--rule", "EKO-4")
    assert "1 passed, 1 deselected" in chosen.stdout
    assert "--rule asks for EKO-99, which is no rule" in pytest_run(tmp_path, "--rule", "EKO-99").stderr
    story.write_text(story.read_text().replace("EKO-4", "EKO-98"))
    refused = pytest_run(tmp_path)
    assert refused.returncode == pytest.ExitCode.TESTS_FAILED
    assert "the test cites EKO-98, which is no rule" in refused.stdout
    assert "1 passed, 1 error" in refused.stdout


def test_proofs_of_one_test_are_counted_once(project):
    given_tests(project, '@pytest.mark.rule("EKO-4")\n@pytest.mark.rule("EKO-4")\ndef test_reply(): ...\n')
    assert read_proofs(project) == (Proof("EKO-4", "tests/unit/test_made_up.py", "test_reply", long=False),)


def test_the_promise_examples_agree_with_an_independent_calendar():
    vectors = tomllib.loads((ROOT / "docs" / "vectors.toml").read_text(encoding="utf-8"))
    calendar = holidays.country_holidays("DK")

    def open_days(first: date, last: date) -> int:
        days = [first + timedelta(n) for n in range(1, (last - first).days + 1)]
        return sum(day.weekday() < 5 and day not in calendar for day in days)

    for example in vectors["promise"]:
        before = example["answer_by"] - timedelta(1)
        assert open_days(example["received"], example["answer_by"]) == example["working_days"]
        assert open_days(example["received"], before) == example["working_days"] - 1
    assert not [day for day in vectors["working_day"] if day["day"] in calendar]
