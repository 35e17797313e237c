"""The values that definitions stand for: what is known before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Address, Kind
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
from reconciler.domain.state import DesiredService
from reconciler.errors import Problem, SecretError
from reconciler.rules.render_groups import SECRET_FILES_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.domain.address import Owner
    from reconciler.domain.definition import Definition, Source
    from reconciler.domain.state import DesiredState, Entry
    from reconciler.domain.value import Secret
    from reconciler.errors import Location

VARIABLE_LIMIT = 64 * 1024
"""Bytes that one environment variable may have."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One definition at its address."""

    address: Address
    definition: Definition


def definitions_of(entry: Entry) -> tuple[tuple[Kind, Mapping[str, Definition]], ...]:
    """Return what an entry declares, by kind; a group has no secret files here."""
    variables = (Kind.ENV_VAR, entry.variables)
    return (variables, (Kind.SECRET_FILE, entry.secret_files)) if isinstance(entry, DesiredService) else (variables,)


def declared(entry: Entry) -> Iterator[Declared]:
    """Walk the variables and secret files of a service or group."""
    for kind, definitions in definitions_of(entry):
        for key, definition in definitions.items():
            yield Declared(Address(entry.owner, kind, key), definition)


def all_declared(desired: DesiredState) -> Iterator[Declared]:
    """Walk everything that a desired state declares."""
    for entries in (desired.services, desired.groups):
        for entry in entries.values():
            yield from declared(entry)


def references(items: Iterable[Declared]) -> list[SecretRef]:
    """Return each distinct reference once, in a stable order."""
    distinct = {item.definition.source for item in items if isinstance(item.definition.source, SecretRef)}
    return sorted(distinct, key=str)


def desired_values(items: Sequence[Declared], fetched: Mapping[SecretRef, Secret | Problem]) -> dict[Address, Secret]:
    """Return the value of every definition that has one before anything is read: literals and fetched secrets.

    Raises `SecretError` with every reference that did not resolve, or to nothing, or to more than Render takes.
    """
    values, unusable = usable_values(items, fetched)
    problems = [Problem(f"{address}: {problem.message}", problem.location) for address, problem in unusable.items()]
    problems += _too_large(values, items)
    if problems:
        raise SecretError(sorted(problems, key=_place))
    return values


def usable_values(
    items: Iterable[Declared], fetched: Mapping[SecretRef, Secret | Problem]
) -> tuple[dict[Address, Secret], dict[Address, Problem]]:
    """Return each value that is known before anything is read, and why there is none where one should be."""
    values: dict[Address, Secret] = {}
    problems: dict[Address, Problem] = {}
    for item in items:
        match item.definition.source:
            case Literal(text):
                value: Secret | Problem = text
            case SecretRef() as reference:
                value = fetched[reference]
            case _:
                continue
        problem = _unusable(item, value)
        if problem is None and not isinstance(value, Problem):
            values[item.address] = value
        else:
            problems[item.address] = Problem(f"{problem}", item.definition.location)
    return values, problems


def _too_large(values: Mapping[Address, Secret], items: Iterable[Declared]) -> Iterator[Problem]:
    """Say which owners have more in secret files than Render takes."""
    sizes: dict[Owner, int] = {}
    places: dict[Owner, Location] = {}
    for item in items:
        places[item.address.owner] = item.definition.location
        if item.address.kind is Kind.SECRET_FILE and item.address in values:
            sizes[item.address.owner] = sizes.get(item.address.owner, 0) + _size(values[item.address])
    for owner, size in sizes.items():
        if size > SECRET_FILES_LIMIT:
            yield Problem(f"{owner}: its secret files are {size:,} bytes together; Render takes 1 MB", places[owner])


def _size(value: Secret) -> int:
    return len(value.reveal().encode("utf-8", "surrogatepass"))


def _place(problem: Problem) -> tuple[str, int, int, str]:
    location = problem.location
    return (location.file, location.line, location.column, problem.message) if location else ("", 0, 0, problem.message)


def source_text(source: Source) -> str:  # noqa: C901 — a case each source
    """Say in a word or a reference where a value comes from."""
    match source:
        case Literal():
            return "literal"
        case SecretRef():
            return str(source)
        case Generate():
            return "generate"
        case FromPostgres(name, prop):
            return f"postgres {name}, {prop}"
        case FromKeyValue(name, prop):
            return f"key value {name}, {prop}"
        case FromService(name, prop):
            return f"service {name}, {prop}"
        case FromVariable(name, variable):
            return f"service {name}, variable {variable}"
        case External():
            return "external"
        case Absent():
            return "absent"
        case Recorded(run_id=run_id, value=value):
            return f"{'not there' if value is None else 'as'} before run {run_id}"
        case _:
            assert_never(source)


def _unusable(item: Declared, value: Secret | Problem) -> str | None:
    if isinstance(value, Problem):
        return value.message
    problem = _unfit(item.address, value)
    if problem is None or not isinstance(item.definition.source, SecretRef):
        return problem
    return f"{item.definition.source}: {problem}"


def _unfit(address: Address, value: Secret) -> str | None:
    if value.is_empty:
        return "the value is empty, which Render does not support; leave the variable out or declare it absent"
    if "\0" in value.reveal():
        return "the value holds a NUL character, which no environment variable can carry"
    if address.kind is Kind.ENV_VAR and (size := _size(value)) > VARIABLE_LIMIT:
        return f"the value is {size:,} bytes; an environment variable may have {VARIABLE_LIMIT:,} (use a secret file)"
    return None
