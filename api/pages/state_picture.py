"""The states of a type of request drawn one under the other, with the path that one request took marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from workflows.diagram import SPINE
from workflows.vocabulary import State, Workflow

WIDTH = 380
_BOX_LEFT, _BOX_RIGHT, _BOX_HEIGHT, _ROW = 95, 285, 34, 62
_TOP = 8
_MOST_BULGE, _BULGE = 78, 26
_APART = 7


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a request: its number, and the states it led from and to."""

    n: int
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Box:
    """A state: where it is drawn, whether the request was ever in it or is now, and the steps that stayed in it."""

    name: str
    y: int
    visited: bool
    present: bool
    stayed: str

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.y + _BOX_HEIGHT // 2


@dataclass(frozen=True, slots=True)
class Line:
    """What leads from one state to another; `numbers` are the steps that took it, empty where none did."""

    path: str
    x: float
    y: float
    numbers: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole drawing, in units of its own; what was taken comes last, so that it lies on top."""

    width: int
    height: int
    left: int
    box_width: int
    box_height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def picture(workflow: Workflow | None, moves: Sequence[Move], names: Mapping[str, str]) -> Picture:
    """Return the drawing of the table in force now, with the path taken; what the table no longer has is added."""
    rows = _rows(workflow, moves)
    taken: dict[tuple[str, str], list[int]] = {}
    for move in moves:
        taken.setdefault((move.source, move.target), []).append(move.n)
    possible = {(step.source.value, step.target.value) for step in workflow.steps} if workflow else set()
    between = sorted({*possible, *taken}, key=lambda pair: (pair in taken, rows[pair[0]], rows[pair[1]]))
    return Picture(
        width=WIDTH,
        height=_TOP * 2 + (len(rows) - 1) * _ROW + _BOX_HEIGHT,
        left=_BOX_LEFT,
        box_width=_BOX_RIGHT - _BOX_LEFT,
        box_height=_BOX_HEIGHT,
        boxes=tuple(_boxes(rows, moves, taken, names)),
        lines=tuple(
            _line(rows[source], rows[target], _numbers(taken.get((source, target), ())))
            for source, target in between
            if source != target
        ),
    )


def _rows(workflow: Workflow | None, moves: Sequence[Move]) -> dict[str, int]:
    """Return the row of each state: the milestones first, so that the usual path leads straight down."""
    present = [state.value for state in workflow.states] if workflow else []
    first = [state.value for state in (State.DRAFT, *SPINE) if state.value in present]
    walked = chain.from_iterable((move.source, move.target) for move in moves)
    return {state: row for row, state in enumerate(dict.fromkeys([*first, *present, *walked]))}


def _boxes(
    rows: Mapping[str, int],
    moves: Sequence[Move],
    taken: Mapping[tuple[str, str], Sequence[int]],
    names: Mapping[str, str],
) -> Iterator[Box]:
    visited = set(chain.from_iterable(taken))
    for state, row in rows.items():
        yield Box(
            name=names.get(state, state),
            y=_top(row),
            visited=state in visited,
            present=bool(moves) and state == moves[-1].target,
            stayed=_numbers(taken.get((state, state), ())),
        )


def _line(source: int, target: int, numbers: str) -> Line:
    """Draw straight down to the next row, round on the right to a later one, and on the left back to an earlier one."""
    if target == source + 1:
        x, above, below = (_BOX_LEFT + _BOX_RIGHT) / 2, _top(source) + _BOX_HEIGHT, _top(target)
        return Line(f"M{x:g} {above}V{below - 3}", x, (above + below) / 2, numbers)
    forward = target > source
    side = _BOX_RIGHT if forward else _BOX_LEFT
    bulge = min(_MOST_BULGE, _BULGE + 12 * abs(target - source)) * (1 if forward else -1)
    begin = _top(source) + _BOX_HEIGHT / 2 + (_APART if forward else -_APART)
    end = _top(target) + _BOX_HEIGHT / 2 + (-_APART if forward else _APART)
    out, tip = side + bulge, side + (3 if forward else -3)
    path = f"M{side} {begin:g}C{out} {begin:g} {out} {end:g} {tip} {end:g}"
    return Line(path, side + 0.75 * bulge, (begin + end) / 2, numbers)


def _top(row: int) -> int:
    return _TOP + row * _ROW


def _numbers(steps: Sequence[int]) -> str:
    return ", ".join(str(n) for n in steps)
