"""The services and env groups of a file, in each environment that they exist in."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from typing import TYPE_CHECKING

from reconciler.config.health import deploy_policy, health
from reconciler.config.problems import unknown
from reconciler.domain.address import Owner
from reconciler.domain.state import DesiredGroup, DesiredService

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from reconciler.config.conformity import Broken
    from reconciler.config.definitions import Definitions
    from reconciler.config.document import Document, ServiceDocument
    from reconciler.config.merged import Merged
    from reconciler.config.node import MappingNode, SequenceNode
    from reconciler.config.problems import Problems
    from reconciler.config.targets import Targets


def groups(
    document: Document, root: MappingNode, definitions: Definitions, targets: Targets, problems: Problems
) -> dict[Owner, DesiredGroup]:
    """Return the groups by owner."""
    nodes = root.of("env_groups")
    found = {}
    for name, said in document.env_groups.items():
        node = nodes.of(name)
        location = problems.location(nodes.key_places[name])
        merged = definitions.merged(node.of("variables"), said.variables, {})
        for environment, target in targets.of("group", name, said.render, node).items():
            owner = Owner(environment, group=name)
            variables = definitions.within(merged, {"environment": environment})
            found[owner] = DesiredGroup(owner, target, location, variables)
    return found


class Services:
    """Makes services; knows the words that they may use for each other."""

    def __init__(
        self,
        document: Document,
        definitions: Definitions,
        targets: Targets,
        groups: Mapping[Owner, DesiredGroup],
        problems: Problems,
    ) -> None:
        self._document = document
        self._definitions = definitions
        self._targets = targets
        self._groups = groups
        self._problems = problems

    def of(self, root: MappingNode, broken: Broken) -> dict[Owner, DesiredService]:
        """Return the services by owner."""
        nodes = root.of("services")
        taken = {str(path[1]) for path in broken if path[0] == "services" and len(path) > 1}
        lost = {str(path[1]) for path in broken if path[0] == "env_groups" and len(path) > 1}
        names = {*self._document.services, *taken}
        groups = {*self._document.env_groups, *lost}
        found = {}
        for name, said in self._document.services.items():
            node = nodes.of(name)
            if said.deploy is not None:
                self._known("service", said.deploy.after, node.of("deploy").items_of("after"), names)
            self._known("env group", said.env_groups, node.items_of("env_groups"), groups)
            if not isinstance(said.read_only, bool):
                self._known("environment", said.read_only, node.items_of("read_only"), self._document.environments)
            for service in self._service(name, said, nodes, node):
                found[service.owner] = service
        return found

    def _service(
        self, name: str, said: ServiceDocument, nodes: MappingNode, node: MappingNode
    ) -> Iterable[DesiredService]:
        location = self._problems.location(nodes.key_places[name])
        variables = self._definitions.merged(node.of("variables"), said.variables, {"service": name})
        files = self._definitions.files(node.of("secret_files"), said.secret_files, {"service": name})
        if said.ignore:
            self._ignored(said.ignore, node.of("variables"), variables)
            self._ignored(said.ignore, node.of("secret_files"), files)
        healthy = health(said.health, node.of("health"), self._problems)
        policy = deploy_policy(said.deploy, node.of("deploy"), self._problems)
        for environment, target in self._targets.of("service", name, said.render, node).items():
            names = {"environment": environment, "service": name}
            yield DesiredService(
                Owner(environment, service=name),
                target,
                location,
                self._definitions.within(variables, names),
                self._definitions.within(files, names) if files else {},
                tuple(
                    group for group in dict.fromkeys(said.env_groups) if Owner(environment, group=group) in self._groups
                ),
                tuple(said.ignore),
                said.prune,
                said.read_only if isinstance(said.read_only, bool) else environment in said.read_only,
                policy,
                healthy,
            )

    def _ignored(self, patterns: list[str], node: MappingNode, declared: list[Merged]) -> None:
        matches = _globs(tuple(patterns)).match
        for merged in declared:
            if matches(merged.key):
                message = f"`{merged.key}` is declared, and `ignore` matches it; remove one of the two"
                self._problems.add(node.key_places[merged.key], message)

    def _known(self, what: str, words: Iterable[str], node: SequenceNode, known: Collection[str]) -> None:
        for index, word in enumerate(words):
            if word not in known:
                self._problems.add(node.places[index], unknown(what, word, known))


@cache
def _globs(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{translate(pattern)})" for pattern in patterns))
