"""What the documentation says of commands and flags is what `--help` says."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from reconciler.cli.main import COMMANDS, cli
from tests.docs.markdown import ROOT, blocks, pages, sections, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = ROOT / "docs" / "cli.md"
SHELL = {"sh", "console", "bash"}

_OPTION = re.compile(r"^ {2}(?:-\w, )?(--[a-z][a-z-]*)", re.MULTILINE)
_ROW = re.compile(r"^\| *(`(?:[^|\\]|\\.)*`) *\|", re.MULTILINE)
_LONG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def help_of(command: str | None) -> str:
    shown = CliRunner().invoke(cli, [*([command] if command else []), "--help"], prog_name="reconcile")
    assert shown.exit_code == 0
    return shown.output


def options_of(command: str | None) -> set[str]:
    return set(_OPTION.findall(help_of(command))) - {"--help"}


GLOBAL = {"--file", "--color", "--parallelism", "--verbose"}


def documented(heading: str) -> set[str]:
    (body,) = [body for title, body in sections(REFERENCE.read_text(encoding="utf-8")) if title == heading]
    return set(_LONG.findall(" ".join(_ROW.findall(body))))


def command_lines() -> Iterator[tuple[str, str]]:
    """Walk the commands that the pages show, each with the page's name."""
    for page in pages():
        text = page.read_text(encoding="utf-8")
        shown = [span for span in spans(text) if span.startswith("reconcile ")]
        for block in blocks(text):
            if block.language in SHELL:
                lines = block.text.replace("\\\n", " ").splitlines()
                shown += [line.removeprefix("$ ") for line in lines if line.removeprefix("$ ").startswith("reconcile ")]
        for line in shown:
            yield page.name, line


def test_every_command_that_is_shown_exists_with_its_flags() -> None:
    seen = set()
    for page, line in command_lines():
        words = shlex.split(line, comments=True)[1:]
        if words[0].startswith("--"):
            assert words[0] in options_of(None) | {"--help"}, f"{page}: {line}"
            continue
        assert words[0] in COMMANDS, f"{page}: {line}"
        unknown = set(_LONG.findall(line)) - options_of(words[0]) - {"--help"}
        assert not unknown, f"{page}: {line}"
        seen.add(words[0])
    assert seen == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_has_exactly_the_flags_of_a_command(command: str) -> None:
    assert documented(f"`reconcile {command}`") == options_of(command) - GLOBAL


def test_the_reference_has_exactly_the_global_flags() -> None:
    assert documented("Global options") == options_of(None)
    assert options_of(None) == GLOBAL | {"--version"}


def test_every_command_takes_the_global_flags() -> None:
    assert all(options_of(command) >= GLOBAL for command in COMMANDS)
