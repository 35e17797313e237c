"""The JSON Schema: committed as it is made, valid itself, of use in an editor, and what files are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.config import document_schema
from reconciler.value_types import OPTION_NAMES, TYPE_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITTED = Path(__file__).parents[3] / "schema" / "services.schema.json"


def objects(schema: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of a schema that describes a mapping with known keys."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield path, schema
        for key, item in schema.items():
            yield from objects(item, f"{path}/{key}")


def definition() -> dict[str, Any]:
    schema: dict[str, Any] = document_schema()
    found: dict[str, Any] = schema["$defs"]["DefinitionOrValue"]
    return found


def test_the_committed_schema_is_the_one_that_the_models_make() -> None:
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == document_schema(), "run `make schema`"


def test_the_schema_is_valid_by_the_metaschema_of_its_dialect() -> None:
    schema = document_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_every_mapping_knows_its_keys_and_every_key_says_what_it_is_for() -> None:
    found = list(objects(document_schema()))
    assert found
    for path, schema in found:
        assert schema["additionalProperties"] is False, path
        for name, key in schema["properties"].items():
            assert key.get("description"), f"{path}: {name}"


def test_an_editor_completes_types_and_their_options() -> None:
    properties = definition()["properties"]
    assert properties["type"]["enum"] == list(TYPE_NAMES)
    assert {option for options in OPTION_NAMES.values() for option in options} <= properties.keys()


@pytest.mark.parametrize("value", ["text", 1, 1.5, True])
def test_an_editor_accepts_any_scalar_as_a_value(value: object) -> None:
    entry = {"render": "api", "variables": {"A": value, "B": {"value": value}, "C": {"value": {"staging": value}}}}
    document = {"version": 1, "environments": {"staging": None}, "services": {"api": entry}}
    assert Draft202012Validator(document_schema()).is_valid(document)


@pytest.mark.parametrize(
    "entry",
    [{}, {"render": ""}, {"render": "a", "prune": "yes"}, {"render": "a", "variables": {"..": "x"}}, {"render": None}],
)
def test_an_editor_marks_a_mistake(entry: object) -> None:
    document = {"version": 1, "environments": {"staging": None}, "services": {"api": entry}}
    assert not Draft202012Validator(document_schema()).is_valid(document)


def test_no_definition_is_left_unused() -> None:
    schema: dict[str, Any] = document_schema()
    text = json.dumps(schema)
    assert [name for name in schema["$defs"] if f'"#/$defs/{name}"' not in text] == []
