"""Which test claims to prove which product rule, read from the text of the tests."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

# A test that is never run, or is expected to fail, proves nothing.
PROVES_NOTHING = frozenset({"skip", "xfail"})


@dataclass(frozen=True, order=True)
class Proof:
    """One test's claim to prove one rule.

    Attributes:
        identifier: The rule, fault row or invariant, such as `EKO-4`, `F7` or `I2`.
        file: The test's file, relative to the project's folder.
        test: The test's name inside its file, with its class if it has one.
        long: True when the test runs only in the long form of the suite.
    """

    identifier: str
    file: str
    test: str
    long: bool


def link(proof: Proof) -> str:
    """Return the proof as a Markdown link from a page in `docs/`."""
    return f"[{proof.file}::{proof.test}](../{proof.file}){' (long)' if proof.long else ''}"


class MarkError(ValueError):
    """A `rule` mark that cannot be read; the text names the file and the line."""


@dataclass(frozen=True)
class _Test:
    name: str
    marks: tuple[ast.expr, ...]


def read_proofs(root: Path) -> tuple[Proof, ...]:
    """Return every proof claimed by the tests under `root/tests`, sorted and without repeats.

    Args:
        root: The project's folder.

    Raises:
        MarkError: A `rule` mark has no identifier, one that is no literal text, or sits on no test.
    """
    found: set[Proof] = set()
    for path in sorted((root / "tests").rglob("test_*.py")):
        found.update(_proofs_of(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()))
    return tuple(sorted(found))


def _proofs_of(text: str, file: str) -> list[Proof]:
    tree = ast.parse(text, filename=file)
    found: list[Proof] = []
    seen: set[ast.expr] = set()
    for test in _tests(tree.body, "", _shared(tree.body)):
        names = {_name(mark) for mark in test.marks}
        for call in (call for mark in test.marks for call in _rule_calls(mark)):
            seen.add(call.func)
            if names.isdisjoint(PROVES_NOTHING):
                found += [Proof(each, file, test.name, "long" in names) for each in _identifiers(call, file)]
    _refuse_unseen(tree, seen, file)
    return found


def _tests(body: list[ast.stmt], prefix: str, inherited: tuple[ast.expr, ...]) -> Iterator[_Test]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            own = (*node.decorator_list, *_shared(node.body))
            yield from _tests(node.body, f"{prefix}{node.name}::", inherited + own)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield _Test(prefix + node.name, (*inherited, *node.decorator_list))


def _shared(body: list[ast.stmt]) -> tuple[ast.expr, ...]:
    """The marks that `pytestmark = ...` gives to every test of a file or class."""
    for node in body:
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets):
            return tuple(node.value.elts) if isinstance(node.value, ast.List | ast.Tuple) else (node.value,)
    return ()


def _name(mark: ast.expr) -> str:
    head = mark.func if isinstance(mark, ast.Call) else mark
    return head.attr if _is_mark(head) else ""


def _is_mark(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "mark"


def _rule_calls(mark: ast.expr) -> Iterator[ast.Call]:
    """Rule marks in an expression, also those of a single case: `pytest.param(..., marks=...)`."""
    for node in ast.walk(mark):
        if isinstance(node, ast.Call) and _name(node) == "rule":
            yield node


def _identifiers(call: ast.Call, file: str) -> list[str]:
    words = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if not words or call.keywords or len(words) != len(call.args):
        raise MarkError(f"{file}:{call.lineno}: a rule mark takes identifiers as literal texts, at least one")
    return words


def _refuse_unseen(tree: ast.Module, seen: set[ast.expr], file: str) -> None:
    """A mark under another name, or without brackets, would be lost in silence."""
    for node in ast.walk(tree):
        if _is_mark(node) and node.attr == "rule" and node not in seen:
            raise MarkError(f"{file}:{node.lineno}: a rule mark stands where it marks no test")
