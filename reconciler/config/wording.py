"""The sentences for what does not conform to the schema: what is wrong and what to write, never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.config.duration import DURATION_PATTERN, DURATION_SENTENCE
from reconciler.config.names import EXPLANATIONS, VARIABLE_PATTERN
from reconciler.config.nearest import did_you_mean, listed

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
    name = _named(path)
    rule: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            return _unknown_key(str(error.instance), list(error.schema["properties"]), path)
        case "propertyNames":
            explain = EXPLANATIONS.get(error.schema.get("pattern"))
            return explain(str(error.instance)) if explain else "a name must not be empty"
        case "required":
            missing = next(key for key in rule if f"'{key}'" in error.message)
            return f"{_subject(path)} needs `{missing}`; add it"
        case "type":
            return f"{name} {_wrong_type([rule] if isinstance(rule, str) else rule, error.instance, path)}"
        case "enum":
            near = did_you_mean(error.instance, rule) if isinstance(error.instance, str) else ""
            return (
                f"{name} must be one of {listed(rule, 'or')}{near}" if len(rule) <= _FEW else f"{name} is unknown{near}"
            )
        case "const":
            return f"{name} must be {_constant(rule)}"
        case "pattern":
            known = _PATTERNS.get(rule)
            return f"{name} {known or 'is not a name that can be used here'}"
        case "minimum":
            return f"{name} must be at least {rule}"
        case "maximum":
            return f"{name} must be at most {rule}"
        case "minLength":
            return f"{name} must not be empty"
        case "minItems" | "minProperties":
            return f"{name} must not be empty; leave it out or say what it holds"
        case _:
            return f"{name} is not what can stand here"


_FEW = 8
"""So many choices fit into one line."""


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
