"""No message repeats the text of a value: it may be a secret that was pasted where none should stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.config import document_schema, load_text
from reconciler.errors import ConfigError
from tests.unit.config.mistakes import FILE, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator

SENTINEL = "zQ7sentinelQz"
SHAPES = [
    SENTINEL,
    f'"{SENTINEL}"',
    f"[{SENTINEL}]",
    f"{{{SENTINEL}}}",
    f"[[{SENTINEL}]]",
    f"*{SENTINEL}",
    f"!{SENTINEL}",
    f"!{SENTINEL} x",
    f"@{SENTINEL}",
    f"%{SENTINEL}",
    f"`{SENTINEL}`",
    f"{SENTINEL}: {SENTINEL}",
    f"'{SENTINEL}'s'",
    f'"\\q{SENTINEL}"',
    f"'{SENTINEL}",
    f"|{SENTINEL}",
    f"/(?P<{SENTINEL}>x)(?P<{SENTINEL}>x)/",
    f"/(?P={SENTINEL})/",
    f"(?P={SENTINEL})",
    f'"/{SENTINEL}/{{{SENTINEL}}}"',
    f"{SENTINEL}://{SENTINEL}",
    f"vault://{SENTINEL}#{SENTINEL}",
    f'"vault://{{{SENTINEL}}}"',
    f'"text {SENTINEL} vault://{SENTINEL}"',
    f"secretref+{SENTINEL}://{SENTINEL}",
    f"1{SENTINEL}",
    f'"{SENTINEL}\\0"',
    f'" {SENTINEL}"',
]
NAMED = frozenset({"environments", "variables", "services", "secret_files", "env_groups", "allow", "schema", "claims"})
"""Keys under which a mapping's keys are names, which messages may repeat."""


def told_of(text: str) -> str:
    """What is said of a file, which may be right."""
    try:
        load_text(text, FILE)
    except ConfigError as error:
        return str(error)
    return ""


def positions(schema: dict[str, Any], whole: dict[str, Any], depth: int = 0) -> Iterator[str]:
    """Flow mappings, one for each place of a schema where a value stands, with `%s` in that place."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    for branch in schema.get("anyOf", ()):
        yield from positions(branch, whole, depth)
    if depth > 6:
        return
    required = {"render": "render: 'x-{environment}'", "property": "property: host", "variable": "variable: B"}
    for name, inner in schema.get("properties", {}).items():
        rest = [required[key] for key in schema.get("required", ()) if key != name and key in required]
        for place in ["%s", *positions(inner, whole, depth + 1)]:
            yield f"{{{', '.join([f'{name}: {place}', *rest])}}}"
    if isinstance(extra := schema.get("additionalProperties"), dict):
        for place in ["%s", *positions(extra, whole, depth + 1)]:
            yield f"{{staging: {place}}}"


def files() -> Iterator[str]:
    schema = document_schema()
    for place in positions(schema, schema):
        yield place
        yield f"{{version: 1, environments: {{staging: , production: }}, {place[1:]}"


PLACES = sorted(set(files()))


def test_the_places_are_those_of_the_whole_language() -> None:
    assert len(PLACES) > 300


@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_in_any_place_of_the_language(shape: str) -> None:
    for place in PLACES:
        if shape.startswith(("{", "[{")) and any(f"{key}: %s" in place for key in NAMED):
            continue
        assert SENTINEL not in told_of(place % shape), place


TYPED = [
    *("type: port", "type: integer, min: 5", "type: json", "type: uuid", "type: duration", "type: email", "type: host"),
    *("type: url", "type: https_url", "type: postgres_url", "type: redis_url", "type: supabase_url", "type: boolean"),
    *("type: supabase_key, role: anon", "type: jwt", "type: fernet_key", "type: base64, bytes: 1", "type: hex"),
    *("type: pem", "type: api_key, prefix: sk-", "type: enum, values: [a]", "type: string, pattern: ^a$"),
    *("type: string, max_length: 2", f"type: string, pattern: ({SENTINEL}", f"type: {SENTINEL}", f"schema: {SENTINEL}"),
    *(f"type: json, schema: {{type: {SENTINEL}}}", f"type: postgres_url, driver: {SENTINEL}", f"kind: {SENTINEL}"),
]


@pytest.mark.parametrize("options", TYPED)
def test_a_value_that_its_type_refuses(options: str) -> None:
    for value in (SENTINEL, f"https://{SENTINEL}:{SENTINEL}@[", f'"{{\\"{SENTINEL}\\": "'):
        text = (
            f"{HEAD}services: {{a: {{render: 'a-{{environment}}', variables: {{A: {{{options}, value: {value}}}}}}}}}\n"
        )
        assert SENTINEL not in told_of(text)
