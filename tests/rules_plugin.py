"""Lets a test fail that cites no known rule, and runs the proofs of one rule: `pytest --rule EKO-4`."""

from functools import cache
from pathlib import Path

import pytest

from portal.control_book import read_controls
from portal.rule_book import read_rules

ROOT = Path(__file__).resolve().parent.parent


@cache
def known() -> frozenset[str]:
    """Return every identifier of docs/rules.toml, docs/faults.md and docs/controls.toml."""
    return frozenset(row.identifier for row in (*read_rules(ROOT), *read_controls(ROOT)))


def cited(item: pytest.Item) -> set[str]:
    """Return the identifiers of all rule marks that reach a test."""
    return {identifier for mark in item.iter_markers("rule") for identifier in mark.args}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rule",
        action="append",
        default=[],
        metavar="ID",
        help="run only the tests that prove this rule or fault row (may be given more than once)",
    )


def pytest_configure(config: pytest.Config) -> None:
    # An unknown rule would select nothing, which looks like a rule without a test.
    for identifier in sorted(set(config.getoption("--rule")) - known()):
        raise pytest.UsageError(f"--rule asks for {identifier}, which is no rule")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if wanted := set(config.getoption("--rule")):
        config.hook.pytest_deselected(items=[item for item in items if not wanted & cited(item)])
        items[:] = [item for item in items if wanted & cited(item)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    # At set-up, not at collection: there an error would end a worker of pytest-xdist without a word about the test.
    for identifier in sorted(cited(item) - known()):
        pytest.fail(f"the test cites {identifier}, which is no rule", pytrace=False)
