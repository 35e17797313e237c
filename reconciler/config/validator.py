"""jsonschema's validator, made quick on what a file has by the ten thousand: names and mere values."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from reconciler.config.names import ecma
from reconciler.config.schema import cached_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

# What says nothing about a text, beside what every schema has; anything else sends a text the long way.
_MEANS_NOTHING_TO_TEXT = frozenset(
    {
        "additionalProperties",
        "default",
        "description",
        "examples",
        "items",
        "minItems",
        "minProperties",
        "properties",
        "propertyNames",
        "required",
        "type",
    }
)


WITHOUT_VALUE = "unknown key without a value"
"""The message of an error; jsonschema's errors have no better place for it."""


@cache
def validator() -> Any:  # noqa: ANN401 — the class is made at run time
    """Return the validator of the whole file."""
    quick: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema has no types for it
        Draft202012Validator,
        {"additionalProperties": _additional_properties, "propertyNames": _property_names, "pattern": _pattern},
    )
    return quick(cached_schema())


def _additional_properties(
    validator: Any,  # noqa: ANN401 — the class is made at run time
    schema: Schema | bool,  # noqa: FBT001 — jsonschema calls it so
    instance: object,
    parent: Schema,
) -> Iterator[ValidationError]:
    """Check every property that is not named, and skip text where any text will do."""
    if not isinstance(instance, dict) or (isinstance(schema, bool) and schema):
        return
    named = parent.get("properties", {})
    if isinstance(schema, bool):
        for name in instance:
            if name not in named:
                message = WITHOUT_VALUE if instance[name] is None else "unknown key"
                error = ValidationError(message, validator="additionalProperties", path=[name])
                error.instance, error.schema = name, parent
                yield error
        return
    simple = _simple_types(schema)
    for name, item in instance.items():
        if item.__class__ not in simple and name not in named:
            yield from validator.descend(item, schema, path=name)


def _simple_types(schema: Schema) -> frozenset[type]:
    """Return the types of which a schema lets everything pass."""
    if "$ref" in schema:
        schema = cached_schema()["$defs"][schema["$ref"].removeprefix("#/$defs/")] if len(schema) == 1 else {}
    types = schema.get("type", ())
    if "string" not in types or not schema.keys() <= _MEANS_NOTHING_TO_TEXT:
        return frozenset()
    simple: set[type] = {str}
    if "null" in types:
        simple.add(type(None))
    return frozenset(simple)


def _property_names(
    _validator: Any,  # noqa: ANN401 — the class is made at run time
    schema: Schema,
    instance: object,
    _parent: Schema,
) -> Iterator[ValidationError]:
    """Check names, of which a schema says a pattern or the least length."""
    if not isinstance(instance, dict):
        return
    matches = ecma(schema.get("pattern", "")).search
    shortest = schema.get("minLength", 0)
    for name in instance:
        if len(name) < shortest or not matches(name):
            error = ValidationError("not a name", validator="propertyNames", path=[name])
            error.instance, error.schema = name, schema
            yield error


def _pattern(
    _validator: Any,  # noqa: ANN401 — the class is made at run time
    pattern: str,
    instance: object,
    _parent: Schema,
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not ecma(pattern).search(instance):
        yield ValidationError("does not match")
