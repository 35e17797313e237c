"""A draft as the text of a first `services.yaml`, with comments on what somebody has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.report.definition_yaml import collapsed, definition, use_of_shared
from reconciler.report.yaml_text import comment, flow_list, flow_mapping, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.domain.draft import Draft, DraftEntry, DraftEnvironment

SCHEMA = "# yaml-language-server: $schema=services.schema.json"


def services_yaml(draft: Draft) -> str:
    """Return the text; the same draft is the same text, and no value stands in it but literals of a Blueprint."""
    names = [environment.name for environment in draft.environments]
    lines = [*_header(draft), "version: 1", "", "environments:"]
    for environment in draft.environments:
        lines += _environment(environment, draft.workspace)
    if draft.shared:
        lines += ["", "# What several have in common, said once; used by name below.", "variables:"]
        for key, variable in draft.shared.items():
            lines += definition(key, variable, tuple(variable.sources), 2)
    for title, entries in (("services", draft.services), ("env_groups", draft.env_groups)):
        if entries:
            lines += ["", f"{title}:"]
        for number, (name, entry) in enumerate(entries.items()):
            lines += [""] if number else []
            lines += _entry(name, entry, draft, names)
    return "\n".join(lines) + "\n"


def _header(draft: Draft) -> Iterator[str]:
    yield SCHEMA
    yield "#"
    yield comment(f"A first contract, written by `reconcile init` from {draft.origin}.")
    yield "#"
    yield "# Next:"
    yield "#   reconcile schema > services.schema.json    an editor then completes this file"
    yield "#   reconcile validate                         is it right? Nothing is contacted."
    yield "#   reconcile plan                             what differs on Render? Nothing is written."
    yield "#"
    yield "# `external: true`: people set the value on Render. It must exist, is checked, and is never written."
    yield "# Say instead where it is kept, with `secret:`, and it is managed from here."
    if draft.notes:
        yield "#"
        yield "# To decide:"
        for note in draft.notes:
            yield f"# - {comment(note)[2:]}"


def _environment(environment: DraftEnvironment, workspace: str | None) -> Iterator[str]:
    yield f"  {word(environment.name)}:"
    if environment.is_guessed:
        yield f"    kind: {environment.kind.value}  # decide: production, staging or development"
    if workspace:
        yield f"    workspace: {word(workspace)}"
    if environment.kind.value == "production":
        yield "    # protected: true  # decide: a change then needs a signed approval"


def _entry(name: str, entry: DraftEntry, draft: Draft, names: list[str]) -> Iterator[str]:
    for note in entry.notes:
        yield f"  {comment(note)}"
    yield f"  {word(name)}:"
    yield from _render(entry.targets, names)
    if entry.variables:
        yield "    variables:"
        for key, variable in entry.variables.items():
            own = tuple(entry.targets)
            if key in draft.shared:
                yield from use_of_shared(key, variable, own, 6)
            else:
                yield from definition(key, variable, own, 6)
    if entry.secret_files:
        yield "    secret_files:"
        for key, variable in entry.secret_files.items():
            yield from definition(key, variable, tuple(entry.targets), 6)
    if entry.env_groups:
        yield f"    env_groups: {flow_list(entry.env_groups)}"


def _render(targets: Mapping[str, str], names: Iterable[str]) -> Iterator[str]:
    """Yield where an entry is on Render: one text only where that holds in every environment of the file."""
    one = collapsed(targets, pattern=True) if set(targets) == set(names) else None
    if one is not None and (len(targets) == 1 or "{environment}" in one):
        yield f"    render: {_pattern(one) if '{' in one else word(one)}"
        return
    written = {word(place, flow=True): word(text, flow=True) for place, text in targets.items()}
    yield f"    render: {flow_mapping(written)}"


def _pattern(text: str) -> str:
    """Return a text with `{environment}` in it; braces need quotes only where one stands first."""
    head, _, tail = text.partition("{environment}")
    plain = f"{head}x{tail}"
    return text if head and word(plain) == plain else word(text)
