"""The environments and approvers of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.document import EnvironmentDocument
from reconciler.config.duration import duration
from reconciler.domain.state import Approvers, Environment, EnvironmentKind
from reconciler.rules.leak import looks_secret

if TYPE_CHECKING:
    from reconciler.config.conformity import Broken
    from reconciler.config.document import Document
    from reconciler.config.node import MappingNode
    from reconciler.config.problems import Problems

_KINDS = {kind.value: kind for kind in EnvironmentKind}


_ALL_AS_USUAL = EnvironmentDocument()


def environments(document: Document, root: MappingNode, broken: Broken, problems: Problems) -> dict[str, Environment]:
    """Return the environments by name; of those of which a part is broken, no kind is missed."""
    nodes = root.of("environments")
    found = {}
    incomplete = {path[1] for path in broken if path[0] == "environments" and len(path) > 1}
    for name, entry in document.environments.items():
        said = entry or _ALL_AS_USUAL
        node = nodes.of(name)
        kind = said.kind or (name if name in _KINDS else None)
        if kind is None:
            if name not in incomplete:
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
