"""Nothing grows past what can be read at one sitting, and every room is under contract."""

import ast
import io
import tokenize

import pytest

from tests.source_tree import PYPROJECT, ROOMS, ROOT, name_of, parsed, python_files, tracked_files

LONGEST_FILE, LONGEST_FUNCTION, MOST_BRANCHES = 250, 25, 8
LONGEST_WITH_ITS_COLUMNS = 45
MEASURED = '''
def f(
    a,
    b,
):
    """Say.

    More.
    """

    # why
    x = (
        a
        + b
    )
    return dict(
        a=x,
        b={
            1: 2,
        },
    )
'''
EVERYWHERE = [path for path in tracked_files() if path.suffix == ".py"]
# Columns of a table have no logic to read; Alembic writes them.
GENERATED = "storage/migrations/versions"
OUR_OWN_WORDS = {"api/patient/services.py": "a clinic's services to patients are the product's own word"}
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
OUTSIDE_THE_HOUSE = {"tests", "benchmarks", "examples"}


def code_lines(text, function):
    """Return the numbers of a function's lines that hold code.

    Not counted: signature, docstring, comments, blank lines, lines of closing brackets only, and the columns of a row:
    an entry of a dict or a keyword argument that has its own line, for it is read like a table and not like a step.
    """
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not body:
        return set()
    held = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in NO_CODE and token.string not in {")", "]", "}", ","}:
            held |= set(range(token.start[0], token.end[0] + 1))
    return held & set(range(body[0].lineno, function.end_lineno + 1)) - columns(text, function)


def columns(text, function):
    """Return the numbers of the lines that hold one keyword argument or one entry of a dict and nothing else."""
    lines, found = text.splitlines(), set()
    for node in ast.walk(function):
        entries = node.keywords if isinstance(node, ast.Call) else ()
        pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
        for first, last in [(each, each) for each in entries] + [
            (key, value) for key, value in pairs if key is not None
        ]:
            alone = not lines[first.lineno - 1][: first.col_offset].strip()
            if alone and first.lineno == last.end_lineno:
                found.add(first.lineno)
    return found


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_no_file_is_longer_than_250_lines():
    long = {name_of(path): length for path in EVERYWHERE if (length := _length(path)) > LONGEST_FILE}
    assert long == {}


def _length(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_function_is_longer_than_25_lines_of_code():
    long = {}
    for path in python_files(*ROOMS):
        text = path.read_text(encoding="utf-8")
        if name_of(path).startswith(GENERATED):
            continue
        for function in functions(parsed(path)):
            if function.end_lineno - function.lineno < LONGEST_FUNCTION:
                continue
            length = len(code_lines(text, function))
            if length > LONGEST_FUNCTION or function.end_lineno - function.body[0].lineno >= LONGEST_WITH_ITS_COLUMNS:
                long[f"{name_of(path)}:{function.name}"] = length
    assert long == {}


def test_the_measure_counts_code_and_nothing_else():
    assert len(code_lines(MEASURED, ast.parse(MEASURED).body[0])) == 5


def test_complexity_is_held_by_ruff():
    lint = PYPROJECT["tool"]["ruff"]["lint"]
    assert lint["mccabe"]["max-complexity"] == MOST_BRANCHES
    assert lint["select"] == ["ALL"]
    assert "C901" not in lint["ignore"]
    waived = [
        name_of(path)
        for path in EVERYWHERE
        if "noqa: C901" in path.read_text(encoding="utf-8") and path.name != "test_sizes.py"
    ]
    assert waived == []


def test_every_room_is_under_contract_checked_for_types_and_shipped():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - OUTSIDE_THE_HOUSE
    assert packages == set(ROOMS)
    assert packages == set(PYPROJECT["tool"]["mypy"]["packages"])
    assert packages == set(PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_and_every_file_says_what_it_is(room):
    for path in python_files(room):
        docstring = ast.get_docstring(parsed(path))
        assert docstring, name_of(path)
        assert docstring.splitlines()[0].endswith((".", ":", "?", "`")), name_of(path)


def test_no_name_says_nothing():
    empty = {
        "manager",
        "helper",
        "helpers",
        "util",
        "utils",
        "handler",
        "data",
        "process",
        "service",
        "services",
        "common",
        "core",
    }
    named = {name_of(path) for path in python_files(*ROOMS) if path.stem in empty or path.parent.name in empty}
    assert named == set(OUR_OWN_WORDS)


def test_no_two_test_files_share_a_name():
    names = [path.name for path in python_files("tests") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
