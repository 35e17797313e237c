"""One variable with its shared and its own definition laid over each other, before an environment is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

from reconciler.config.definition_document import OPTIONS, SOURCES
from reconciler.config.problems import listed
from reconciler.domain.definition import TypeSpec
from reconciler.domain.names import PUBLIC_PREFIXES
from reconciler.value_types import OPTION_NAMES, is_credential

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.node import Place
    from reconciler.config.problems import Problems
    from reconciler.config.said import Said
    from reconciler.domain.definition import Definition, Json

STRING = TypeSpec("string")
"""The type of what has none: one object, so that a file of plain texts stays small in memory."""

NO_RULES: Mapping[str, str] = {}

_CONFIDENTIAL = frozenset({"secret", "generate", "from", "external"})


@dataclass(frozen=True, slots=True)
class Merged:
    """Everything about a variable that is the same in all environments."""

    key: str
    place: Place
    origin: Said
    """Who gives the source."""
    source: str
    """Its key: one of `SOURCES`."""
    environments: frozenset[str] | None = None
    type: TypeSpec = STRING
    sensitive: bool = False
    rotation_destructive: bool = False
    shared: bool = False
    build_time: bool = False
    allow: Mapping[str, str] = field(default_factory=lambda: NO_RULES)
    description: str | None = None
    needs_service: bool = False
    """Whether a reference has `{service}` in it, so that each service has its own."""
    made: dict[tuple[str, ...], Definition | None] = field(default_factory=dict, compare=False)
    """The definitions by what they depend on: nothing, the environment, or the service too."""


def merge(layers: tuple[Said, ...], problems: Problems) -> Merged | None:
    """Lay definitions of one name over each other, the stronger last; `None` where no single source is left."""
    last = layers[-1]
    if len(layers) == 1 and last.document is None:
        return Merged(last.name, last.place, last, "value", build_time=_is_public(last.name))
    found = _source(layers, problems)
    type_ = _type(layers, problems)
    if found is None:
        return None
    origin, source = found
    sensitive = _sensitive(layers, source, type_, problems)
    environments = _given(layers, "environments")
    build_time = _given(layers, "build_time")
    allow = _given(layers, "allow")
    return Merged(
        last.name,
        last.place,
        origin,
        source,
        None if environments is None else frozenset(environments.field("environments")),
        type_,
        sensitive,
        _given(layers, "rotation") is not None,
        bool((said := _given(layers, "shared")) and said.field("shared")),
        _is_public(last.name) if build_time is None else build_time.field("build_time"),
        NO_RULES if allow is None else allow.field("allow"),
        None if (said := _given(layers, "description")) is None else said.field("description"),
        source == "secret" and any("{service}" in text for text in _texts(origin, source)),
    )


def sources(said: Said, problems: Problems) -> list[str]:
    """Return the source that a definition gives, if any; a second one is a problem."""
    given = [key for key in said.keys if key in SOURCES]
    if len(given) > 1:
        message = f"`{said.name}` has {listed(given)}; exactly one of them says where the value comes from"
        problems.add(said.key_place(given[1]), message)
    return given


def _source(layers: tuple[Said, ...], problems: Problems) -> tuple[Said, str] | None:
    for said in reversed(layers):
        given = sources(said, problems)
        if given:
            return (said, given[0]) if len(given) == 1 else None
    name = layers[-1].name
    message = f"nothing says where the value of `{name}` comes from; give one of {listed(SOURCES, 'or')}"
    problems.add(layers[-1].place, message)
    return None


def _given(layers: tuple[Said, ...], key: str) -> Said | None:
    return next((said for said in reversed(layers) if key in said.keys), None)


def option_places(said: Said, type_: TypeSpec) -> dict[str, Place]:
    """Return where the options were written that a definition gives its type, and the keys of what is none."""
    known = OPTION_NAMES.get(type_.name, frozenset())
    return {
        option: said.value_place(option) if option in known else said.key_place(option)
        for option in said.keys
        if option in OPTIONS
    }


def _texts(origin: Said, source: str) -> list[str]:
    by_environment = origin.by_environment(source)
    return [origin.text(source)] if by_environment is None else [str(text) for text in by_environment.values()]


def _type(layers: tuple[Said, ...], problems: Problems) -> TypeSpec:
    """Return the type with its options; who gives another type leaves the former's options behind."""
    name = STRING.name
    options: dict[str, Json] = {}
    for said in layers:
        if said.document is None:
            continue
        if "type" in said.keys and said.field("type") != name:
            name = said.field("type")
            options = {}
        for option in said.keys:
            if option in OPTIONS:
                options[option] = _option(said, option, problems)
    return TypeSpec(name, options) if options else STRING if name == STRING.name else plain_type(name)


@cache
def plain_type(name: str) -> TypeSpec:
    """Return a type without options, the same object for the same name."""
    return TypeSpec(name)


def _option(said: Said, option: str, problems: Problems) -> Json:
    if option == "values":
        values = said.node["values"]
        return [values.text(index) for index in range(len(values))]
    value: Json = said.field(option)
    if not _is_json(value):
        problems.add(said.value_place(option), f"`{option}` must be a number that is finite and not too long")
        return 0
    return value


def _is_json(value: Json) -> bool:
    """Whether all numbers are such as JSON, in which digests are made, can have."""
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return True


def _sensitive(layers: tuple[Said, ...], source: str, type_: TypeSpec, problems: Problems) -> bool:
    said = _given(layers, "sensitive")
    if said is None:
        return source != "value" or is_credential(type_)
    sensitive: bool = said.field("sensitive")
    if not sensitive and source in _CONFIDENTIAL:
        message = f"`{said.name}` comes from `{source}` and so cannot be `sensitive: false`; remove that"
        problems.add(said.key_place("sensitive"), message)
    return sensitive


def _is_public(name: str) -> bool:
    return name.startswith(PUBLIC_PREFIXES)
