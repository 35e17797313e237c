"""What JavaScript and TypeScript code reads: `process.env` and `import.meta.env`, parsed by tree-sitter."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from reconciler.domain.source_use import Unparsed, Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tree_sitter import Node, Parser

DIALECTS = {
    ".js": ("tree_sitter_javascript", "language"),
    ".jsx": ("tree_sitter_javascript", "language"),
    ".mjs": ("tree_sitter_javascript", "language"),
    ".cjs": ("tree_sitter_javascript", "language"),
    ".ts": ("tree_sitter_typescript", "language_typescript"),
    ".mts": ("tree_sitter_typescript", "language_typescript"),
    ".cts": ("tree_sitter_typescript", "language_typescript"),
    ".tsx": ("tree_sitter_typescript", "language_tsx"),
}
"""Which grammar reads which files: its module and its function in it."""
ENVIRONMENTS = frozenset({"process.env", "globalThis.process.env", "import.meta.env"})
OF_VITE = frozenset({"MODE", "DEV", "PROD", "SSR", "BASE_URL"})
"""What Vite puts into `import.meta.env` itself (its documentation, "Env Variables and Modes")."""
WITH_DEFAULT = frozenset({"||", "??"})


LONGEST_EXPRESSION = 100
"""Bytes; nothing longer stands for the environment."""


def uses_of_javascript(path: Path, source: bytes) -> list[Use | Unparsed]:
    """Return what a file reads, and why not all of it was understood, if so.

    A syntax error somewhere does not hide the rest: tree-sitter goes on after it.
    """
    try:
        parser = _parser(path.suffix)
    except ModuleNotFoundError:
        return [Unparsed(path, "needs a parser: pip install 'render-reconciler[javascript]'")]
    root = parser.parse(source).root_node
    found: list[Use | Unparsed] = [*_File(path, root).uses()]
    if root.has_error:
        found.append(Unparsed(path, "has a syntax error, or syntax that the parser does not know"))
    return found


@cache
def _parser(suffix: str) -> Parser:
    from tree_sitter import Language, Parser  # noqa: PLC0415 — an extra, loaded where there is such a file

    module, function = DIALECTS[suffix]
    return Parser(Language(getattr(importlib.import_module(module), function)()))


class _File:
    """One file: which of its names stand for an environment, and where it reads from one."""

    def __init__(self, path: Path, root: Node) -> None:
        self._path = path
        self._nodes = list(_all(root))
        self._aliases = {
            _text(name)
            for node in self._nodes
            if node.type == "variable_declarator"
            and (name := node.child_by_field_name("name")) is not None
            and name.type == "identifier"
            and _expression(node.child_by_field_name("value")) in ENVIRONMENTS
        }

    def uses(self) -> Iterator[Use]:
        """Give each place that reads a variable."""
        for node in self._nodes:
            match node.type:
                case "member_expression" if self._is_environment(node.child_by_field_name("object")):
                    yield from self._read(node, node.child_by_field_name("property"))
                case "subscript_expression" if self._is_environment(node.child_by_field_name("object")):
                    index = node.child_by_field_name("index")
                    literal = index is not None and index.type == "string"
                    yield from self._read(node, index if literal else None)
                case "variable_declarator" if self._is_environment(node.child_by_field_name("value")):
                    yield from self._taken_apart(node.child_by_field_name("name"))
                case _:
                    pass

    def _is_environment(self, node: Node | None) -> bool:
        expression = _expression(node)
        return expression in ENVIRONMENTS or expression in self._aliases

    def _read(self, node: Node, name: Node | None) -> Iterator[Use]:
        parent = node.parent
        if parent is not None and parent.type == "assignment_expression" and parent.child_by_field_name("left") == node:
            return
        default = (
            parent is not None
            and parent.type == "binary_expression"
            and _text(parent.child_by_field_name("operator")) in WITH_DEFAULT
            and parent.child_by_field_name("left") == node
        )
        text = None if name is None else _text(name).strip("\"'`")
        of_vite = text in OF_VITE and _expression(node.child_by_field_name("object")) == "import.meta.env"
        if not of_vite:
            yield self._use(node, text, has_default=default)

    def _taken_apart(self, pattern: Node | None) -> Iterator[Use]:
        """Give the names of `const { A, B: b = 1 } = process.env`."""
        if pattern is None or pattern.type != "object_pattern":
            return
        for part in pattern.named_children:
            match part.type:
                case "shorthand_property_identifier_pattern":
                    yield self._use(part, _text(part))
                case "object_assignment_pattern":
                    yield self._use(part, _text(part.child_by_field_name("left")), has_default=True)
                case "pair_pattern":
                    value = part.child_by_field_name("value")
                    default = value is not None and value.type == "assignment_pattern"
                    yield self._use(part, _text(part.child_by_field_name("key")).strip("\"'"), has_default=default)
                case "rest_pattern":
                    yield self._use(part, None)
                case _:
                    pass

    def _use(self, node: Node, name: str | None, *, has_default: bool = False) -> Use:
        row, column = node.start_point
        return Use(self._path, row + 1, column + 1, name, has_default=has_default)


def _all(root: Node) -> Iterator[Node]:
    """Give every node, without recursion: generated code is nested more deeply than Python's stack."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.named_children


def _text(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode(errors="replace")


def _expression(node: Node | None) -> str:
    """Return an expression's text without what changes nothing: spaces, `?.`, TypeScript's `!` and `as …`."""
    while node is not None and node.type in {"non_null_expression", "as_expression", "parenthesized_expression"}:
        node = node.named_children[0] if node.named_children else None
    if node is None or node.end_byte - node.start_byte > LONGEST_EXPRESSION:
        return ""
    return "".join(_text(node).split()).replace("?.", ".")
