"""What changed between two versions of what a clinic decided, member by member."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One member that is not as it was: a JSON pointer, and the values; None also where there was or is none."""

    field: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return every member that differs, those within a member too, in the order of their names."""
    return tuple(_differences(before or {}, after, ""))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], within: str) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        old, new, field = before.get(name), after.get(name), f"{within}/{name}"
        if isinstance(old or {}, Mapping) and isinstance(new or {}, Mapping) and (old or new):
            yield from _differences(old or {}, new or {}, field)
        elif old != new:
            yield Difference(field, old, new)
