"""The source of a variable in one environment, made from what its definition says."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from reconciler.config.definition_document import (
    FromKeyValueDocument,
    FromPostgresDocument,
    FromServiceDocument,
    FromVariableDocument,
)
from reconciler.config.problems import unknown
from reconciler.config.reference import looks_like_reference, parse_reference
from reconciler.domain.definition import (
    Absent,
    External,
    FromKeyValue,
    FromPostgres,
    FromService,
    FromVariable,
    Generate,
    Literal,
)
from reconciler.domain.value import Secret

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.config.definition_document import FromDocument, GenerateDocument
    from reconciler.config.node import MappingNode, Place
    from reconciler.config.problems import Problems
    from reconciler.config.said import Said
    from reconciler.domain.definition import From, SecretRef, Source

EXTERNAL = External()
ABSENT = Absent()


class Sources:
    """Makes sources, each distinct one once, and knows where each was written."""

    def __init__(self, environments: Collection[str], own_keys: Collection[str], problems: Problems) -> None:
        self._environments = environments
        self._own_keys = own_keys
        self._problems = problems
        self._made: dict[tuple[Place, str], Source] = {}
        self.nodes: dict[int, MappingNode] = {}
        """Where each `from` that names a service was written, by the source's identity."""
        self.places: dict[int, Place] = {}
        """Where each literal was written, by its identity."""

    def source(self, said: Said, key: str, names: Mapping[str, str]) -> Source | None:
        """Return the source under a key, or `None` where it is wrong; `names` are what placeholders stand for."""
        match key:
            case "external":
                return EXTERNAL
            case "absent":
                return ABSENT
            case "generate":
                document: GenerateDocument = said.field("generate")
                return Generate(document.bytes, document.encoding)
            case _:
                return self._chosen(said, key, names)

    def check(self, said: Said, key: str, names: Mapping[str, str]) -> None:
        """Look at every environment's source of a definition, whether it is used or not."""
        by_environment = self._by_environment(said, key)
        if by_environment is None:
            self.source(said, key, names)
            return
        for environment in by_environment:
            if environment in self._environments:
                self._one(said, key, by_environment, environment, dict(names, environment=environment))
            else:
                message = unknown("environment", environment, self._environments)
                self._problems.add(by_environment.key_places[environment], message)

    def _by_environment(self, said: Said, key: str) -> MappingNode | None:
        found = said.by_environment(key)
        if key == "from" and not isinstance(said.field("from"), dict):
            return None
        return found

    def _chosen(self, said: Said, key: str, names: Mapping[str, str]) -> Source | None:
        by_environment = self._by_environment(said, key)
        environment = names["environment"]
        if by_environment is None:
            return self._one(said, key, None, environment, names)
        if environment in by_environment:
            return self._one(said, key, by_environment, environment, names)
        message = f"`{said.name}` has no `{key}` for environment `{environment}`; add it, or limit `environments:`"
        self._problems.add(said.key_place(key), message)
        return None

    def _one(
        self, said: Said, key: str, chosen: MappingNode | None, environment: str, names: Mapping[str, str]
    ) -> Source | None:
        place = said.value_place(key) if chosen is None else chosen.value_places[environment]
        if key == "from":
            document = said.field("from")
            node = said.node.of("from") if chosen is None else chosen.of(environment)
            return self._from(document if chosen is None else document[environment], node)
        text = said.text(key) if chosen is None else chosen.text(environment)
        return (
            self._literal(said.name, text, place) if key == "value" else self._reference(said.name, text, place, names)
        )

    def _literal(self, name: str, text: str, place: Place) -> Literal | None:
        known = self._made.get((place, ""))
        if isinstance(known, Literal):
            return known
        if not text:
            self._problems.add(place, f"`{name}` is empty, which Render does not support; use `absent: true`")
        elif "\0" in text:
            self._problems.add(place, f"`{name}` holds a NUL character, which no variable can; encode it")
        elif looks_like_reference(text):
            self._problems.add(place, f"`{name}` is a reference where a literal stands; write `{{secret: …}}`")
        else:
            literal = self._made[place, ""] = Literal(Secret(text))
            self.places[id(literal)] = place
            return literal
        return None

    def _reference(self, name: str, text: str, place: Place, names: Mapping[str, str]) -> SecretRef | None:
        try:
            reference = parse_reference(text, names)
        except ValueError as error:
            self._problems.add(place, f"the reference of `{name}` {error}")
            return None
        if reference.scheme == "env" and {reference.path, reference.path.upper()} & {*self._own_keys}:
            self._problems.add(place, f"the reference of `{name}` is to reconcile's own key, which no service gets")
            return None
        return reference

    def _from(self, document: FromDocument, node: MappingNode) -> From:
        made = self._made.get((node.place, "from"))
        if made is None:
            made = self._made[node.place, "from"] = _from(document)
            self.nodes[id(made)] = node
        return made  # type: ignore[return-value]  # under "from" nothing else is kept


def _from(document: FromDocument) -> From:
    match document:
        case FromPostgresDocument():
            return FromPostgres(document.postgres, document.property)
        case FromKeyValueDocument():
            return FromKeyValue(document.key_value, document.property)
        case FromServiceDocument():
            return FromService(document.service, document.property)
        case FromVariableDocument():
            return FromVariable(document.service, document.variable)
        case _:
            assert_never(document)
