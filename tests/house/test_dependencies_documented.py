"""Every library has earned its row in docs/dependencies.md, under a licence we take."""

import re
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WANTED = {
    "At run time": PROJECT["project"]["dependencies"],
    "For development and tests": PROJECT["dependency-groups"]["dev"],
}
TAKEN = {
    *("MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "ISC", "Unlicense"),
    *("LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0", "MIT-CMU"),
}
TAKEN_FOR_TESTS = TAKEN | {"EPL-2.0", "OFL-1.1"}

# Packages from before licence expressions state their licence in words; this is what the words mean.
IN_WORDS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "MIT License": "MIT",
    "MIT license": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "New BSD": "BSD-3-Clause",
    "The Unlicense (Unlicense)": "Unlicense",
}


def rows(heading):
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {canonicalize_name(name): (earns, licence, instead) for name, earns, licence, instead in cells[2:]}


def names(requirements):
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def brought_in(requirements):
    """All installed distributions that the requirements ask for, directly or not."""
    found, open_ends = {}, [(Requirement(each), "") for each in requirements]
    while open_ends:
        requirement, extra = open_ends.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in {"", *requirement.extras} - found.get(name, set()):
            found.setdefault(name, set()).add(wanted)
            open_ends += [(Requirement(each), wanted) for each in distribution(name).requires or []]
    return {name: distribution(name) for name in found}


def licence(package: Distribution) -> str:
    """What a package says of itself: its expression, else its licence field, else its classifiers."""
    about = package.metadata
    if about["License-Expression"]:
        return about["License-Expression"]
    field = (about["License"] or "none stated").splitlines()[0]
    classified = [each.split(" :: ") for each in about.get_all("Classifier", []) if each.startswith("License :: ")]
    words = sorted({parts[-1] for parts in classified if parts[-1] != "OSI Approved"})
    # The field is often more exact than a classifier, and often says nothing that has a meaning.
    stated = [field] if field in TAKEN_FOR_TESTS | IN_WORDS.keys() or not words else words
    return " AND ".join(IN_WORDS.get(each, each) for each in stated)


def is_taken(expression, allowed):
    return any(set(choice.split(" AND ")) <= allowed for choice in expression.split(" OR "))


@pytest.mark.parametrize("heading", WANTED)
def test_every_library_has_a_row_and_every_row_a_library(heading):
    assert set(rows(heading)) == names(WANTED[heading])
    assert all(all(cells) for cells in rows(heading).values())


@pytest.mark.parametrize("heading", WANTED)
def test_the_page_states_the_licence_the_package_states(heading):
    stated = {name: cells[1] for name, cells in rows(heading).items()}
    assert stated == {name: licence(distribution(name)) for name in stated}


@pytest.mark.rule("V42")
@pytest.mark.parametrize(("heading", "allowed"), [*zip(WANTED, [TAKEN, TAKEN_FOR_TESTS], strict=True)])
def test_everything_installed_is_under_a_licence_we_take(heading, allowed):
    refused = {name: licence(package) for name, package in brought_in(WANTED[heading]).items()}
    assert {name: text for name, text in refused.items() if not is_taken(text, allowed)} == {}


def test_the_page_lists_exactly_the_licences_the_tests_take():
    listed = PAGE.split("## Licences we take\n")[1].split("Not taken:")[0]
    first, second = (
        set(re.findall(r"[A-Z][A-Za-z]*-[\w.-]*\w|\b(?:MIT|ISC|Unlicense)\b", part)) for part in listed.split("- ")[1:]
    )
    assert first == TAKEN
    assert second == TAKEN_FOR_TESTS - TAKEN


@pytest.mark.parametrize("text", ["GPL-3.0-only", "AGPL-3.0-only", "MIT AND GPL-2.0-only", "BUSL-1.1", "none stated"])
def test_a_licence_we_do_not_take_is_refused(text):
    assert not is_taken(text, TAKEN_FOR_TESTS)
