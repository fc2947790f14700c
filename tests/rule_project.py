"""A small project with a rule book, for the tests of the book itself."""

from portal import control_book
from portal.control_book import read_controls
from portal.rule_book import read_rules, render
from portal.rule_proofs import read_proofs

RULES = """\
[areas]
EKO = "E-consultations"
LAW = "Law"

[[rule]]
id = "EKO-4"
area = "EKO"
sentence = "Reply continues a thread."
status = "documented"
source = ["https://example.test/manual"]

[[rule]]
id = "EKO-15"
area = "EKO"
sentence = "A patient may withdraw."
status = "our choice"
source = []

[[rule]]
id = "LAW-1"
area = "LAW"
sentence = "A fact."
status = "documented"
source = ["https://example.test/law"]
fact = true
"""
FAULTS = """\
| Id | Invariant |
|---|---|
| I1 | Nothing is lost. |

| Id | Fault | How | Must hold | Invariants |
|---|---|---|---|---|
| F7 | Redis is killed | SIGKILL | nothing is lost | I1 |
"""


CONTROLS = """\
[[control]]
id = "V1"
item = "1.2.4"
level = 1
control = "Nothing is injected."
ours = "Parameters."
gap = "No test yet."

[[control]]
id = "V2"
item = "1.2.10"
level = 3
control = "No formula."
ours = "An apostrophe."
gap = "Not built yet."
"""


def begin_project(tmp_path):
    """Write the book of a project without tests into the folder, and return the folder."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "docs" / "rules.toml").write_text(RULES)
    (tmp_path / "docs" / "faults.md").write_text(FAULTS)
    (tmp_path / "docs" / "controls.toml").write_text(CONTROLS)
    return tmp_path


def given_tests(project, text):
    (project / "tests" / "unit" / "test_made_up.py").write_text("import pytest\n\n" + text)


def publish(project):
    page = render(read_rules(project), read_proofs(project))
    (project / "docs" / "rules.md").write_text(page)
    controls = control_book.render(read_controls(project), read_proofs(project))
    (project / "docs" / "security.md").write_text(controls)
    return page
