"""JSON: `json`, and whether it conforms to a JSON Schema that `services.yaml` holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from reconciler.value_types.option import Option
from reconciler.value_types.value_type import ValueType

if TYPE_CHECKING:
    from reconciler.domain.definition import Json, TypeOptions

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def _is_schema(value: Json) -> bool:
    if isinstance(value, bool):
        return True
    if not isinstance(value, dict) or _refers_outside(value):
        return False
    from jsonschema import SchemaError  # noqa: PLC0415 — slow to import, and few files have schemas
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415 — the same

    try:
        validator_for(value, default=Draft202012Validator).check_schema(value)
    except (SchemaError, RecursionError):
        return False
    return True


def _refers_outside(node: Json) -> bool:
    # jsonschema would fetch what a schema refers to over the network; a check must not.
    if isinstance(node, dict):
        references = (node[key] for key in _REFERENCES if key in node)
        if any(isinstance(target, str) and not target.startswith("#") for target in references):
            return True
        return any(map(_refers_outside, node.values()))
    return isinstance(node, list) and any(map(_refers_outside, node))


def _json(options: TypeOptions, text: str) -> str | None:
    if not text.strip():
        return "the value is empty: it must be JSON"
    try:
        document = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return f"the value is not JSON: see its {place}; texts and keys have double quotes"
    except (ValueError, RecursionError):
        return "the value is not JSON that every program reads: it may have no NaN, no Infinity and no endless nesting"
    schema = options.get("schema")
    if schema is False:
        return "the value breaks its JSON Schema, which is `false` and takes nothing"
    return _breach(schema, document) if isinstance(schema, dict) else None


def _breach(schema: dict[str, Json], document: Json) -> str | None:
    from jsonschema.exceptions import best_match  # noqa: PLC0415 — slow to import, and few files have schemas
    from jsonschema.validators import Draft202012Validator, validator_for  # noqa: PLC0415 — the same

    validator = validator_for(schema, default=Draft202012Validator)(schema)
    error = best_match(validator.iter_errors(document))
    if error is None:
        return None
    # Where in the schema, never where in the value or what stands there: its keys may be secret too.
    place = "/".join(str(step) for step in error.absolute_schema_path)
    return f"the value breaks its JSON Schema: see `schema/{place}`" if place else "the value breaks its JSON Schema"


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


JSON = ValueType(
    "json",
    _json,
    options={"schema": Option("a JSON Schema that refers to nothing outside itself", _is_schema)},
)
