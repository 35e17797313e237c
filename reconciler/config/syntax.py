"""The YAML parser's complaints in words that say what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from reconciler.config.problems import fatal

if TYPE_CHECKING:
    from reconciler.config.node import Place
    from reconciler.errors import ConfigError

# What libyaml says, and what a person can do about it; the first that is found counts. It never quotes the file.
_HINTS = (
    (
        "mapping values are not allowed",
        "a second `: ` in one line, or wrong indentation; put a text with `: ` in quotes",
    ),
    ("could not find expected ':'", "a key without `:`, or a line that is not indented as it should be"),
    ("block sequence entries are not allowed", "a list item (`- `) where none can stand; check the indentation"),
    ("did not find expected key", "not indented like the lines above, or something stands after a value's end"),
    ("did not find expected '-' indicator", "not indented like the list items above"),
    (
        "did not find expected ',' or '}'",
        "a `{` that is not closed, or a missing comma; quote texts with `{`, `}` or `,`",
    ),
    (
        "did not find expected ',' or ']'",
        "a `[` that is not closed, or a missing comma; quote texts with `[`, `]` or `,`",
    ),
    ("unexpected end of stream", "a quote that is not closed"),
    ("unexpected document indicator", "a quote that is not closed before this line"),
    (
        "invalid Unicode character escape",
        "an escape that is no character; for JSON's `\\ud83d\\udc18` YAML wants `\\U0001F418` or the character itself",
    ),
    ("expected hexdecimal number", "an escape with too few digits: `\\x` takes two, `\\u` four and `\\U` eight"),
    ("escape", "an escape that double quotes do not know; write `\\\\` for a backslash, or use single quotes"),
    ("while scanning an anchor", "`&` starts an anchor; put a text that starts with it in quotes"),
    ("while scanning an alias", "`*` starts an alias; put a text that starts with it in quotes"),
    ("while scanning a tag", "`!` starts a tag; put a text that starts with it in quotes"),
    ("undefined tag handle", "`!` starts a tag; put a text that starts with it in quotes"),
    ("a tab character", "a tab where spaces must stand"),
    ("while scanning a block scalar", "`|` or `>` with something after it that does not belong there"),
    ("directive", "`%` starts a directive; put a text that starts with it in quotes"),
    ("did not find expected <document start>", "something after the end of the document; check the indentation"),
    ("did not find expected node content", "a value that cannot stand here; put it in quotes"),
    ("invalid indentation", "wrong indentation"),
)


def syntax_error(error: yaml.YAMLError, text: str, file: str) -> ConfigError:
    """Return the parser's error as one problem with its place."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return fatal(file, (1, 1), "is not readable as YAML; save it as plain UTF-8 text")
    mark = error.problem_mark or error.context_mark
    if mark and error.context_mark and not text[mark.index :].strip():
        # What is missing until the end of the file is missed where it began.
        mark = error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    said = f"{error.context or ''} {error.problem or ''}"
    if "cannot start any token" in said:
        return fatal(file, place, _token())
    if _is_at_placeholder(text, place):
        return fatal(file, place, f"not valid YAML: {_PLACEHOLDER}")
    hint = next((hint for words, hint in _HINTS if words in said), "check indentation, quotes and brackets")
    return fatal(file, place, f"not valid YAML: {hint}")


_PLACEHOLDER = (
    "braces and brackets end a text that has no quotes; put the whole text with its `{…}` in quotes, "
    'such as `{secret: "file://{environment}.json"}`'
)


def _is_at_placeholder(text: str, place: Place) -> bool:
    """Whether the parser stopped before or after something like `{environment}`."""
    line, column = place
    lines = _LINE_END.split(text, maxsplit=line)
    return line <= len(lines) and any(
        column - 1 in match.span() for match in re.finditer(r"\{[A-Za-z_]{1,32}\}", lines[line - 1])
    )


_LINE_END = re.compile("\r\n|\r|\n")


def _token() -> str:
    return (
        "not valid YAML: a tab where spaces must stand, or a text that starts with `@`, `` ` `` or `%` without quotes"
    )
