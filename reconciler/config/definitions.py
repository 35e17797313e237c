"""The definitions of a service or group in one environment, shared ones made once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.config.definition_document import DefinitionDocument
from reconciler.config.merged import STRING, Merged, merge, sources
from reconciler.config.problems import did_you_mean, unknown
from reconciler.config.said import Said
from reconciler.domain.definition import Definition, Generate
from reconciler.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.conformity import Broken
    from reconciler.config.node import MappingNode
    from reconciler.config.problems import Problems
    from reconciler.config.sources import Sources
    from reconciler.domain.definition import TypeSpec

ANY = {"environment": "environment", "service": "service"}
"""Stand-ins for placeholders where a reference is only looked at."""


class Definitions:
    """Makes definitions from what the file says, each distinct one once."""

    def __init__(
        self,
        shared: Mapping[str, Said],
        environments: Mapping[str, object],
        made: Sources,
        problems: Problems,
        broken: Broken,
    ) -> None:
        self._shared = shared
        self._environments = environments
        self._sources = made
        self._problems = problems
        self._broken = broken
        self._bare: dict[str, Merged | None] = {}
        self.types: list[tuple[TypeSpec, tuple[Said, ...]]] = []
        """Each type that a definition has, and who says so."""
        self.failed: set[tuple[str | int, ...]] = set()
        """Variables of services that are declared, but wrong."""
        for said in shared.values():
            self._check(said, ANY)
            if sources(said, problems):
                # Whether a service uses it or not: what is wrong with it is wrong today.
                self._bare[said.name] = self._merge((said,))

    def merged(self, node: MappingNode, documents: Mapping[str, object], names: Mapping[str, str]) -> list[Merged]:
        """Return the variables of one service or group, each merged over the shared one of its name."""
        found = []
        for name, document in documents.items():
            merged = self._bare_one(node, name) if document is None else self._own(node, name, document, names)
            if merged is not None:
                found.append(merged)
            else:
                self._fail(name, names)
        return found

    def files(self, node: MappingNode, documents: Mapping[str, object], names: Mapping[str, str]) -> list[Merged]:
        """Return the secret files of one service; nothing is shared by their names, and none is generated."""
        found = []
        for name, document in documents.items():
            said = Said(name, node, document if isinstance(document, DefinitionDocument) else None)
            if "generate" in said.keys:
                message = f"`{name}` is a file, and only variables can be generated; use `secret` or `external`"
                self._problems.add(said.key_place("generate"), message)
            self._check(said, names)
            merged = self._merge((said,))
            if merged is not None:
                found.append(merged)
        return found

    def within(self, merged: list[Merged], names: Mapping[str, str]) -> dict[str, Definition]:
        """Return the definitions that hold in the environment of `names`."""
        environment = names["environment"]
        found: dict[str, Definition] = {}
        for one in merged:
            if one.environments is None or environment in one.environments:
                definition = self._definition(one, names)
                if definition is not None:
                    found[one.key] = definition
                else:
                    self._fail(one.key, names)
        return found

    def _fail(self, key: str, names: Mapping[str, str]) -> None:
        if "service" in names:
            self.failed.add(("services", names["service"], "variables", key))

    def _bare_one(self, node: MappingNode, name: str) -> Merged | None:
        if name in self._shared:
            if name not in self._bare:
                self._bare[name] = self._merge((self._shared[name],))
            return self._bare[name]
        if ("variables", name) not in self._broken:
            near = did_you_mean(name, self._shared)
            message = f"`{name}` has no body, and the top-level `variables:` does not define it"
            self._problems.add(node.key_places[name], f"{message}{near or '; give it a value or a definition'}")
        return None

    def _own(self, node: MappingNode, name: str, document: object, names: Mapping[str, str]) -> Merged | None:
        said = Said(name, node, document if isinstance(document, DefinitionDocument) else None)
        if said.document is not None:
            self._check(said, names)
        shared = self._shared.get(name)
        return self._merge((said,) if shared is None else (shared, said))

    def _merge(self, layers: tuple[Said, ...]) -> Merged | None:
        merged = merge(layers, self._problems)
        if merged is not None and merged.type is not STRING:
            self.types.append((merged.type, layers))
        return merged

    def _check(self, said: Said, names: Mapping[str, str]) -> None:
        """Look at what a definition says by itself, whether and wherever it is used."""
        for key in ("value", "secret", "from"):
            if key in said.keys:
                self._sources.check(said, key, {**names, "environment": names.get("environment", "environment")})
        for index, environment in enumerate(said.field("environments") or ()):
            if environment not in self._environments:
                place = said.node.items_of("environments").places[index]
                self._problems.add(place, unknown("environment", environment, self._environments))
        for rule, reason in (said.field("allow") or {}).items():
            allow = said.node.of("allow")
            if rule not in RULES:
                message = f"`{rule}` is no rule that can be allowed{did_you_mean(rule, RULES)}"
                self._problems.add(allow.key_places[rule], message)
            elif not reason.strip():
                message = f"`{rule}` is allowed without a reason; say why it is right here"
                self._problems.add(allow.value_places[rule], message)

    def _definition(self, merged: Merged, names: Mapping[str, str]) -> Definition | None:
        """Return a variable's definition in one environment; the same object wherever nothing differs."""
        environment = names["environment"]
        if merged.needs_service:
            scope: tuple[str, ...] = (environment, names.get("service", ""))
        elif merged.source == "secret" or merged.origin.by_environment(merged.source) is not None:
            scope = (environment,)
        else:
            scope = ()
        if scope not in merged.made:
            source = self._sources.source(merged.origin, merged.source, names)
            is_shared = merged.origin is self._shared.get(merged.key)
            if isinstance(source, Generate) and merged.shared and is_shared:
                source = replace(source, shared_as=merged.key)
            merged.made[scope] = (
                None
                if source is None
                else Definition(
                    merged.key,
                    source,
                    self._problems.location(merged.place),
                    merged.type,
                    merged.sensitive,
                    merged.rotation_destructive,
                    merged.shared,
                    merged.build_time,
                    merged.allow,
                    merged.description,
                    is_shared,
                )
            )
        return merged.made[scope]
