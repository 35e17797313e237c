"""The committed schemas are those of the models, and what the commands write is valid against them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconciler.cli.schema import FILES, schema_text

FOLDER = Path(__file__).parents[3] / "schema"


@pytest.mark.parametrize("name", FILES)
def test_the_committed_schema_is_current(name: str) -> None:
    committed = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")

    assert committed == schema_text(name), "write it anew with: make schema"


@pytest.mark.parametrize("name", FILES)
def test_the_schema_is_one(name: str) -> None:
    schema = json.loads(schema_text(name))

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)
