"""Check one request's history: dense numbering, unbroken links, legal moves."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from evidence.leaf import FIRST_PREVIOUS, link


@dataclass(frozen=True, slots=True)
class Row:
    """One history row as stored: its number, exact body bytes, and the two 32-byte hashes."""

    n: int
    body: bytes
    prev: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first thing that is wrong: the row's number and a machine word for the fault."""

    n: int
    fault: str


def first_flaw(rows: Iterable[Row]) -> Flaw | None:
    """Return the first flaw of one request's rows, taken in the order given, or None when the chain holds."""
    prev, state = FIRST_PREVIOUS, "draft"
    for n, row in enumerate(rows, start=1):
        fault = _fault(n, row, prev, state)
        if fault:
            return Flaw(row.n, fault)
        prev, state = row.hash, json.loads(row.body)["to"]
    return None


def _fault(n: int, row: Row, prev: bytes, state: str) -> str | None:
    if row.n != n:
        return "number_missing"
    if row.prev != prev:
        return "link_broken"
    if link(row.prev, row.body) != row.hash:
        return "body_changed"
    return _misfit(row.body, n, state)


def _misfit(body: bytes, n: int, state: str) -> str | None:
    """What a body says, against where it stands: a forger may have chained anything."""
    try:
        said = json.loads(body)
        number, source, target = said["n"], said["from"], said["to"]
    except (ValueError, KeyError, TypeError):
        return "body_unreadable"
    if number != n:
        return "number_differs"
    return None if source == state and isinstance(target, str) else "state_jumps"
