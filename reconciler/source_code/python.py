"""What Python code reads: `os.environ`, `os.getenv` and the fields of pydantic's settings."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from reconciler.domain.source_use import Unparsed, Use
from reconciler.source_code.pydantic_settings import uses_of_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READERS = frozenset({"get", "pop", "setdefault"})
"""Methods of `os.environ` that read the variable they are given."""


def uses_of_python(path: Path, source: bytes) -> list[Use | Unparsed]:
    """Return what a Python file reads, or why it was not understood."""
    try:
        with warnings.catch_warnings():
            # What is doubtful in other people's code is not for us to say.
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        module = _Module(path, tree)
        return [*module.uses(), *uses_of_settings(path, tree)]
    except (SyntaxError, ValueError):
        return [Unparsed(path, "not valid Python of this interpreter's version")]
    except (RecursionError, MemoryError):
        return [Unparsed(path, "nested too deeply")]


class _Module:
    """One file: which names stand for `os`, `os.environ` and `os.getenv` in it, and which constants it has."""

    def __init__(self, path: Path, tree: ast.Module) -> None:
        self._path = path
        self._tree = tree
        self._os = {"os"}
        self._environ: set[str] = set()
        self._getenv: set[str] = set()
        self._constants: dict[str, str] = {}
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    self._os |= {name.asname for name in names if name.name == "os" and name.asname}
                case ast.ImportFrom(module="os", names=names):
                    self._environ |= {name.asname or name.name for name in names if name.name == "environ"}
                    self._getenv |= {name.asname or name.name for name in names if name.name == "getenv"}
                case _:
                    pass
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                    self._constants[name] = text
                case _:
                    pass

    def uses(self) -> Iterator[Use]:
        """Give each place that reads a variable."""
        for node in ast.walk(self._tree):
            match node:
                case ast.Subscript(value=of, slice=key, ctx=ast.Load()) if self._is_environ(of):
                    yield self._use(node, key)
                case ast.Call(func=ast.Attribute(value=of, attr=attr), args=[key, *rest], keywords=keywords) if (
                    attr in READERS and self._is_environ(of)
                ):
                    yield self._use(node, key, has_default=attr == "get" or bool(rest or keywords))
                case ast.Call(func=called, args=[key, *_]) if self._is_getenv(called):
                    yield self._use(node, key, has_default=True)
                case ast.Compare(left=key, ops=[ast.In() | ast.NotIn()], comparators=[of]) if self._is_environ(of):
                    yield self._use(node, key, has_default=True)
                case _:
                    pass

    def _is_environ(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._environ
            case ast.Attribute(value=ast.Name(id=name), attr="environ"):
                return name in self._os
            case _:
                return False

    def _is_getenv(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._getenv
            case ast.Attribute(value=ast.Name(id=name), attr="getenv"):
                return name in self._os
            case _:
                return False

    def _use(self, node: ast.expr, key: ast.expr, *, has_default: bool = False) -> Use:
        match key:
            case ast.Constant(value=str(text)):
                name: str | None = text
            case ast.Name(id=constant):
                name = self._constants.get(constant)
            case _:
                name = None
        return Use(self._path, node.lineno, node.col_offset + 1, name, has_default=has_default)
