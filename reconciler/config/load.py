"""From the file's text to the desired state, with every mistake told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.config.conformity import check_schema, prune
from reconciler.config.definition_document import DefinitionDocument
from reconciler.config.definitions import Definitions
from reconciler.config.document import Document
from reconciler.config.environments import approvers, environments
from reconciler.config.links import References, check_order
from reconciler.config.literals import check_literals, check_types
from reconciler.config.node import place_of
from reconciler.config.parse import parse
from reconciler.config.problems import Problems
from reconciler.config.reference import OWN_KEYS
from reconciler.config.said import Said
from reconciler.config.services import Services, groups
from reconciler.config.sources import Sources
from reconciler.config.targets import Targets
from reconciler.config.text import read_text
from reconciler.domain.state import DesiredState

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.config.conformity import Broken
    from reconciler.config.node import MappingNode


def load(path: Path) -> DesiredState:
    """Read a file; raises `ConfigError` with all of its problems."""
    return load_text(read_text(path), str(path))


def load_text(text: str, file: str) -> DesiredState:
    """Read the text of a file or of a revision of one; raises `ConfigError` with all of its problems."""
    problems = Problems(file)
    root = parse(text, problems)
    broken = prune(root, check_schema(root, problems))
    document = _document(root, problems)
    if document is None:
        raise problems.error()
    desired = _desired(document, root, broken, problems)
    if problems:
        raise problems.error()
    return desired


def _document(root: MappingNode, problems: Problems) -> Document | None:
    """Return the document, or `None` where too little of it is right; then there are problems."""
    try:
        return Document.model_validate(root)
    except ValidationError as error:
        if not problems:
            for detail in error.errors(include_url=False, include_context=False, include_input=False):
                path = detail["loc"]
                problems.add(place_of(root, path), f"`{path[-1] if path else 'the file'}` is not what can stand here")
        return None


def _desired(document: Document, root: MappingNode, broken: Broken, problems: Problems) -> DesiredState:
    known = environments(document, root, broken, problems)
    own_keys = OWN_KEYS | {environment.api_key for environment in known.values()}
    sources = Sources(known, own_keys, problems)
    nodes = root.of("variables")
    shared = {
        name: Said(name, nodes, entry if isinstance(entry, DefinitionDocument) else None)
        for name, entry in document.variables.items()
    }
    definitions = Definitions(shared, known, sources, problems, broken)
    targets = Targets(known, problems)
    found_groups = groups(document, root, definitions, targets, problems)
    found_services = Services(document, definitions, targets, found_groups, problems).of(root, broken)
    check_order(document, root, problems)
    References(found_services, found_groups, sources.nodes, broken | definitions.failed, problems).check()
    wrong = check_types(definitions.types, _names(document, broken), problems)
    desired = DesiredState(known, found_services, found_groups, approvers(document), problems.file)
    check_literals(desired, wrong, sources.places, problems)
    return desired


def _names(document: Document, broken: Broken) -> set[str]:
    """Return the names of all variables, those with mistakes too."""
    names = {*document.variables, *(str(path[-1]) for path in broken if "variables" in path)}
    for service in document.services.values():
        names.update(service.variables)
    for group in document.env_groups.values():
        names.update(group.variables)
    return names
