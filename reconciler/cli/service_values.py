"""What one service is to have in one environment, as far as it can be known without asking Render."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Flag
from reconciler.cli.runner import mask
from reconciler.cli.stores import secret_stores
from reconciler.config import load
from reconciler.domain.address import Owner
from reconciler.domain.definition import Absent, Literal, SecretRef
from reconciler.planning.scope import scope_of, within
from reconciler.planning.values import declared, desired_values, references, source_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.cli.options import Arguments, Result
    from reconciler.cli.settings import Settings
    from reconciler.domain.definition import Definition
    from reconciler.domain.state import DesiredService, DesiredState
    from reconciler.domain.value import Secret


@dataclass(frozen=True, slots=True)
class ServiceValues:
    """The variables of one service."""

    values: Mapping[str, Secret]
    """What is declared as a literal or a secret."""
    elsewhere: Mapping[str, str]
    """What is only on Render, or made there, with the word for its source."""
    absent: frozenset[str]
    """What is declared not to exist."""
    own_keys: frozenset[str]
    """Variables that hold API keys for Render, by the environments of the file."""


def one_service_options(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Add `-s` and `-e`, one of each."""
    for name, noun in (("--env", "environment"), ("--service", "service")):
        command = click.option(
            name[1:3],
            name,
            noun,
            cls=Flag,
            required=True,
            metavar=name.removeprefix("--").upper(),
            help=f"The {noun}.",
        )(command)
    return command


def service_values(settings: Settings, service: str, environment: str, *, allow_outside: bool) -> ServiceValues:
    """Fetch what a service is to have; raises `SecretError` with every reference that does not resolve."""
    desired = load(settings.file)
    chosen = within(desired, scope_of(desired, [environment], [service]))
    owner = Owner(environment, service=service)
    whole = _with_groups(desired, chosen.services[owner])
    items = list(declared(whole))
    stores = secret_stores(desired, settings.file.parent, allow_outside=allow_outside)
    values = desired_values(items, asyncio.run(stores.resolve(references(items))))
    # Another program gets them, and may print what only the file has, too.
    mask(each.source.text for each in whole.variables.values() if each.sensitive and isinstance(each.source, Literal))
    return ServiceValues(
        {address.key: value for address, value in values.items()},
        {key: source_text(each.source) for key, each in whole.variables.items() if _is_elsewhere(each)},
        frozenset(key for key, each in whole.variables.items() if isinstance(each.source, Absent)),
        frozenset(each.api_key for each in desired.environments.values()),
    )


def _with_groups(desired: DesiredState, service: DesiredService) -> DesiredService:
    """Return a service with the variables of its env groups, its own winning, and without files."""
    variables: dict[str, Definition] = {}
    for name in service.env_groups:
        group = desired.groups.get(Owner(service.owner.environment, group=name))
        variables |= group.variables if group is not None else {}
    return replace(service, variables={**variables, **service.variables}, secret_files={})


def _is_elsewhere(definition: Definition) -> bool:
    return not isinstance(definition.source, Literal | SecretRef | Absent)
