"""The sentences for what does not conform to the schema: what is wrong and what to write, never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.config.duration import DURATION_PATTERN, DURATION_SENTENCE
from reconciler.config.names import EXPLANATIONS, VARIABLE_PATTERN
from reconciler.config.problems import did_you_mean, listed, nearest

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from reconciler.config.conformity import Path

_TYPES = {
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "array": "a list",
}
_YES = frozenset({"yes", "on", "y", "true"})
_NO = frozenset({"no", "off", "n", "false"})
_PATTERNS = {
    DURATION_PATTERN: DURATION_SENTENCE,
    VARIABLE_PATTERN: "must be the name of an environment variable: letters, digits and `_`",
    "^/": "must start with `/`",
}


def sentence(error: ValidationError, path: Path) -> str:
    """Return what is wrong at a path."""
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            return _unknown_key(str(error.instance), list(schema["properties"]), path)
        case "propertyNames":
            explain = EXPLANATIONS.get(schema.get("pattern"))
            return explain(str(error.instance)) if explain else "a name must not be empty"
        case "required":
            return f"{_subject(path)} needs `{missing_key(error)}`; add it"
        case _:
            return f"{_named(path)} {_about_value(error, path)}"


def missing_key(error: ValidationError) -> str:
    """Return the key that an error of `required` is about."""
    required: Any = error.validator_value
    return next(key for key in required if f"'{key}'" in error.message)


def _about_value(error: ValidationError, path: Path) -> str:
    rule: Any = error.validator_value
    match error.validator:
        case "type":
            return _wrong_type([rule] if isinstance(rule, str) else rule, error.instance, path)
        case "enum":
            near = nearest(error.instance, rule) if isinstance(error.instance, str) else ""
            return f"must be one of {listed(rule, 'or')}{near}"
        case "const":
            return f"must be {_constant(rule)}"
        case "pattern":
            return _PATTERNS.get(rule, "is not a name that can be used here")
        case keyword:
            return _BOUNDS.get(str(keyword), "is not what can stand here").format(rule)


_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minLength": "must not be empty",
    "minItems": "must not be empty; leave it out or say what it holds",
    "minProperties": "must not be empty; leave it out or say what it holds",
}


def _unknown_key(key: str, known: list[str], path: Path) -> str:
    shown = f"`{key}`" if len(key) <= _LONGEST_KEY and key.isprintable() else ""
    where = f" in {_subject(path[:-1])}" if len(path) > 1 else ""
    return f"unknown key {shown}{where}".rstrip() + did_you_mean(key, known)


_LONGEST_KEY = 64
"""What is longer may be something pasted, and is not repeated."""


def _wrong_type(types: list[str], instance: object, path: Path) -> str:
    wanted = _alternatives(types)
    if instance is None:
        if path[0] == "variables" and len(path) == 2:  # noqa: PLR2004 — the path `variables`, NAME
            return "is said to be nothing; give it a value, or a mapping that says what it is"
        return f"must be {wanted}, and nothing is given; quote it if the text itself is meant"
    if isinstance(instance, str) and types == ["boolean"] and instance.lower() in _YES | _NO:
        return f"must be true or false; write `{'true' if instance.lower() in _YES else 'false'}`"
    if "string" in types and isinstance(instance, bool | int | float):
        return f"must be {wanted}; put it in quotes"
    if types == ["object"] and isinstance(instance, str | bool | int | float):
        return f"must be {wanted} (`key: value`)"
    if types == ["array"]:
        return f"must be {wanted}; put it in brackets (`[…]`)"
    return f"must be {wanted}"


def _alternatives(types: list[str]) -> str:
    words = [_TYPES[name] for name in _TYPES if name in types and not (name == "integer" and "number" in types)]
    return " or ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} or {words[-1]}"  # noqa: PLR2004 — a list of three needs commas


def _constant(rule: object) -> str:
    if isinstance(rule, bool):
        return f"`{str(rule).lower()}`; leave it out otherwise"
    return f"`{rule}`"


def _named(path: Path) -> str:
    """Name what a path leads to by its last key."""
    if not path:
        return "the file"
    last = path[-1]
    if isinstance(last, int):
        return f"item {last + 1} of `{path[-2]}`" if len(path) > 1 else f"item {last + 1}"
    return f"`{last}`"


def _subject(path: Path) -> str:
    return "the file" if not path else _named(path)
