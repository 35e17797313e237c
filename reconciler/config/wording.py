"""The sentences for what does not conform to the schema: what is wrong and what to write, never the value itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.config.duration import DURATION_PATTERN, DURATION_SENTENCE
from reconciler.config.names import EXPLANATIONS, KEY_SENTENCE, LOGIN_PATTERN, VARIABLE_PATTERN, shown
from reconciler.config.problems import did_you_mean, listed, nearest
from reconciler.config.validator import WITHOUT_VALUE
from reconciler.domain.names import KEY_PATTERN

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
_BY_ENVIRONMENT = frozenset({"value", "secret", "from", "render"})
_YES = frozenset({"yes", "on", "y", "true"})
_NO = frozenset({"no", "off", "n", "false"})
_PATTERNS = {
    DURATION_PATTERN: DURATION_SENTENCE,
    VARIABLE_PATTERN: "must be the name of an environment variable: letters, digits and `_`",
    KEY_PATTERN: f"must be the name of a variable: {KEY_SENTENCE}",
    LOGIN_PATTERN: "must be one person's login on GitHub, without `@`; teams and bots cannot approve",
    "^/": "must start with `/`",
}


def sentence(error: ValidationError, path: Path) -> str:
    """Return what is wrong at a path."""
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            bare = error.message == WITHOUT_VALUE
            return _unknown_key(str(error.instance), list(schema["properties"]), path, bare=bare)
        case "propertyNames":
            explain = EXPLANATIONS.get(str(schema.get("pattern")))
            return explain(str(error.instance)) if explain else "a name must not be empty"
        case "required":
            return f"{_subject(path)} needs `{missing_key(error)}`; add it"
        case _ if error.instance is None and len(path) > 1 and path[-2] in _BY_ENVIRONMENT:
            # Written as `{text}`: the key was meant as a value, and may be a secret.
            return f"`{path[-2]}` has an environment without a value; give it one, or put a text in braces in quotes"
        case _:
            return f"{_named(path)} {_about_value(error, path)}"


def missing_key(error: ValidationError) -> str:
    """Return the key that an error of `required` is about."""
    required: Any = error.validator_value
    return next(str(key) for key in required if f"'{key}'" in error.message)


def _about_value(error: ValidationError, path: Path) -> str:
    rule: Any = error.validator_value
    match error.validator:
        case "type":
            return _wrong_type([rule] if isinstance(rule, str) else rule, error.instance, path)
        case "enum":
            near = nearest(error.instance, rule) if isinstance(error.instance, str) else ""
            if near and len(rule) > _FEW:
                return f"is none of the {len(rule)} that are known{near}"
            return f"must be {'one of ' if len(rule) > 2 else ''}{listed(rule, 'or')}{near}"  # noqa: PLR2004 — of more than two
        case "anyOf":
            return f"must say {listed(_CHOICES, 'or')}; see what belongs to each"
        case "const":
            return f"must be {_constant(rule)}"
        case "pattern":
            return _PATTERNS.get(str(rule), "is not a name that can be used here")
        case keyword:
            return _BOUNDS.get(str(keyword), "is not what can stand here").format(rule)


_BOUNDS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "minLength": "must not be empty",
    "minItems": "must hold at least one",
    "minProperties": "must hold at least one",
}

_FEW = 8
"""With more choices than these, the nearest one is enough."""

_CHOICES = ("postgres", "key_value", "service")


def _unknown_key(key: str, known: list[str], path: Path, *, bare: bool) -> str:
    # `{text}` is a mapping, whose key was meant as a value and may be a secret.
    name = "" if bare else shown(key)
    where = f" in {_subject(path[:-1])}" if len(path) > 1 else ""
    hint = "; put a text in braces in quotes" if bare else ""
    return f"unknown key {name}".rstrip() + where + did_you_mean(key, known) + hint


def _wrong_type(types: list[str], instance: object, path: Path) -> str:
    wanted = _alternatives(types)
    if instance is None:
        if path[0] == "variables" and len(path) == 2:  # noqa: PLR2004 — the path `variables`, NAME
            return "is said to be nothing; give it a value, or a mapping that says what it is"
        hint = "; quote it if the text itself is meant" if "string" in types else ""
        return f"must be {wanted}, and nothing is given{hint}"
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
