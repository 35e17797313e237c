"""JSON that stores hold: numbers and booleans are the text that was stored, objects and lists are compact JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.secrets.store import MissingError, UnresolvedError, check_text, nearest

if TYPE_CHECKING:
    from reconciler.domain.value import Secret


@dataclass(frozen=True, slots=True, repr=False)
class Number:
    """A number as it was written: `1.10` stays that."""

    text: str


Node = None | bool | Number | str | list["Node"] | dict[str, "Node"]
"""Any JSON value, its numbers as they were written."""


def parse_json(text: str | bytes, noun: str) -> Node:
    """Read JSON; raises `UnresolvedError` for what is none. `noun` names what was read, for people."""
    try:
        parsed: Node = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # The error's own text quotes what it could not read.
        parsed, readable = None, False
    else:
        readable = True
    if not readable:
        raise UnresolvedError(f"{noun} is not JSON")
    return parsed


def pointed(node: Node, pointer: str | None) -> Secret:
    """Return the value at a JSON pointer (RFC 6901), the whole for none.

    Raises `MissingError` where there is nothing, `UnresolvedError` for what cannot be a value.
    """
    for part in (pointer or "").split("/")[1:]:
        node = _member(node, part.replace("~1", "/").replace("~0", "~"))
    match node:
        case None:
            raise UnresolvedError("the value is null, which no variable can be; put the value there")
        case str() as text:
            return check_text(text)
        case _:
            return check_text(compact(node))


def compact(node: Node) -> str:
    """Return a value as JSON without blanks."""
    match node:
        case Number(text):
            return text
        case dict():
            return "{" + ",".join(f"{_quoted(key)}:{compact(value)}" for key, value in node.items()) + "}"
        case list():
            return "[" + ",".join(compact(value) for value in node) + "]"
        case str():
            return _quoted(node)
        case _:
            return json.dumps(node)


def _member(node: Node, name: str) -> Node:
    if isinstance(node, dict):
        if name not in node:
            near = nearest(name, node.keys())
            raise MissingError(f"the secret has no key `{name}`{near or '; it has ' + _count(len(node), 'other key')}")
        return node[name]
    if isinstance(node, list):
        if not name.isdecimal() or int(name) >= len(node):
            raise MissingError(f"the secret has a list of {len(node)} there, and `{name}` is not in it")
        return node[int(name)]
    raise MissingError(f"the secret has a single value where `{name}` should be a key of it")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(_name: str) -> Node:
    raise ValueError
