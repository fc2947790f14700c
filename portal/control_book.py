"""The security controls with the tests that prove them, written to `docs/security.md`."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.rule_proofs import Proof, link

KEYS = frozenset({"id", "item", "level", "control", "ours"})
STANDARD = "https://github.com/OWASP/ASVS/tree/v5.0.0"
LEVELS = (1, 2, 3)

HEAD = f"""\
# Security controls

Written by `python -m portal.rule_book` from `docs/controls.toml` and the `rule` marks of the tests. Do not edit it by
hand; `make check` fails when it is stale. What we protect, from whom, and how to report a weakness stands in
[SECURITY.md](../SECURITY.md).

The items are those of [OWASP ASVS 5.0]({STANDARD}) that bear on this product: all of levels 1 and 2 that apply, and
some of level 3; the number is the lowest level among a row's items. A row is **proven** when tests carry its mark and
no gap is stated, **partly proven** when a gap remains, and a **gap** when there is no test. `pytest --rule V21` runs
the proofs of one row.
"""


@dataclass(frozen=True)
class Control:
    """One row: what the standard asks (`item`, `level`), what we do, and what is still missing, if anything."""

    identifier: str
    item: str
    level: int
    control: str
    ours: str
    gap: str = ""


class ControlError(ValueError):
    """`docs/controls.toml` breaks its own form; the text names the row."""


def read_controls(root: Path) -> tuple[Control, ...]:
    """Return the controls in the order of their file.

    Raises:
        ControlError: a row is incomplete, out of order, or has an unknown key.
    """
    rows = tomllib.loads((root / "docs" / "controls.toml").read_text(encoding="utf-8"))["control"]
    return tuple(_control(row, f"V{number}") for number, row in enumerate(rows, start=1))


def _control(row: dict[str, Any], expected: str) -> Control:
    wrong = {
        "its place in the order": row.get("id") != expected,
        "all keys, and no others but a gap": set(row) - {"gap"} != KEYS,
        "a level of the standard": row.get("level") not in LEVELS,
        "sentences with a full stop": not all(
            str(row.get(key, ".")).endswith(".") for key in ("control", "ours", "gap")
        ),
    }
    for wanted, is_wrong in wrong.items():
        if is_wrong:
            raise ControlError(f"docs/controls.toml: row {expected} needs {wanted}")
    return Control(expected, row["item"], row["level"], row["control"], row["ours"], row.get("gap", ""))


def unspoken(controls: Iterable[Control], proofs: Iterable[Proof]) -> list[str]:
    """Return one line for each control that has neither a test nor a stated gap."""
    proven = {proof.identifier for proof in proofs}
    return [
        f"docs/controls.toml: {each.identifier} has no test; mark one, or state the gap"
        for each in controls
        if not each.gap and each.identifier not in proven
    ]


def render(controls: Iterable[Control], proofs: Iterable[Proof]) -> str:
    """Return the page as Markdown: a count, then one table."""
    controls, proofs = tuple(controls), tuple(proofs)
    statuses = [_status(each, proofs) for each in controls]
    counted = "; ".join(f"{statuses.count(each)} {each}" for each in ("proven", "partly proven", "gap"))
    table = (
        "| Control | ASVS 5.0 | Level | What is asked | What we do | Tests | Status |\n|---|---|---|---|---|---|---|"
    )
    rows = (_row(each, status, proofs) for each, status in zip(controls, statuses, strict=True))
    return f"{HEAD}\n{len(controls)} controls: {counted}.\n\n{table}\n" + "".join(rows)


def _status(control: Control, proofs: tuple[Proof, ...]) -> str:
    if not any(each.identifier == control.identifier for each in proofs):
        return "gap"
    return "partly proven" if control.gap else "proven"


def _row(control: Control, status: str, proofs: tuple[Proof, ...]) -> str:
    tests = "<br>".join(link(each) for each in proofs if each.identifier == control.identifier)
    told = f"{status}: {control.gap}" if control.gap else status
    cells = (control.identifier, control.item, str(control.level), control.control, control.ours, tests, told)
    return f"| {' | '.join(cells)} |\n"
