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
    SecretRef,
)
from reconciler.errors import Problem, SecretError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.domain.definition import Definition, Source
    from reconciler.domain.state import DesiredService, DesiredState
    from reconciler.domain.value import Secret

VARIABLE_LIMIT = 64 * 1024
"""Bytes that one environment variable may have."""

SECRET_FILES_LIMIT = 1024 * 1024
"""Bytes that all secret files of a service may have together, by Render's documentation."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One definition at its address."""

    address: Address
    definition: Definition


def declared(service: DesiredService) -> Iterator[Declared]:
    """Walk a service's variables and secret files."""
    for kind, definitions in ((Kind.ENV_VAR, service.variables), (Kind.SECRET_FILE, service.secret_files)):
        for key, definition in definitions.items():
            yield Declared(Address(service.owner, kind, key), definition)


def references(desired: DesiredState) -> list[SecretRef]:
    """Return each distinct reference of a desired state once, in a stable order."""
    distinct = {
        item.definition.source
        for service in desired.services.values()
        for item in declared(service)
        if isinstance(item.definition.source, SecretRef)
    }
    return sorted(distinct, key=str)


def desired_values(desired: DesiredState, fetched: Mapping[SecretRef, Secret | Problem]) -> dict[Address, Secret]:
    """Return the value of every definition that has one before the apply: literals and fetched secrets.

    Raises `SecretError` with every reference that did not resolve, or to nothing, or to more than Render takes.
    """
    values: dict[Address, Secret] = {}
    problems: list[Problem] = []
    for service in desired.services.values():
        files = 0
        for item in declared(service):
            match item.definition.source:
                case Literal(text):
                    value: Secret | Problem = text
                case SecretRef() as reference:
                    value = fetched[reference]
                case _:
                    continue
            size = len(value.reveal().encode("utf-8", "surrogatepass")) if not isinstance(value, Problem) else 0
            files += size if item.address.kind is Kind.SECRET_FILE else 0
            problem = _unusable(item, value, size)
            if problem is None and not isinstance(value, Problem):
                values[item.address] = value
            else:
                problems.append(Problem(f"{item.address}: {problem}", item.definition.location))
        if files > SECRET_FILES_LIMIT:
            message = f"{service.owner}: its secret files are {files:,} bytes together; Render takes 1 MB"
            problems.append(Problem(message, service.location))
    if problems:
        raise SecretError(sorted(problems, key=_place))
    return values


def _place(problem: Problem) -> tuple[str, int, int, str]:
    location = problem.location
    return (location.file, location.line, location.column, problem.message) if location else ("", 0, 0, problem.message)


def source_text(source: Source) -> str:
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
        case _:
            assert_never(source)


def _unusable(item: Declared, value: Secret | Problem, size: int) -> str | None:
    if isinstance(value, Problem):
        return value.message
    problem = _unfit(item.address, value, size)
    if problem is None or not isinstance(item.definition.source, SecretRef):
        return problem
    return f"{item.definition.source}: {problem}"


def _unfit(address: Address, value: Secret, size: int) -> str | None:
    if value.is_empty:
        return "the value is empty, which Render does not support; leave the variable out or declare it absent"
    if "\0" in value.reveal():
        return "the value holds a NUL character, which no environment variable can carry"
    if address.kind is Kind.ENV_VAR and size > VARIABLE_LIMIT:
        return f"the value is {size:,} bytes; an environment variable may have {VARIABLE_LIMIT:,} (use a secret file)"
    return None
