"""The house drawn from its own contracts: the floors of pyproject.toml as SVG, Mermaid and a table."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

_WIDTH, _LEFT, _FLOOR, _GAP, _ROOF = 760, 30, 82, 10, 70
_FILLS = ("#dcebf5", "#e3efe8", "#f3ecdd", "#efe6ef", "#e9edf0")
_INK, _QUIET, _LINE = "#24323d", "#56646f", "#8fa3b0"
_MOCK_WIDTH = 240
_SVG = 'role="img" font-family="Helvetica, Arial, sans-serif"'
_ROOF_LINE = f"M{_LEFT - 16} {_ROOF - 4} L{_LEFT + _WIDTH // 2} 12 L{_LEFT + _WIDTH + 16} {_ROOF - 4} Z"

_HEAD = """\
# The house

Written by `python -m portal.diagrams` from the import contracts in `pyproject.toml`; `make check` fails when it is
stale. Each floor looks down only; rooms on one floor never import each other.

![The house](house.svg)

"""


@dataclass(frozen=True, slots=True)
class Room:
    """A top-level package and the sentence it says of itself."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class House:
    """The floors from top to bottom, who stands outside them, and every contract's name."""

    floors: tuple[tuple[Room, ...], ...]
    strangers: tuple[Room, ...]
    contracts: tuple[tuple[str, str], ...]


def read_house(root: Path) -> House:
    """Return the house as the contracts of the project at `root` describe it."""
    linter: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]
    layers = next(each for each in linter["contracts"] if each["type"] == "layers")["layers"]
    floors = tuple(tuple(_room(root, name.strip()) for name in layer.split("|")) for layer in layers)
    inside = {room.name for floor in floors for room in floor}
    strangers = tuple(_room(root, name) for name in linter["root_packages"] if name not in inside)
    return House(floors, strangers, tuple((each["id"], each["name"]) for each in linter["contracts"]))


def _room(root: Path, name: str) -> Room:
    sentence = ast.get_docstring(ast.parse((root / name / "__init__.py").read_text(encoding="utf-8")))
    return Room(name, (sentence or "").splitlines()[0])


def house_markdown(house: House) -> str:
    """Return the house as Markdown: the picture, Mermaid, the rooms, the contracts."""
    rooms = [room for floor in house.floors for room in floor] + list(house.strangers)
    lines = [_HEAD + "```mermaid", *_mermaid(house), "```", "", "| Room | What it is |", "|---|---|"]
    lines += [f"| `{room.name}` | {room.sentence} |" for room in rooms]
    lines += ["", "| Contract | What it holds |", "|---|---|"]
    lines += [f"| `{identifier}` | {name} |" for identifier, name in house.contracts]
    return "\n".join(lines) + "\n"


def _mermaid(house: House) -> Iterator[str]:
    yield "flowchart TB"
    for number, floor in enumerate(house.floors):
        yield f'    subgraph floor{number}[" "]'
        yield "        direction LR"
        yield from (f"        {room.name}" for room in floor)
        yield "    end"
    yield from (f"    floor{number} --> floor{number + 1}" for number in range(len(house.floors) - 1))
    for room in house.strangers:
        yield f"    {room.name}"
        yield f"    floor0 <-. signed HTTP .-> {room.name}"


def house_svg(house: House) -> str:
    """Return the house as a drawing: a roof, a storey per floor, and the strangers beside it."""
    height = _ROOF + len(house.floors) * (_FLOOR + _GAP) + 24
    width = _LEFT * 2 + _WIDTH + (len(house.strangers) and _MOCK_WIDTH + 90)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {_SVG}>',
        "<title>The house</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<path id="roof" d="{_ROOF_LINE}" fill="#f4f6f7" stroke="{_LINE}" stroke-linejoin="round"/>',
        _words(_LEFT + _WIDTH // 2, _ROOF - 20, 13, "each floor looks down only", _QUIET),
    ]
    for number, floor in enumerate(house.floors):
        parts += _storey(floor, _ROOF + _GAP // 2 + number * (_FLOOR + _GAP), _FILLS[number % len(_FILLS)])
    for number, room in enumerate(house.strangers):
        parts += _stranger(room, height - 24 - _FLOOR - _GAP - number * (_FLOOR + _GAP))
    ground = height - 19
    parts.append(f'<path d="M10 {ground} H{width - 10}" stroke="{_LINE}" stroke-width="2"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _storey(floor: tuple[Room, ...], top: int, fill: str) -> Iterator[str]:
    each = (_WIDTH - _GAP * (len(floor) - 1)) // len(floor)
    for number, room in enumerate(floor):
        yield from _box(room, _LEFT + number * (each + _GAP), top, each, fill)


def _stranger(room: Room, top: int) -> Iterator[str]:
    left = _LEFT + _WIDTH + 90
    yield from _box(room, left, top, _MOCK_WIDTH, "white", dashed=True)
    middle, street = top + _FLOOR // 2, _LEFT + _WIDTH + 8
    yield f'<path d="M{street} {middle} H{left - 8}" stroke="{_LINE}" stroke-width="1.5" stroke-dasharray="4 4"/>'
    yield _words((street + left) // 2, middle - 7, 11, "signed HTTP", _QUIET)


def _box(room: Room, left: int, top: int, width: int, fill: str, *, dashed: bool = False) -> Iterator[str]:
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    yield f'<g id="room-{room.name}">'
    yield (
        f'<rect x="{left}" y="{top}" width="{width}" height="{_FLOOR}" rx="6" fill="{fill}" stroke="{_LINE}"{dash}/>'
    )
    yield _words(left + width // 2, top + 27, 16, room.name, _INK, bold=True)
    for number, line in enumerate(_lines(room.sentence, (width - 16) // 7)):
        yield _words(left + width // 2, top + 45 + 15 * number, 12, line, _QUIET)
    yield "</g>"


def _lines(sentence: str, longest: int) -> list[str]:
    lines = [""]
    for word in sentence.split():
        if len(lines[-1]) + len(word) >= longest:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _words(x: int, y: int, size: int, words: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="middle"{weight}>{escape(words)}</text>'
    )
