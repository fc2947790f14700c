"""One writer of state, two logs that nobody changes, and no request type named outside its page."""

import ast

import pytest

from tests.source_tree import ROOMS, ROOT, name_of, parsed, python_files
from workflows.catalogue import CATALOGUE

WRITES = {"insert", "update", "delete"}
SQL_FILES = python_files("storage")
HOUSE = [path for path in python_files(*ROOMS) if "migrations" not in path.parts]
# The only hands on the table of requests. The ledger writes state; the other two touch what is not state.
WRITERS_OF_REQUESTS = {
    "storage/ledger.py": {"insert", "update"},
    "storage/deeds.py": {"update"},
}
ALLOWED_TO_NAME_KINDS = {
    "portal/demo_client.py": "the story that `portal up` plays",
    "portal/demo_data.py": "the story that `portal up` plays",
    "portal/demo_story.py": "the story that `portal up` plays",
    "api/pages/appointments.py": "the pages of appointments and of waiting for one",
    "api/pages/book.py": "the form of a booking",
    "api/pages/look_words.py": "what looks at lists are called for people",
    "workflows/clinic_settings.py": "defaults of the settings: which service a holiday shuts, which needs a calendar",
}


def writes(tree):
    """Yield (verb, table, call) of every statement that writes to a table given by name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        verb = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if verb in WRITES:
            yield verb, ast.unparse(node.args[0]).rpartition(".")[2], node
        elif verb in {"text", "exec_driver_sql"}:
            yield "raw", ast.unparse(node.args[0]), node


def assigned_attributes(tree):
    """Yield what is assigned on another object than the one whose method it is."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            for each in ast.walk(target) if target is not None else ():
                if isinstance(each, ast.Attribute) and ast.unparse(each.value) != "self":
                    yield each.attr


def statements(tree):
    """Yield the text of every simple statement."""
    simple = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return)
    return (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, simple))


def can_write_state(text):
    """A statement on requests writes state if it names the column, or takes whatever columns it is given."""
    if not ("update(REQUEST)" in text or "insert(REQUEST)" in text):
        return False
    return ".values(" not in text or "'state'" in text or "state=" in text


@pytest.mark.rule("I4")
def test_only_the_ledger_writes_requests_and_the_deeds_what_is_not_state():
    found = {}
    for path in SQL_FILES:
        for verb, table, _ in writes(parsed(path)):
            if table == "REQUEST":
                found.setdefault(name_of(path), set()).add(verb)
    assert found == WRITERS_OF_REQUESTS


@pytest.mark.rule("I4")
def test_only_the_ledger_writes_state():
    writing = {name_of(path) for path in SQL_FILES for text in statements(parsed(path)) if can_write_state(text)}
    assert writing == {"storage/ledger.py"}
    assigning = {name_of(path) for path in HOUSE if "state" in assigned_attributes(parsed(path))}
    assert assigning <= {"storage/ledger.py", "storage/walk.py"}
    assert "storage/ledger.py" in assigning


@pytest.mark.rule("I5")
@pytest.mark.parametrize("table", ["HISTORY", "ACCESS", "ALLOWED_TRANSITION", "WORKFLOW_VERSION"])
def test_nothing_in_the_source_changes_or_deletes_a_row_of_a_log(table):
    verbs = {verb for path in SQL_FILES for verb, name, _ in writes(parsed(path)) if name == table}
    assert verbs == {"insert"}


def test_no_statement_is_written_as_text_that_changes_rows():
    for path in SQL_FILES:
        if "migrations" in path.parts:
            continue
        for verb, statement, _ in writes(parsed(path)):
            if verb == "raw":
                upper = statement.upper()
                assert not any(word in upper for word in ("UPDATE ", "DELETE ", "INSERT ", "TRUNCATE ")), name_of(path)


def test_the_eyes_of_these_tests_are_open():
    """What they look for is found where it is put."""
    tree = ast.parse(
        "sa.update(models.REQUEST).values(state='x')\nrow.state = 1\na, b.state = 1, 2\ntext('DELETE FROM x')"
    )
    assert {(verb, table) for verb, table, _ in writes(tree)} == {("update", "REQUEST"), ("raw", "'DELETE FROM x'")}
    assert list(assigned_attributes(tree)).count("state") == 2


def test_no_request_type_is_named_outside_its_page():
    named = {}
    for path in HOUSE:
        if path.parent.name == "winplc_mock" or "winplc_mock" in path.parts or path.stem in CATALOGUE:
            continue
        words = _words(parsed(path)) & set(CATALOGUE)
        if words:
            named[name_of(path)] = words
    assert set(named) <= set(ALLOWED_TO_NAME_KINDS), {
        name: named[name] for name in set(named) - set(ALLOWED_TO_NAME_KINDS)
    }
    assert set(ALLOWED_TO_NAME_KINDS) == set(named), "an exception that is no longer needed"


def _words(tree):
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_a_page_is_imported_by_the_catalogue_and_by_who_speaks_its_words():
    """Storage may know the words and links of those two that make accounts, and a form asks for its own type's words.

    Nobody else reaches past the catalogue.
    """
    pages = {f"workflows.{kind}" for kind in CATALOGUE}
    found = {}
    for path in HOUSE:
        if path.parent in {ROOT / "workflows", ROOT / "api" / "pages"}:
            continue
        imported = {node.module for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)} & pages
        if imported:
            found[name_of(path)] = imported
    assert all(imported <= {"workflows.enrolment", "workflows.recovery"} for imported in found.values()), found
