"""From the text of a Blueprint to what it says of services, env groups and their variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.blueprint.document import Blueprint
from reconciler.blueprint.inventory import inventory_of
from reconciler.config.node import MappingNode, SequenceNode, place_of
from reconciler.config.parse import Form, parse
from reconciler.config.problems import Problems
from reconciler.config.text import read_text
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.domain.draft import Inventory

_FORM = Form(
    empty="is empty; a Blueprint has `services:`",
    no_mapping="a Blueprint is a mapping with `services:` and the like, not a list or a text",
    merge_keys=True,
)

Plain = str | dict[str, "Plain"] | list["Plain"] | None
"""What a model is made of: every scalar as the text that was typed."""


def read_blueprint(path: Path) -> Inventory:
    """Read a Blueprint; raises `ConfigError` with all that keeps it from being read, `UsageError` where it is not."""
    if not path.exists():
        raise UsageError(f"no Blueprint {path}")
    problems = Problems(str(path))
    root = parse(read_text(path), problems, _FORM)
    if problems:
        raise problems.error()
    try:
        document = Blueprint.model_validate(_mapping(root))
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            steps = [
                step for step in detail["loc"] if isinstance(step, int) or step not in {"Section", "list[Section]"}
            ]
            what = "is missing" if detail["type"] == "missing" else "is not what a Blueprint has here"
            problems.add(place_of(root, steps), f"`{steps[-1] if steps else 'the file'}` {what}")
        raise problems.error() from None
    return inventory_of(document, path.name)


def _plain(node: object, text: str) -> Plain:
    if isinstance(node, MappingNode):
        return _mapping(node)
    if isinstance(node, SequenceNode):
        return [_plain(item, node.text(index)) for index, item in enumerate(node)]
    return None if node is None else text


def _mapping(node: MappingNode) -> dict[str, Plain]:
    """Return a mapping with what it merges: its own keys win, and of several merged ones the first."""
    found: dict[str, Plain] = {}
    merged = node.get("<<")
    for other in reversed(merged if isinstance(merged, SequenceNode) else [merged]):
        if isinstance(other, MappingNode):
            found |= _mapping(other)
    found |= {key: _plain(value, node.text(key)) for key, value in node.items() if key != "<<"}
    return found
