"""The JSON Schema of `services.yaml`: made from the pydantic models, read by editors and by the loader itself."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from reconciler.config.document import Document
from reconciler.value_types import TYPE_NAMES

if TYPE_CHECKING:
    from reconciler.domain.definition import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_REFERENCE = re.compile(r"#/\$defs/(\w+)")


def document_schema() -> dict[str, Json]:
    """Return the JSON Schema, 2020-12, of the whole file."""
    return _Schema(Document.model_json_schema()).document()


@cache
def cached_schema() -> Schema:
    """Return the same, made once for the loader."""
    return document_schema()


class _Schema:
    """What pydantic generates, made flat and strict.

    Where a value may be text, a number or a mapping, pydantic says `anyOf`. One schema that names all the types and has
    the mapping's properties says the same: editors complete it, errors need no guess of what was meant, and a hundred
    thousand scalars are checked in a moment.
    """

    def __init__(self, generated: Schema) -> None:
        self._definitions: Schema = generated.pop("$defs")
        self._root = generated
        self._made: Schema = {}
        """Definitions that may also be a value, or nothing."""

    def document(self) -> Schema:
        root = self._flat(self._root)
        root.pop("title", None)
        definitions = {name: self._flat(definition) for name, definition in self._definitions.items()}
        definitions |= self._made
        for definition in definitions.values():
            definition.pop("title", None)
            if "same_project_as" in definition.get("properties", ()):
                definition["properties"]["type"] |= {"enum": list(TYPE_NAMES)}
        # Definitions that are only used with a value or nothing beside them are there under that name.
        used = set(_REFERENCE.findall(json.dumps([root, definitions])))
        short = {_short(name): definition for name, definition in definitions.items()}
        return {
            "$schema": DIALECT,
            "title": "services.yaml",
            **root,
            "$defs": {name: short[name] for name in sorted(used)},
        }

    def _flat(self, schema: Schema) -> Schema:
        flat: Schema = {}
        for keyword, value in schema.items():
            match keyword, value:
                case "properties", dict():
                    flat["properties"] = {name: self._property(name, value[name]) for name in value}
                case "patternProperties", dict():
                    ((pattern, values),) = value.items()
                    flat["propertyNames"] = {"pattern": pattern}
                    flat["additionalProperties"] = self._flat(values)
                case (("additionalProperties" | "items"), dict()):
                    flat[keyword] = self._flat(value)
                case "anyOf", list():
                    flat |= self._union(value)
                case "$ref", str():
                    flat["$ref"] = _short(value)
                case _:
                    flat[keyword] = value
        return flat

    def _property(self, name: str, schema: Schema) -> Schema:
        schema = {keyword: value for keyword, value in schema.items() if keyword != "title"}
        if schema.get("default", ...) is None:
            # Where Python says None for "not said", the file says nothing.
            del schema["default"]
            schema["anyOf"] = [branch for branch in schema["anyOf"] if branch != {"type": "null"}]
        flat = self._flat(schema)
        if name == "type" and "default" in flat:
            flat["enum"] = list(TYPE_NAMES)
        return flat

    def _union(self, branches: list[Schema]) -> Schema:
        """Return alternatives of different types as one schema; alternatives of one type stay what they are."""
        flat = [self._flat(branch) for branch in branches]
        if len(flat) == 1:
            return flat[0]
        reference = next((branch["$ref"] for branch in flat if "$ref" in branch), None)
        mappings = sum(branch.get("type") == "object" or "$ref" in branch for branch in flat)
        if mappings > 1:
            return {"type": "object", "anyOf": flat}
        simple: Schema = {}
        types: list[str] = []
        for branch in flat:
            if "$ref" in branch:
                continue
            types += [branch["type"]] if isinstance(branch["type"], str) else branch["type"]
            simple |= {keyword: value for keyword, value in branch.items() if keyword != "type"}
        if "number" in types and "integer" in types:
            types.remove("integer")
        types = list(dict.fromkeys(types))
        if reference is None:
            return {"type": types, **simple}
        return {"$ref": f"#/$defs/{self._with_values(reference.removeprefix('#/$defs/'), types)}"}

    def _with_values(self, name: str, types: list[str]) -> str:
        """Return the name of a definition that is a mapping or one of the types."""
        extended = f"{name}{'OrValue' if 'string' in types else ''}{'OrNothing' if 'null' in types else ''}"
        if extended not in self._made:
            self._made[extended] = {}
            definition = self._flat(self._definitions[f"{name}Document"])
            self._made[extended] = {**definition, "type": [*types, "object"]}
        return extended


def _short(reference: str) -> str:
    return reference.removesuffix("Document")
