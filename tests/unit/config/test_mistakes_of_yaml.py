"""Mistakes about YAML itself: each one's place and words, exactly."""

# ruff: noqa: E501 — a message is one line
from __future__ import annotations

import pytest

from tests.unit.config.mistakes import HEAD, VARIABLES, Row, mistakes_of, service, variable

MISTAKES: list[Row] = [
    (
        variable("A: &a {value: *a}"),
        ["9:21: an alias (`*`) stands within the very thing that it repeats; write it out"],
    ),
    (
        variable("A: *a"),
        ["9:10: `*` repeats what is marked with `&` above, and nothing is; quote a text that starts with `*`"],
    ),
    (
        variable("<<: {A: x}"),
        ["9:7: merge keys (`<<`) are not read; repeat the keys, or say them once under the top `variables:`"],
    ),
    (variable("A: x\nA: y"), ["10:7: `A` is given twice, first in line 9; keep one of them"]),
    (HEAD + "version: 1\n", ["5:1: `version` is given twice, first in line 1; keep one of them"]),
    (variable("A: !!str x"), ["9:10: tags (`!…`) are not read; remove it, and quote the value where it is text"]),
    (variable("A: !secret x"), ["9:10: tags (`!…`) are not read; remove it, and quote the value where it is text"]),
    (
        variable("? [a]\n: x"),
        ["9:9: a key must be plain text; is this a value in braces that needs quotes, or a missing key?"],
    ),
    (
        variable("{A: x}: x"),
        ["9:7: a key must be plain text; is this a value in braces that needs quotes, or a missing key?"],
    ),
    (HEAD + "---\nversion: 1\n", ["5:1: a second document; the file holds one, so remove the `---`"]),
    (
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ["1:65: nested more than 64 levels deep; nothing in this file needs so many"],
    ),
    (
        service("secret_files: {gcp.json: {type: json, secret: file://secrets/gcp.{environment}.json}}"),
        [
            '8:70: not valid YAML: braces and brackets end a text that has no quotes; put the whole text with its `{…}` in quotes, such as `{secret: "file://{environment}.json"}`'
        ],
    ),
    (
        HEAD + "services:\n  api: {render: {environment}-api}\n",
        [
            '6:30: not valid YAML: braces and brackets end a text that has no quotes; put the whole text with its `{…}` in quotes, such as `{secret: "file://{environment}.json"}`'
        ],
    ),
    (
        HEAD + "services:\n  api:\n    render: {environment}-api\n",
        [
            '7:26: not valid YAML: braces and brackets end a text that has no quotes; put the whole text with its `{…}` in quotes, such as `{secret: "file://{environment}.json"}`'
        ],
    ),
    (
        service("ignore: [a-{environment}]"),
        [
            '8:16: not valid YAML: braces and brackets end a text that has no quotes; put the whole text with its `{…}` in quotes, such as `{secret: "file://{environment}.json"}`'
        ],
    ),
    (
        variable('A: "\\ud83d\\udc18"'),
        [
            "9:13: not valid YAML: an escape that is no character; for JSON's `\\ud83d\\udc18` YAML wants `\\U0001F418` or the character itself"
        ],
    ),
    (
        variable('A: "\\q"'),
        [
            "9:11: not valid YAML: an escape that double quotes do not know; write `\\\\` for a backslash, or use single quotes"
        ],
    ),
    (
        variable('A: "\\x1"'),
        ["9:13: not valid YAML: an escape with too few digits: `\\x` takes two, `\\u` four and `\\U` eight"],
    ),
    (variable('A: "x'), ["9:10: not valid YAML: a quote that is not closed"]),
    (
        variable("A: x: y"),
        ["9:11: not valid YAML: a second `: ` in one line, or wrong indentation; put a text with `: ` in quotes"],
    ),
    (
        variable("A: {value: x"),
        ["9:10: not valid YAML: a `{` that is not closed, or a missing comma; quote texts with `{`, `}` or `,`"],
    ),
    (
        variable("A: [x"),
        ["9:10: not valid YAML: a `[` that is not closed, or a missing comma; quote texts with `[`, `]` or `,`"],
    ),
    (
        variable("A: @x"),
        [
            "9:10: not valid YAML: a tab where spaces must stand, or a text that starts with `@`, `` ` `` or `%` without quotes"
        ],
    ),
    (
        variable("A: 'it's'"),
        ["9:14: not valid YAML: not indented like the lines above, or something stands after a value's end"],
    ),
    (
        variable("A: x\n  B: y"),
        ["10:10: not valid YAML: a second `: ` in one line, or wrong indentation; put a text with `: ` in quotes"],
    ),
    (variable("A: - x"), ["9:10: not valid YAML: a list item (`- `) where none can stand; check the indentation"]),
    (variable("A: |x\n  y"), ["9:11: not valid YAML: `|` or `>` with something after it that does not belong there"]),
    ("version: 1\n\tservices: {}\n", ["2:1: not valid YAML: a tab where spaces must stand"]),
    (VARIABLES + "      A: 1\n\t  B: 2\n", ["10:1: not valid YAML: a tab where spaces must stand"]),
    ("version: 1\n...\nx\n", ["3:1: not valid YAML: something after the end of the document; check the indentation"]),
    (variable("A: *"), ["9:10: not valid YAML: `*` starts an alias; put a text that starts with it in quotes"]),
    (variable("A: &"), ["9:10: not valid YAML: `&` starts an anchor; put a text that starts with it in quotes"]),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(text: str, expected: list[str]) -> None:
    assert mistakes_of(text) == expected
