"""The rule book: every rule and control with the tests that prove it, written to `docs/rules.md` and `security.md`."""

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from portal import control_book
from portal.control_book import Control, ControlError, read_controls, unspoken
from portal.rule_proofs import MarkError, Proof, link, read_proofs

ROOT = Path(__file__).resolve().parent.parent
ORIGINS = ("documented", "documented in the sister system", "a clinic's own site", "our choice")
KEYS = frozenset({"id", "area", "sentence", "status", "source", "fact", "absent"})
IDENTIFIER = re.compile(r"[A-Z]{3}-[1-9][0-9]*")
FAULT_ROW = re.compile(r"^\| *([FI][1-9][0-9]*) *\|(.+)\| *$", re.MULTILINE)
FAULT_AREAS = {"F": "Faults", "I": "Invariants"}
# After its id: fault, how it is injected, what must hold, invariants; and for an invariant its sentence.
FAULT_CELLS = {"F": 4, "I": 1}

HEAD = """\
# Rule book

Written by `python -m portal.rule_book` from `docs/rules.toml`, `docs/faults.md` and the `rule` marks of the
tests. Do not edit it by hand; `make check` fails when it is stale.

**Origin** says where the core of a rule comes from; what the product adds to it (a code, a record, a limit) is our
choice. **Status** has three values:

- *proven by tests*: at least one test carries the rule's mark. The word holds as long as the suite is green.
- *not yet built*: no test proves the rule. It counts as absent, whatever the code may do; the reason follows it.
- *fact, nothing to test*: background that explains other rules.

`pytest --rule EKO-4` runs the proofs of one rule. A test marked *(long)* runs in the long form of the suite only.
"""


PROVEN, ABSENT = "proven by tests", "not yet built"


@dataclass(frozen=True)
class Rule:
    """One sentence that the product keeps.

    Attributes:
        identifier: Stable name, such as `EKO-4`, `F7` or `I2`.
        area: Heading under which the rule stands.
        sentence: The rule in full.
        origin: One of `ORIGINS`, or empty for fault rows and invariants.
        sources: Public addresses that state the rule.
        fact: True when there is nothing a test could prove.
        absent: Why the product does not keep the rule yet, where that is known.
    """

    identifier: str
    area: str
    sentence: str
    origin: str = ""
    sources: tuple[str, ...] = ()
    fact: bool = False
    absent: str = ""


class RuleBookError(ValueError):
    """`docs/rules.toml` or `docs/faults.md` breaks its own form; the text names the row."""


def read_rules(root: Path) -> tuple[Rule, ...]:
    """Return the product's rules, then the invariants and fault rows, in the order of their files.

    Args:
        root: The project's folder.

    Raises:
        RuleBookError: A row is incomplete, has an unknown key, area or status, or repeats an identifier.
    """
    book = tomllib.loads((root / "docs" / "rules.toml").read_text(encoding="utf-8"))
    rules = [_rule(row, book["areas"]) for row in book["rule"]]
    rules += _fault_rows((root / "docs" / "faults.md").read_text(encoding="utf-8"))
    identifiers = [rule.identifier for rule in rules]
    repeated = sorted({each for each in identifiers if identifiers.count(each) > 1})
    if repeated:
        raise RuleBookError(f"more than one row is called {', '.join(repeated)}")
    return tuple(rules)


def _rule(row: dict[str, Any], areas: dict[str, str]) -> Rule:
    identifier = str(row.get("id"))
    wrong = {
        "an identifier such as EKO-4": not IDENTIFIER.fullmatch(identifier),
        "known keys only": not KEYS.issuperset(row),
        "the area of its identifier": row.get("area") != identifier[:3] or identifier[:3] not in areas,
        "a sentence with a full stop": not str(row.get("sentence", "")).endswith("."),
        "a known status": row.get("status") not in ORIGINS,
        "public addresses as source": any(urlsplit(each).netloc == "" for each in row.get("source", [""])),
        "a source, unless it is our choice": not row.get("source") and row.get("status") != "our choice",
    }
    for wanted, is_wrong in wrong.items():
        if is_wrong:
            raise RuleBookError(f"docs/rules.toml: row {identifier} needs {wanted}")
    return Rule(
        identifier=identifier,
        area=areas[row["area"]],
        sentence=row["sentence"],
        origin=row["status"],
        sources=tuple(row["source"]),
        fact=row.get("fact", False),
        absent=row.get("absent", ""),
    )


