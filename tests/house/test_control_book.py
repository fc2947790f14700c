"""Each security control has the tests that prove it, or says what is missing."""

import pytest

from portal.control_book import ControlError, read_controls
from portal.rule_book import complaints
from tests.rule_project import CONTROLS, given_tests, publish

UNPROVEN = "docs/controls.toml: V1 has no test; mark one, or state the gap"


def security(project):
    return (project / "docs" / "security.md").read_text()


def test_a_control_has_a_test_or_states_its_gap(project):
    publish(project)
    assert "| V1 | 1.2.4 | 1 | Nothing is injected. | Parameters. |  | gap: No test yet. |" in security(project)
    given_tests(project, '@pytest.mark.rule("V1")\ndef test_injection(): ...\n')
    publish(project)
    assert "| partly proven: No test yet. |" in security(project)
    (project / "docs" / "controls.toml").write_text(CONTROLS.replace('gap = "No test yet."\n', ""))
    publish(project)
    page = security(project)
    link = "[tests/unit/test_made_up.py::test_injection](../tests/unit/test_made_up.py)"
    assert f"| V1 | 1.2.4 | 1 | Nothing is injected. | Parameters. | {link} | proven |" in page
    assert "| V2 | 1.2.10 | 3 | No formula. | An apostrophe. |  | gap: Not built yet. |" in page
    assert "2 controls: 1 proven; 0 partly proven; 1 gap." in page
    (project / "tests" / "unit" / "test_made_up.py").unlink()
    publish(project)
    assert complaints(project) == [UNPROVEN]


@pytest.mark.parametrize(
    ("old", "new", "needs"),
    [
        ('id = "V2"', 'id = "V3"', "its place in the order"),
        ("level = 3", "level = 4", "a level of the standard"),
        ("level = 3", "grade = 3", "all keys"),
        ("Not built yet.", "Not built yet", "a full stop"),
    ],
)
def test_a_broken_control_is_refused_by_name(project, old, new, needs):
    (project / "docs" / "controls.toml").write_text(CONTROLS.replace(old, new, 1))
    with pytest.raises(ControlError, match=f"row V2 needs .*{needs}"):
        read_controls(project)
