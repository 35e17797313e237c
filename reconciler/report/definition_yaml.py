"""One variable of a draft as YAML: a bare name, a mere value, or a definition in one line or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.domain.definition import (
    Absent,
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
from reconciler.domain.draft import ONLY_IN
from reconciler.report.yaml_text import WIDTH, flow_list, flow_mapping, noted, value, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.domain.definition import Source
    from reconciler.domain.draft import DraftVariable

_PLACEHOLDER = "{environment}"


def use_of_shared(key: str, variable: DraftVariable, environments: tuple[str, ...], indent: int) -> Iterator[str]:
    """Yield the use of a shared definition, limited to where the variable is set."""
    name, here = word(key), tuple(variable.sources)
    if set(here) == set(environments):
        yield f"{' ' * indent}{name}:"
        return
    notes = [note for note in variable.notes if note.startswith(ONLY_IN)]
    yield from noted(f"{' ' * indent}{name}: {{environments: {flow_list(here)}}}", notes)


def definition(key: str, variable: DraftVariable, environments: tuple[str, ...], indent: int) -> Iterator[str]:
    """Yield the lines of a definition; `environments` are those that its service or group has."""
    name, pad = word(key), " " * indent
    here = tuple(variable.sources)
    limit = {} if set(here) == set(environments) else {"environments": flow_list(here)}
    options = {name: _scalar(option) for name, option in variable.type.options.items()}
    typed = {"type": variable.type.name, **options} if variable.type.name != "string" else {}
    written = {place: _source(source) for place, source in variable.sources.items()}
    source = next(iter(variable.sources.values()))
    kind = _kind(source)
    one = _one(variable, written)
    if kind == "value" and one is not None and not typed and not limit:
        text = source.text.reveal() if isinstance(source, Literal) else ""
        yield from noted(f"{pad}{name}: {value(text)}", variable.notes)
        return
    said = one if one is not None else flow_mapping({word(place, flow=True): text for place, text in written.items()})
    line = f"{pad}{name}: {flow_mapping({**typed, kind: said, **limit})}"
    if len(line) <= WIDTH:
        yield from noted(line, variable.notes)
        return
    yield from noted(f"{pad}{name}:", variable.notes)
    for field, text in {**typed, **limit}.items():
        yield f"{pad}  {field}: {text}"
    if one is not None:
        yield f"{pad}  {kind}: {one}"
        return
    yield f"{pad}  {kind}:"
    for place, text in written.items():
        yield f"{pad}    {word(place)}: {text}"


def _one(variable: DraftVariable, written: Mapping[str, str]) -> str | None:
    """Return what stands for every environment, if one thing does; of references, also by a placeholder."""
    references = {place: str(source) for place, source in variable.sources.items() if isinstance(source, SecretRef)}
    if not references:
        return collapsed(written, pattern=False)
    one = collapsed(references, pattern=True)
    return None if one is None else value(one, flow=True)


def collapsed(texts: Mapping[str, str], *, pattern: bool) -> str | None:
    """Return one text for all environments: the same one, or one in which `{environment}` stands for their names."""
    distinct = set(texts.values())
    if len(distinct) == 1:
        return distinct.pop()
    if not pattern:
        return None
    place, text = next(iter(texts.items()))
    if {"{", "}"} & set(text):
        return None
    for start in range(len(text) - len(place), -1, -1):
        if text.startswith(place, start):
            made = text[:start] + _PLACEHOLDER + text[start + len(place) :]
            if all(made.replace(_PLACEHOLDER, each) == other for each, other in texts.items()):
                return made
    return None


def _scalar(option: object) -> str:
    return ("true" if option else "false") if isinstance(option, bool) else word(str(option), flow=True)


def _kind(source: Source) -> str:
    match source:
        case Literal():
            return "value"
        case SecretRef():
            return "secret"
        case Generate():
            return "generate"
        case External():
            return "external"
        case Absent():
            return "absent"
        case FromPostgres() | FromKeyValue() | FromService() | FromVariable():
            return "from"
        case Recorded():
            raise ValueError("what a run recorded is no source of services.yaml")
        case _:
            assert_never(source)


def _source(source: Source) -> str:
    match source:
        case Literal(text):
            return value(text.reveal(), flow=True)
        case SecretRef():
            return value(str(source), flow=True)
        case Generate(size, encoding):
            return flow_mapping({"bytes": str(size), "encoding": encoding})
        case External() | Absent():
            return "true"
        case FromPostgres(name, prop):
            return flow_mapping({"postgres": word(name, flow=True), "property": prop})
        case FromKeyValue(name, prop):
            return flow_mapping({"key_value": word(name, flow=True), "property": prop})
        case FromService(name, prop):
            return flow_mapping({"service": word(name, flow=True), "property": prop})
        case FromVariable(name, variable):
            return flow_mapping({"service": word(name, flow=True), "variable": word(variable, flow=True)})
        case Recorded():
            raise ValueError("what a run recorded is no source of services.yaml")
        case _:
            assert_never(source)
