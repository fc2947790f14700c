"""The papers are true: drawings fresh, decisions in form, nothing of anybody's machine in any file."""

import re
import xml.etree.ElementTree as ET

import pytest

from portal import diagrams
from portal.diagrams import DrawingError, complaints, documents, drawn
from tests.source_tree import ROOT, name_of, tracked_files
from tests.toy_workflow import CATALOGUE_OF_FIVE, LETTER_REQUEST
from workflows.catalogue import CATALOGUE
from workflows.page_text import markdown

HEADINGS = ["Context", "Options", "Decision", "Consequences", "How it is checked"]
# What others wrote is copied as it is; VENDORED.md there says from where.
VENDORED = {ROOT / "api" / "static" / "docs", ROOT / "api" / "pages" / "static" / "vendor"}
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
SVG = "{http://www.w3.org/2000/svg}"
# Put together here, so that this file does not hold what it looks for.
FORBIDDEN = [
    re.compile(word)
    for word in (
        r"\bTO" + "DO\\b",
        r"\bFIX" + "ME\\b",
        r"\bXX" + "X\\b",
        "/wo" + "rk/",
        "/tmp/br" + "ief",
        "/ho" + r"me/[a-z]+/",
        "/Us" + "ers/",
        r"\bDESI" + r"GN\.md",
    )
]


@pytest.fixture(scope="module")
def wanted():
    return documents(ROOT, CATALOGUE)


def test_every_drawing_and_every_page_is_fresh(wanted):
    assert complaints(ROOT, wanted) == []


def test_a_stale_a_missing_and_a_left_over_document_are_named(tmp_path):
    folder = tmp_path / "docs" / "workflows"
    folder.mkdir(parents=True)
    (folder / "stale.md").write_text("old", encoding="utf-8")
    (folder / "left_over.svg").write_text("", encoding="utf-8")
    asked = {folder / "stale.md": "new", folder / "missing.md": "new"}
    assert complaints(tmp_path, asked) == [
        "docs/workflows/stale.md is stale: run python -m portal.diagrams",
        "docs/workflows/missing.md is stale: run python -m portal.diagrams",
        "docs/workflows/left_over.svg belongs to no page",
    ]


def test_drawing_twice_gives_the_same_picture(wanted):
    assert documents(ROOT, CATALOGUE) == wanted


def test_a_source_that_cannot_be_drawn_is_said_aloud(monkeypatch, tmp_path):
    with pytest.raises(DrawingError):
        drawn("digraph {")
    monkeypatch.setattr(diagrams.sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(DrawingError, match="not installed"):
        drawn("digraph {}")


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_picture_has_every_state_once_under_its_own_id(wanted, kind):
    tree = ET.fromstring(wanted[ROOT / "docs" / "workflows" / f"{kind}.svg"])
    ids = [group.get("id") for group in tree.iter(f"{SVG}g")]
    drawn_states = sorted(each for each in ids if each and each.startswith("state-"))
    assert drawn_states == sorted(f"state-{state}" for state in CATALOGUE[kind].states)
    assert len(ids) == len(set(ids))


def test_the_picture_of_the_house_has_every_room(wanted):
    tree = ET.fromstring(wanted[ROOT / "docs" / "house.svg"])
    rooms = {group.get("id") for group in tree.iter(f"{SVG}g")}
    assert rooms == {
        f"room-{path.parent.name}"
        for path in ROOT.glob("*/__init__.py")
        if path.parent.name not in {"tests", "benchmarks", "examples"}
    }


@pytest.mark.parametrize("kind", CATALOGUE_OF_FIVE)
def test_a_page_in_words_holds_every_move_refusal_and_field(kind):
    workflow = CATALOGUE_OF_FIVE[kind]
    text = markdown(workflow)
    assert f"# {workflow.title.da} ({workflow.title.en})" in text
    for step in workflow.steps:
        assert f"| `{step.trigger}` |" in text
        assert all(f"`{field}`" in text for field in step.says.model_fields)
        for rule in step.only_if:
            assert rule.sentence.da in text
            assert rule.sentence.en in text
    assert text.count("\n| `submit` |") >= 1


def test_a_page_newer_than_the_list_of_words_is_drawn_by_its_own_words():
    assert "attest" in markdown(LETTER_REQUEST)
    assert "<svg" in drawn(diagrams.dot(LETTER_REQUEST))


def test_decisions_are_numbered_without_gap_or_repeat():
    numbers = [int(path.name[:4]) for path in DECISIONS]
    assert numbers == list(range(1, len(DECISIONS) + 1))
    assert len(DECISIONS) >= 13


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_context_options_decision_consequences_and_check(path):
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}\. \S", text)
    assert re.search(r"^(Accepted|Replaced by \d{4}), 20\d\d-\d\d-\d\d\.$", text, re.MULTILINE)
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    assert parts[::2] == HEADINGS
    assert all(body.strip() for body in parts[1::2])


def test_no_file_names_a_machine_or_leaves_something_for_later():
    found = []
    for path in tracked_files():
        if VENDORED.intersection(path.parents):
            continue
        text = path.read_text(encoding="utf-8")
        found += [f"{name_of(path)}: {word.pattern}" for word in FORBIDDEN if word.search(text)]
    assert found == []


def test_what_is_forbidden_would_be_found():
    examples = [
        "TO" + "DO",
        "FIX" + "ME",
        "XX" + "X",
        "/wo" + "rk/main",
        "/tmp/br" + "ief",
        "/ho" + "me/anne/",
        "/Us" + "ers/anne",
        "DESI" + "GN.md",
    ]
    assert all(word.search(f"a {example} b") for word, example in zip(FORBIDDEN, examples, strict=True))
