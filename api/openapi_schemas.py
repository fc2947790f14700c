"""The schemas of all shapes of the document, made in one go, under names a reader would choose."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import TypeAdapter

from api.examples import REFERENCE, Examples

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]
Wanted = tuple[Any, Mode]
"""A shape, and whether it comes in or goes out."""

_REFERENCE = re.compile(re.escape(f'"{REFERENCE}') + r'([^"]+)"')


class Schemas:
    """The schemas of these shapes.

    Attributes:
        definitions: the named schemas, for the document's components.
        examples: makes examples of them.
    """

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        keys = list(dict.fromkeys(wanted))
        made, rest = TypeAdapter.json_schemas(
            [(index, mode, TypeAdapter(shape)) for index, (shape, mode) in enumerate(keys)],
            ref_template=REFERENCE + "{model}",
        )
        names = _names(rest.get("$defs", {}))
        self.definitions: dict[str, Json] = {
            names[name]: _renamed(schema, names) for name, schema in rest.get("$defs", {}).items()
        }
        self._found = {key: _renamed(made[index, key[1]], names) for index, key in enumerate(keys)}
        self.examples = Examples(self.definitions)

    def of(self, shape: Any, mode: Mode) -> Json:
        """Return the schema of a shape: a reference where it is a model."""
        return dict(self._found[shape, mode])

    def members(self, shape: type) -> Json:
        """Return the schema of an incoming model itself, not a reference to it."""
        schema = self.of(shape, "validation")
        return self.definitions[schema["$ref"].removeprefix(REFERENCE)] if "$ref" in schema else schema


def _names(definitions: Mapping[str, Json]) -> dict[str, str]:
    """Return a name for each definition: its title; with its module in front where two share the title."""
    titles = {name: re.sub(r"[^A-Za-z0-9]", "", schema.get("title", name)) for name, schema in definitions.items()}
    count = Counter(titles.values())
    names = {
        name: title if count[title] == 1 else f"{_module(name)}{title}{_number(name)}" for name, title in titles.items()
    }
    # Where even the module does not tell them apart, the longer name stays.
    taken = Counter(names.values())
    return {name: short if taken[short] == 1 else name for name, short in names.items()}


def _module(name: str) -> str:
    """Return the last module of a qualified definition's name: "workflows__e_kons__Answer" is of "EKons"."""
    parts = name.split("__")
    return "".join(word.capitalize() for word in parts[-2].split("_")) if len(parts) > 1 else ""


def _number(name: str) -> str:
    found = re.search(r"__(\d+)$", name)
    return found[1] if found else ""


def _renamed(schema: Json, names: Mapping[str, str]) -> Json:
    text = _REFERENCE.sub(lambda match: f'"{REFERENCE}{names[match[1]]}"', json.dumps(schema))
    renamed: Json = json.loads(text)
    return renamed
