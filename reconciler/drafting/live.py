"""What a live workspace has, as it was read: names and shapes; every variable is one that people set on Render."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from reconciler.config.names import FILE_PATTERN, ecma
from reconciler.domain.definition import External
from reconciler.domain.draft import FoundEntry, FoundVariable, Inventory
from reconciler.domain.names import KEY_PATTERN
from reconciler.drafting.environments import environments_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.domain.project import ProjectEnvironment
    from reconciler.domain.state import GroupSummary, LiveGroup, LiveService, ServiceSummary
    from reconciler.domain.value import Secret

_KEY, _FILE = ecma(KEY_PATTERN), ecma(FILE_PATTERN)
_EXTERNAL = External()


def inventory_of(
    workspace: tuple[str, str],
    services: Sequence[LiveService],
    groups: Sequence[LiveGroup],
    environments: Sequence[ProjectEnvironment],
) -> Inventory:
    """Return what was read of a workspace, given by its id and name."""
    workspace_id, name = workspace
    named = environments_named(one.name for one in environments)
    known = {each: named[one.name] for one in environments for each in (*one.service_ids, *one.group_ids)}
    service_names = Counter(service.summary.name for service in services)
    group_names = Counter(group.summary.name for group in groups)
    group_targets = {group.summary.id: _target(group.summary, group_names) for group in groups}
    links: dict[str, list[str]] = {}
    for group in groups:
        for link in group.links:
            links.setdefault(link.id, []).append(group_targets[group.summary.id])
    return Inventory(
        f"workspace {name} ({workspace_id})",
        tuple(
            _entry(
                service.summary,
                _target(service.summary, service_names),
                known,
                service.variables,
                service.secret_files or {},
                links.get(service.summary.id, []),
            )
            for service in services
        ),
        tuple(
            _entry(group.summary, group_targets[group.summary.id], known, group.variables, {}, []) for group in groups
        ),
        workspace_id,
    )


def _entry(
    summary: ServiceSummary | GroupSummary,
    target: str,
    known: Mapping[str, str],
    variables: Mapping[str, Secret],
    files: Mapping[str, Secret],
    links: Sequence[str],
) -> FoundEntry:
    odd = sum(not _KEY.match(key) for key in variables) + sum(not _is_file(name) for name in files)
    notes = [f"its name on Render is {summary.name}"] if target != summary.name else []
    if odd:
        notes.append(f"{odd} left out, and so undeclared: services.yaml cannot have names like theirs")
    return FoundEntry(
        summary.name,
        target,
        known.get(summary.id),
        {key: FoundVariable(_EXTERNAL, value) for key, value in variables.items() if _KEY.match(key)},
        {name: FoundVariable(_EXTERNAL, content) for name, content in files.items() if _is_file(name)},
        tuple(links),
        tuple(notes),
    )


def _is_file(name: str) -> bool:
    return _FILE.match(name) is not None and name.isprintable()


def _target(summary: ServiceSummary | GroupSummary, names: Mapping[str, int]) -> str:
    """Return the name where it says without any doubt who is meant, else the id."""
    name = summary.name
    plain = name == name.strip() and name.isprintable() and not {"{", "}", "\\"} & set(name)
    return name if plain and names[name] == 1 else summary.id
