"""Makes an example of a JSON schema: from the schema's own examples where it has some, else the plainest value."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

REFERENCE = "#/components/schemas/"
_FORMATS = {
    "uuid": "0193587e-2c00-7000-8000-000000000001",
    "date": "2026-11-24",
    "date-time": "2026-11-24T09:00:00Z",
    "uri-reference": "/problems/not_found",
}
_TEXTS = ("Tekst", "nygade", "1111111118", "https://nygade.example/", "a" * 64)


class NoExampleError(Exception):
    """No plain value fits the schema: the field needs `examples` of its own."""


class Examples:
    """Makes examples of schemas that refer to these definitions, by name."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def of(self, schema: Schema) -> Any:
        """Return a value that the schema admits.

        Raises:
            NoExampleError: a text without `examples` that none of the plain ones fits.
        """
        if "$ref" in schema:
            return self.of(self._definitions[schema["$ref"].removeprefix(REFERENCE)])
        found, value = _given(schema)
        if found:
            return value
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.of(next(option for option in options if option.get("type") != "null"))
        return self._made(schema)

    def _made(self, schema: Schema) -> Any:
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema)
        if kind == "array":
            return [self.of(item) for item in schema.get("prefixItems") or [schema["items"]]]
        if kind == "string":
            return _text(schema)
        if kind in {"integer", "number"}:
            return schema.get("minimum", 1)
        return kind == "boolean"

    def _object(self, schema: Schema) -> dict[str, Any]:
        needed = set(schema.get("required", ()))
        properties: Mapping[str, Schema] = schema.get("properties", {})
        return {name: self.of(each) for name, each in properties.items() if name in needed or "examples" in each}


def _given(schema: Schema) -> tuple[bool, Any]:
    """Return whether the schema itself names a value, and which."""
    for word in ("examples", "enum"):
        if schema.get(word):
            return True, schema[word][0]
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return True, schema[word]
    return False, None


def _text(schema: Schema) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 20)
    for text in _TEXTS:
        if least <= len(text) <= most and re.search(schema.get("pattern", ""), text):
            return text
    raise NoExampleError(schema.get("title", "a text"))
