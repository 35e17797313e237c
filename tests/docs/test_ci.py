"""What docs/ci.md shows for other CIs is what they take, and the commands in it are ours."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from reconciler.cli.main import COMMANDS
from tests.docs.markdown import ROOT, blocks
from tests.docs.test_commands import options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = Path(sys.executable).parent
SNIPPETS = {
    block.text.splitlines()[0].removeprefix("# "): block.text
    for block in blocks((ROOT / "docs" / "ci.md").read_text("utf-8"))
    if block.language in {"yaml", "crontab"}
}
SCHEMAS = {
    ".gitlab-ci.yml": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    ".buildkite/pipeline.yml": ["--builtin-schema", "vendor.buildkite"],
}
_COMMAND = re.compile(r"\breconcile ((?:[a-z]+)\b[^\n`)}]*)")


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_is_valid_by_its_schema(name: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name
    path.write_text(SNIPPETS[name], encoding="utf-8")
    done = subprocess.run(
        [PROGRAMS / "check-jsonschema", *SCHEMAS[name], path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_snippet_is_yaml() -> None:
    loaded = {name: yaml.safe_load(text) for name, text in SNIPPETS.items() if not name.startswith("/etc")}
    assert len(loaded) >= 4
    assert all(loaded.values())
    (hook,) = loaded[".pre-commit-config.yaml"]["repos"][0]["hooks"]
    assert hook["id"] in {each["id"] for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}


def commands() -> Iterator[str]:
    for text in SNIPPETS.values():
        yield from (match[1] for match in _COMMAND.finditer(re.sub(r"^# /etc/.*", "", text)))


def test_the_commands_in_snippets_exist_with_their_flags() -> None:
    seen = set()
    for command in commands():
        if command.startswith("cd "):  # the name of cron's user
            continue
        words = shlex.split(command.partition("||")[0].removesuffix(","), comments=True)
        assert words[0] in COMMANDS, command
        assert {word for word in words if word.startswith("--")} <= options_of(words[0]), command
        seen.add(words[0])
    assert seen >= {"validate", "diff", "plan", "approve", "apply", "drift"}


def test_the_line_for_cron_speaks_only_of_drift(tmp_path: Path) -> None:
    (line,) = [each for each in SNIPPETS.values() if "MAILTO" in each]
    script = line.splitlines()[-1].split(None, 6)[6].rpartition("&& {")[2].removesuffix("}")
    for code, said in ((0, ""), (2, "Drift\n")):
        (tmp_path / "reconcile").write_text(f"#!/bin/sh\necho Drift\nexit {code}\n", encoding="utf-8")
        (tmp_path / "reconcile").chmod(0o700)
        done = subprocess.run(
            ["/bin/sh", "-c", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == (said, "")
