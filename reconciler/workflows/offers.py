"""Offers: read what `from` takes of databases and services; a list a workspace, one more request each database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, assert_never

from reconciler.domain.address import Owner
from reconciler.domain.definition import FromKeyValue, FromPostgres, FromService
from reconciler.domain.value import Secret
from reconciler.errors import ConfigError, Problem
from reconciler.planning.offers import database_offer, service_offer
from reconciler.planning.targets import Index
from reconciler.workflows.together import all_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from reconciler.domain.datastore import ConnectionInfo, Datastore
    from reconciler.domain.definition import Definition, Offer
    from reconciler.domain.state import ServiceSummary
    from reconciler.ports import LiveReader
    from reconciler.workflows.workspaces import Workspaces

Kind = type[FromPostgres] | type[FromKeyValue]

NOUNS: Mapping[Kind, str] = {FromPostgres: "Postgres database", FromKeyValue: "Key Value instance"}


PREFIXES: Mapping[Kind, str] = {FromPostgres: "dpg-", FromKeyValue: "red-"}
"""What the ids of databases begin with."""

Regions = dict[tuple[str, str], Mapping[str, str | None]]
"""The regions of all databases of a workspace by id, by environment and what such ids begin with."""


async def read_offers(
    offers: Mapping[tuple[str, Offer], Definition],
    services: Mapping[Owner, ServiceSummary],
    workspaces: Workspaces,
    readers: Mapping[str, LiveReader],
) -> tuple[dict[tuple[str, Offer], Secret], Regions]:
    """Return each value that is taken, and what was listed for it; `services` holds those that are taken from.

    Raises `ConfigError` with everything that cannot be had: never an empty value in its place.
    """
    problems: list[Problem] = []
    regions: Regions = {}
    connections = await _connections(offers, workspaces, readers, problems, regions)
    found: dict[tuple[str, Offer], Secret] = {}
    for (environment, source), definition in offers.items():
        match source:
            case FromService():
                value = service_offer(services[Owner(environment, service=source.service)], source.property)
            case FromPostgres() | FromKeyValue():
                info = connections.get((environment, type(source), source.name))
                if info is None:
                    continue  # it was not found, which is among the problems
                value = database_offer(source, info)
            case _:
                assert_never(source)
        if isinstance(value, Secret):
            found[environment, source] = value
        else:
            problems.append(_problem(environment, definition, value))
    if problems:
        raise ConfigError(problems)
    return found, regions


async def _connections(
    offers: Mapping[tuple[str, Offer], Definition],
    workspaces: Workspaces,
    readers: Mapping[str, LiveReader],
    problems: list[Problem],
    regions: Regions,
) -> dict[tuple[str, Kind, str], ConnectionInfo]:
    """Return how to connect to each database that is taken from, by environment, kind and name as written."""
    found: dict[tuple[str, Kind, str], Datastore] = {}
    for kind in NOUNS:
        wanted = {place: definition for place, definition in offers.items() if isinstance(place[1], kind)}
        listings = await workspaces.list_each({place[0] for place in wanted}, _LISTS[kind])
        for place, listing in listings.items():
            regions[place, PREFIXES[kind]] = {
                known: datastore.region for datastore in listing for known in (datastore.id, *datastore.replicas)
            }
        for (environment, source), definition in wanted.items():
            if not isinstance(source, FromPostgres | FromKeyValue) or (environment, kind, source.name) in found:
                continue
            match = Index(listings[environment]).matching(source.name, NOUNS[kind])
            if isinstance(match, str):
                problems.append(_problem(environment, definition, match))
            else:
                found[environment, kind, source.name] = match
    distinct = {(kind, datastore.id): environment for (environment, kind, _), datastore in found.items()}

    async def one(kind: Kind, datastore_id: str, reader: LiveReader) -> ConnectionInfo:
        if kind is FromPostgres:
            return await reader.database_connection(datastore_id)
        return await reader.key_value_connection(datastore_id)

    read = await all_of(one(kind, known, readers[environment]) for (kind, known), environment in distinct.items())
    infos = dict(zip(distinct, read, strict=True))
    return {place: infos[place[1], datastore.id] for place, datastore in found.items()}


def _databases(reader: LiveReader, workspace_id: str) -> Awaitable[Sequence[Datastore]]:
    return reader.databases(workspace_id)


def _key_values(reader: LiveReader, workspace_id: str) -> Awaitable[Sequence[Datastore]]:
    return reader.key_values(workspace_id)


_LISTS = {FromPostgres: _databases, FromKeyValue: _key_values}


def _problem(environment: str, definition: Definition, message: str) -> Problem:
    return Problem(f"`{definition.key}` in `{environment}` cannot be taken: {message}", definition.location)
