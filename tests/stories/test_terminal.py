"""On a terminal: apply asks, shows what it is doing, and takes nothing but `yes` for a yes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
    services:
      worker: {render: worker, variables: {ALPHA: one}}
"""


LONG_WORDS = f"""\
      api:
        render: a-service-with-quite-a-long-name-on-render
        variables:
          A_KEY_THAT_IS_RATHER_LONG_BUT_NOT_UNUSUAL: "{"value " * 12}"
          B: {{external: true}}
          C: {{secret: "dotenv://some/folder/with/secrets.env#/ONE_OF_THE_LONGER_NAMES_THERE_ARE"}}
"""


def on_terminal(
    project: Project, answer: str, *arguments: str, columns: int = 80, meanwhile: Callable[[], object] | None = None
) -> tuple[int, str]:
    """Run a command on a pseudo-terminal, type an answer when it asks, and return its exit code and all it showed.

    `meanwhile` happens while the command waits for the answer.
    """
    ours, theirs = pty.openpty()
    environment = project.environment({"TERM": "xterm", "COLUMNS": str(columns)})
    process = subprocess.Popen(
        project.command(*arguments), cwd=project.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, answered = b"", False
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux ends a pseudo-terminal whose other side is closed with an error
            break
        if not piece:
            break
        shown += piece
        if not answered and b"Enter a value" in shown:
            if meanwhile is not None:
                meanwhile()
            os.write(ours, answer.encode() + b"\n")
            answered = True
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


@pytest.mark.parametrize("answer", ["no", "y", "YES", "", "yes please"])
def test_only_yes_is_a_yes(project: Project, answer: str) -> None:
    project.write("services.yaml", CONTRACT)
    worker = project.service("worker", {})

    code, shown = on_terminal(project, answer, "apply")

    assert code == 3
    assert "Only 'yes' will be accepted to approve." in shown
    assert "not approved; nothing was written" in shown
    assert project.variables(worker) == {}


def test_yes_is_carried_out_in_colour_with_progress(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    worker = project.service("worker", {})

    code, shown = on_terminal(project, "yes", "apply")

    assert code == 0
    assert project.variables(worker) == {"ALPHA": "one"}
    assert "\x1b[32m+" in shown, "additions are green"
    assert re.search(r"deploy dep-\w+: ", shown), "the deploy is watched in sight"
    assert "Apply complete!" in shown


def test_a_wait_for_the_rate_limit_is_told_with_its_end_beside_what_was_read(project: Project) -> None:
    project.write("services.yaml", CONTRACT + "      api: {render: api, variables: {BETA: two}}\n")
    project.service("worker", {"ALPHA": "one"})
    project.service("api", {"BETA": "two"})
    project.control("POST", "/rate-limits", {"limits": {"get": 2}, "window": 2})

    code, shown = on_terminal(project, "", "plan", columns=120)
    project.control("POST", "/rate-limits", {"limits": {"get": 2}, "window": 2})
    unwatched = project.reconcile("plan")

    assert (code, unwatched.code) == (0, 0)
    wait = r"waiting for the rate limit until \d\d:\d\d:\d\d UTC"
    assert re.search(r"read 1 of 2 services, 2 requests; " + wait, shown)
    assert unwatched.err == "", "nobody watches a log"


def test_every_line_fits_eighty_columns(project: Project) -> None:
    project.write("services.yaml", CONTRACT + LONG_WORDS)
    project.write("some/folder/with/secrets.env", "ONE_OF_THE_LONGER_NAMES_THERE_ARE=x\n")
    project.service("worker", {})
    project.service("a-service-with-quite-a-long-name-on-render", {})

    run = project.reconcile("plan", env={"COLUMNS": "80"})

    assert run.code == 1
    assert [line for line in run.out.splitlines() if len(line) > 80] == []
    assert "\x1b" not in run.out
