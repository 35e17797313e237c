"""What services say of each other: `deploy.after` and `from`, which must lead somewhere and not round in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.config.problems import unknown
from reconciler.domain.address import Owner
from reconciler.domain.definition import Absent, Definition, FromService, FromVariable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from reconciler.config.document import Document
    from reconciler.config.node import MappingNode
    from reconciler.config.problems import Problems
    from reconciler.domain.state import DesiredGroup, DesiredService


def check_order(document: Document, root: MappingNode, problems: Problems) -> None:
    """Find services that would wait for each other's deploys."""
    after = {name: tuple(said.deploy.after) if said.deploy else () for name, said in document.services.items()}
    for cycle in _cycles(after):
        node = root.of("services").of(cycle[0]).of("deploy")["after"]
        place = node.places[node.index(cycle[1])]
        problems.add(place, f"deploys wait for each other: {_arrows(cycle)}; remove one `after`")


class References:
    """Checks every `from` that names a service."""

    def __init__(
        self,
        services: Mapping[Owner, DesiredService],
        groups: Mapping[Owner, DesiredGroup],
        nodes: Mapping[int, MappingNode],
        broken: AbstractSet[tuple[str | int, ...]],
        problems: Problems,
    ) -> None:
        self._services = services
        self._groups = groups
        self._nodes = nodes
        self._broken = broken
        self._problems = problems
        self._names = sorted({owner.name for owner in services})

    def check(self) -> None:
        """Add every `from` that leads nowhere, or back to itself."""
        if not self._nodes:
            return
        edges: dict[str, tuple[str, ...]] = {}
        nodes: dict[str, MappingNode] = {}
        for owner, definition in self._definitions():
            source = definition.source
            if not isinstance(source, FromService | FromVariable):
                continue
            node = self._nodes[id(source)]
            if self._leads(owner, source, node) and isinstance(source, FromVariable):
                address = f"{owner}/{definition.key}"
                edges[address] = (f"{owner.environment}/{source.service}/{source.variable}",)
                nodes[address] = node
        for cycle in _cycles(edges):
            circle = _arrows([name.partition("/")[2] for name in cycle])
            message = f"the value would be made of itself: {circle}; give one of them a value"
            self._problems.add(nodes[cycle[0]].place, message)

    def _definitions(self) -> Iterator[tuple[Owner, Definition]]:
        for owner, service in self._services.items():
            for definition in service.variables.values():
                yield owner, definition
            for definition in service.secret_files.values():
                yield owner, definition
        for owner, group in self._groups.items():
            for definition in group.variables.values():
                yield owner, definition

    def _leads(self, owner: Owner, source: FromService | FromVariable, node: MappingNode) -> bool:
        other = self._services.get(Owner(owner.environment, service=source.service))
        if other is None:
            if source.service in self._names:
                message = f"service `{source.service}` does not exist in environment `{owner.environment}`"
                self._problems.add(node.value_places["service"], f"{message}; limit `environments:`")
            elif not any(path[:2] == ("services", source.service) for path in self._broken):
                self._problems.add(node.value_places["service"], unknown("service", source.service, self._names))
            return False
        if isinstance(source, FromService):
            return True
        found = other.variables.get(source.variable)
        place = node.value_places["variable"]
        if found is None:
            if not self._is_broken(source):
                where = f"variable of service `{source.service}` in `{owner.environment}`"
                self._problems.add(place, unknown(where, source.variable, other.variables))
        elif isinstance(found.source, Absent):
            message = f"`{source.variable}` of `{source.service}` is declared absent, so there is nothing to take"
            self._problems.add(place, f"{message}; take another")
        else:
            return True
        return False

    def _is_broken(self, source: FromVariable) -> bool:
        own = ("services", source.service, "variables", source.variable)
        return own in self._broken


def _arrows(cycle: Sequence[str]) -> str:
    return " → ".join(f"`{name}`" for name in cycle)


def _cycles(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Return circles, each as its names in order with the first repeated; at least one of every knot."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        places: dict[str, int] = {}
        # A stack of iterators instead of recursion: chains are as long as the file.
        stack = [iter((start,))]
        while stack:
            name = next(stack[-1], None)
            if name is None:
                stack.pop()
                if path:
                    left = path.pop()
                    del places[left]
                    done.add(left)
            elif name in places:
                yield (*path[places[name] :], name)
            elif name not in done and name in edges:
                places[name] = len(path)
                path.append(name)
                stack.append(iter(edges[name]))