def _fault_rows(text: str) -> list[Rule]:
    rows = []
    for identifier, rest in FAULT_ROW.findall(text):
        cells = [cell.strip() for cell in rest.split("|")]
        if len(cells) != FAULT_CELLS[identifier[0]] or "" in cells:
            raise RuleBookError(f"docs/faults.md: row {identifier} has an empty, missing or extra cell")
        sentence = cells[0] if identifier.startswith("I") else f"{cells[0].rstrip('.')}: {cells[2]}"
        rows.append(Rule(identifier, FAULT_AREAS[identifier[0]], sentence))
    return rows


def unknown(rules: Iterable[Rule | Control], proofs: Iterable[Proof]) -> list[str]:
    """Return one line for each test that cites a rule or control which does not exist."""
    known = {rule.identifier for rule in rules}
    return [
        f"{proof.file}::{proof.test} cites {proof.identifier}, which is no rule"
        for proof in proofs
        if proof.identifier not in known
    ]


def render(rules: Iterable[Rule], proofs: Iterable[Proof]) -> str:
    """Return the rule book as Markdown: a count, then one table per area."""
    rules, proofs = tuple(rules), tuple(proofs)
    areas = dict.fromkeys(rule.area for rule in rules)
    parts = [HEAD, _counts(rules, proofs)]
    for area in areas:
        parts.append(f"## {area}\n\n| Rule | Sentence | Origin | Tests | Status |\n|---|---|---|---|---|")
        parts[-1] += "".join(_row(rule, proofs) for rule in rules if rule.area == area) + "\n"
    return "\n".join(parts)


def _status(rule: Rule, proofs: tuple[Proof, ...]) -> str:
    if rule.fact:
        return "fact, nothing to test"
    return PROVEN if any(each.identifier == rule.identifier for each in proofs) else ABSENT


def _counts(rules: tuple[Rule, ...], proofs: tuple[Proof, ...]) -> str:
    statuses = [_status(rule, proofs) for rule in rules]
    counted = [f"{statuses.count(each)} {each}" for each in dict.fromkeys(sorted(statuses, reverse=True))]
    return f"{len(rules)} rows: {'; '.join(counted)}.\n"


def _row(rule: Rule, proofs: tuple[Proof, ...]) -> str:
    tests = "<br>".join(link(each) for each in proofs if each.identifier == rule.identifier)
    sources = ", ".join(f"[{urlsplit(each).netloc}]({each})" for each in rule.sources)
    origin = ": ".join(part for part in (rule.origin, sources) if part)
    status = _status(rule, proofs)
    reason = f": {rule.absent}" if rule.absent and status == ABSENT else ""
    return f"\n| {rule.identifier} | {rule.sentence} | {origin} | {tests} | {status}{reason} |"


def complaints(root: Path) -> list[str]:
    """Return what is wrong with the rule book of a project; an empty list when nothing is.

    Args:
        root: The project's folder, with `docs/` and `tests/`.
    """
    try:
        rules, controls, proofs, pages = read_rules(root), read_controls(root), read_proofs(root), _pages(root)
    except (RuleBookError, ControlError, MarkError) as error:
        return [str(error)]
    found = unknown((*rules, *controls), proofs) + unspoken(controls, proofs)
    for name, text in pages.items():
        page = root / "docs" / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            found.append(f"docs/{name} is stale: run python -m portal.rule_book")
    return found


def _pages(root: Path) -> dict[str, str]:
    """Return the text of each page by its name in `docs/`."""
    proofs = read_proofs(root)
    return {
        "rules.md": render(read_rules(root), proofs),
        "security.md": control_book.render(read_controls(root), proofs),
    }


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the page is stale or a test cites no rule.")
def main(*, check: bool) -> None:
    """Write docs/rules.md and docs/security.md from the rules, the controls and the marks of the tests."""
    if not check:
        try:
            pages = _pages(ROOT)
        except (RuleBookError, ControlError, MarkError) as error:
            raise click.ClickException(str(error)) from error
        for name, text in pages.items():
            (ROOT / "docs" / name).write_text(text, encoding="utf-8")
    found = complaints(ROOT)
    for line in found:
        click.echo(line, err=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
