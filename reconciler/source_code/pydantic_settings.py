"""The variables that fields of pydantic's `BaseSettings` stand for.

Source of the rules: pydantic-settings' documentation, "Environment variable names": a field is read from its own name
in any case, after `env_prefix`; an alias takes the place of both.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.domain.source_use import Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BASE = "BaseSettings"
ALIASES = frozenset({"alias", "validation_alias", "env"})


@dataclass(frozen=True, slots=True)
class _Rules:
    """How one class of settings, and each that derives from it, makes a variable's name of a field's."""

    prefix: str = ""
    any_case: bool = True


def uses_of_settings(path: Path, tree: ast.Module) -> Iterator[Use]:
    """Give a use for each field of each class of settings in a module."""
    known = {BASE: _Rules()}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (bases := [_last(base) for base in node.bases if _last(base) in known]):
            rules = known[node.name] = _rules(node, known[bases[0]])
            for statement in node.body:
                yield from _field(path, statement, rules)


def _last(node: ast.expr) -> str:
    """Return `c` of `a.b.c`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _rules(node: ast.ClassDef, rules: _Rules) -> _Rules:
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Call(keywords=keywords)):
                for keyword in keywords:
                    rules = _said(rules, keyword.arg or "", keyword.value)
            case ast.Assign(targets=[ast.Name(id="model_config")], value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant):
                        rules = _said(rules, str(key.value), value)
            case ast.ClassDef(name="Config", body=body):
                for inner in body:
                    match inner:
                        case ast.Assign(targets=[ast.Name(id=name)], value=value):
                            rules = _said(rules, name, value)
                        case _:
                            pass
            case _:
                pass
    return rules


def _said(rules: _Rules, name: str, value: ast.expr) -> _Rules:
    match name, value:
        case "env_prefix", ast.Constant(value=str(prefix)):
            return replace(rules, prefix=prefix)
        case "case_sensitive", ast.Constant(value=bool(sensitive)):
            return replace(rules, any_case=not sensitive)
        case _:
            return rules


def _field(path: Path, statement: ast.stmt, rules: _Rules) -> Iterator[Use]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            if name.startswith("_") or name == "model_config" or "ClassVar" in ast.unparse(annotation):
                return
            aliases = list(_aliases(value)) + list(_aliases(annotation))
            names = aliases or [rules.prefix + name]
            default = _has_default(value)
            for each in names:
                shown = each.upper() if rules.any_case else each
                yield Use(path, statement.lineno, statement.col_offset + 1, shown, rules.any_case, default)
        case _:
            pass


def _aliases(node: ast.expr | None) -> Iterator[str]:
    """Give the names that `Field(alias=…)`, `Field(validation_alias=AliasChoices(…))` or `Annotated[…]` say."""
    for call in ast.walk(node) if node is not None else ():
        match call:
            case ast.Call(func=called, keywords=keywords) if _last(called) == "Field":
                for keyword in keywords:
                    if keyword.arg in ALIASES:
                        yield from _texts(keyword.value)


def _texts(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Call(args=args):
            for each in args:
                yield from _texts(each)
        case ast.List(elts=each_of) | ast.Tuple(elts=each_of):
            for each in each_of:
                yield from _texts(each)
        case _:
            pass


def _has_default(value: ast.expr | None) -> bool:
    match value:
        case None:
            return False
        case ast.Call(func=called, args=args, keywords=keywords) if _last(called) == "Field":
            said = args[:1] + [keyword.value for keyword in keywords if keyword.arg in {"default", "default_factory"}]
            return any(not _is_ellipsis(each) for each in said)
        case _:
            return not _is_ellipsis(value)


def _is_ellipsis(node: ast.expr) -> bool:
    """Tell pydantic's `...`, which says that there is no default."""
    return isinstance(node, ast.Constant) and node.value is ...
