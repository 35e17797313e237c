"""Words for what a revision of `services.yaml` says: attributes, types and sources, never a sensitive literal."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.definition import (
    Absent,
    Definition,
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
    Recorded,
    SecretRef,
)
from reconciler.planning.values import source_text
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from reconciler.domain.definition import Json, Source, TypeSpec

_UNITS = ((3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))
_MILLISECONDS = "_ms"


def setting_words(attribute: str, before: Json, after: Json) -> tuple[str, str, str]:
    """Return what the file calls an attribute of a canonical document, and its two values as people write them."""
    if attribute.endswith(_MILLISECONDS):
        return attribute.removesuffix(_MILLISECONDS), _length(before), _length(after)
    return {"target": "render"}.get(attribute, attribute), words(before), words(after)


def words(item: Json) -> str:
    """Return JSON as one would say it in the file."""
    match item:
        case None:
            return "nothing"
        case bool():
            return "true" if item else "false"
        case list():
            return f"[{', '.join(words(each) for each in item)}]"
        case dict():
            pairs = [setting_words(name, None, each) for name, each in item.items() if each not in (None, [])]
            return ", ".join(f"{name}: {other}" for name, _, other in pairs) or "nothing"
        case _:
            return str(item)


def type_words(type_: TypeSpec) -> str:
    """Return a type with its options."""
    options = ", ".join(f"{name}: {words(option)}" for name, option in sorted(type_.options.items()))
    return f"{type_.name} ({options})" if options else type_.name


def source_words(source: Source) -> str:
    """Say where a value comes from, and never what it is."""
    match source:
        case Generate(bytes=count, encoding=encoding, shared_as=shared_as):
            return f"generate, {count} bytes as {encoding}{'' if shared_as is None else ', one for all'}"
        case (
            Literal()
            | SecretRef()
            | FromPostgres()
            | FromKeyValue()
            | FromService()
            | FromVariable()
            | External()
            | Absent()
            | Recorded()
        ):
            return source_text(source)
        case _:
            assert_never(source)


def literal_words(definition: Definition, other: Definition | None = None) -> str | None:
    """Return a literal that may be shown: sensitive at neither revision, and not of the shape of a secret."""
    if not isinstance(definition.source, Literal) or definition.sensitive or (other is not None and other.sensitive):
        return None
    text = definition.source.text.reveal()
    return None if looks_secret(text) else text


def _length(item: Json) -> str:
    if not isinstance(item, int):
        return words(item)
    size, unit = next((size, unit) for size, unit in _UNITS if item % size == 0)
    return f"{item // size}{unit}"
