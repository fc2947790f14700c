"""Charts of numbers as plain shapes: measured here, drawn by the templates, each with a table of the same numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

WIDTH, HEIGHT = 340, 150
_FLOOR, _CEILING = 126, 18
_MARGIN, _GAP = 4, 0.25
_MOST_VALUES, _LETTER = 12, 7.5


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `written` is its value in words, `label` stands under it ("" where there is no room)."""

    name: str
    written: str
    label: str
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart; `id` is its name within the page."""

    id: str
    title: str
    unit: str
    columns: tuple[Column, ...]
    values_shown: bool


def chart(identifier: str, title: str, unit: str, values: Iterable[tuple[str, float, str]]) -> Chart:
    """Return a chart of (name, value, the value as it is written)."""
    rows: Sequence[tuple[str, float, str]] = tuple(values)
    largest = max((value for _, value, _ in rows), default=0) or 1
    step = (WIDTH - 2 * _MARGIN) / max(len(rows), 1)
    longest = max((len(name) for name, _, _ in rows), default=0)
    every = max(1, ceil(longest * _LETTER / step))
    columns = tuple(
        _column(row, largest, _MARGIN + index * step, step, shown=index % every == 0) for index, row in enumerate(rows)
    )
    return Chart(identifier, title, unit, columns, values_shown=len(rows) <= _MOST_VALUES)


def _column(row: tuple[str, float, str], largest: float, left: float, step: float, *, shown: bool) -> Column:
    name, value, written = row
    height = round((_FLOOR - _CEILING) * value / largest, 1)
    width = min(step * (1 - _GAP), 56)
    return Column(
        name=name,
        written=written,
        label=name if shown else "",
        x=round(left + (step - width) / 2, 1),
        y=round(_FLOOR - height, 1),
        width=round(width, 1),
        height=height,
    )
