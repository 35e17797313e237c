"""Workflow commands: ours are written as the runner reads them, and nobody else's is left in what we print."""

from __future__ import annotations

import json

import pytest

from reconciler.domain.finding import Severity
from reconciler.domain.value import Secret
from reconciler.errors import Location
from reconciler.report.workflow_commands import Annotation, annotation_lines, mask_lines, without_commands


@pytest.mark.parametrize(
    "text",
    [
        "::error::x", "  ::error::x", "\t\u3000::x::", "a\n::error::x", "a\r::error::x", "a\r\n \u200b::error::x",
        "\ufeff::x::", "\xad:\u200b:error::x", "##[error]x", "a ##[error]x", "###[error]x", "#\ufe0f#\xad[error]x",
        "\x00::x::", "::a::\n::b::\n##[c]##[d]",
    ],
)  # fmt: skip
def test_no_command_is_left(text: str) -> None:
    harmless = without_commands(text)
    ignored = "\0\ufeff\u200b\xad\ufe0f"
    seen = "".join(character for character in harmless if character not in ignored)

    assert not any(line.lstrip().startswith("::") for line in seen.replace("\r", "\n").split("\n"))
    assert "##[" not in seen
    assert harmless.replace(r"\u003a", ":").replace(r"\u0023", "#") == text
    assert without_commands(harmless) == harmless


@pytest.mark.parametrize("text", ["a::b", "staging/x: ::y", "# [x]", "## [x]", "#[x]", ":", "", "a\n\n: :b"])
def test_what_is_no_command_is_left_as_it_is(text: str) -> None:
    assert without_commands(text) == text


def test_json_means_the_same_afterwards() -> None:
    document = {"a": "##[error]x", "##[b]": ["::c::"]}

    assert json.loads(without_commands(json.dumps(document, indent=1))) == document


def test_a_mask_is_a_line_and_never_a_short_one() -> None:
    values = [
        Secret(text) for text in ("100%\r\nsecond line\n", "", "true", "12345", "\n\n", "100% sure::x", "second line")
    ]

    assert mask_lines(values) == ["::add-mask::second line", "::add-mask::100%25 sure::x"]


def test_an_annotation_ends_where_it_should() -> None:
    place = Location("a,b::c%0A.yaml", 3, 7)
    hostile = Annotation(Severity.ERROR, "one\n::error::two\r100% \x1b[2J##[x]", place, "T: a,line=9::")

    (line,) = annotation_lines([hostile])

    assert line == (
        r"::error file=a%2Cb%3A%3Ac%250A.yaml,line=3,col=7,title=T%3A a%2Cline=9%3A%3A::"
        r"one%0A::error::two\r100%25 \x1b[2J\u0023#[x]"
    )


def test_more_than_github_shows_are_counted() -> None:
    errors = [Annotation(Severity.ERROR, f"error {number}") for number in range(1_000)]
    warnings = [Annotation(Severity.WARNING, f"warning {number}" + "x" * 10_000) for number in range(10)]

    lines = annotation_lines([*warnings, *errors])

    assert len(lines) == 20
    assert lines[8:10] == ["::error::error 8", "::error::991 more errors: see the log of this step"]
    assert max(map(len, lines)) < 4_100
