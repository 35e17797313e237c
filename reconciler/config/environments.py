"""The environments and approvers of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.duration import parse_duration
from reconciler.domain.state import Approvers, Environment, EnvironmentKind
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from datetime import timedelta

    from reconciler.config.document import Document
    from reconciler.config.node import MappingNode
    from reconciler.config.problems import Problems

_KINDS = {kind.value: kind for kind in EnvironmentKind}


def environments(document: Document, root: MappingNode, problems: Problems) -> dict[str, Environment]:
    """Return the environments by name."""
    nodes = root.of("environments")
    found = {}
    for name, said in document.environments.items():
        node = nodes.of(name)
        kind = said.kind or (name if name in _KINDS else None)
        if kind is None:
            if node or isinstance(nodes.get(name), dict):
                message = f"say what `{name}` is for: `kind: production`, `staging` or `development`"
                problems.add(nodes.key_places[name], message)
            kind = "production"
        if looks_secret(said.api_key):
            problems.add(node.value_places["api_key"], "`api_key` is the name of a variable, not the key itself")
        found[name] = Environment(
            name,
            _KINDS[kind],
            problems.location(nodes.key_places[name]),
            said.workspace,
            said.api_key,
            said.protected,
            said.approvals,
            said.allow_self_approval,
            duration(said.approval_ttl, node, "approval_ttl", problems),
        )
    return found


def approvers(document: Document) -> Approvers:
    """Return who may approve."""
    said = document.approvers
    return Approvers() if said is None else Approvers(said.ssh, tuple(said.github))


def duration(text: str, node: MappingNode, key: str, problems: Problems) -> timedelta:
    """Return a length of time above zero."""
    try:
        found = parse_duration(text)
    except ValueError as error:
        problems.add(node.value_places[key], f"`{key}` {error}")
        return parse_duration("1s")
    if not found:
        problems.add(node.value_places[key], f"`{key}` must be longer than nothing")
    return found
