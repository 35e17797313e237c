"""Blueprints of many shapes: imported, they plan to nothing against the workspace that Render made of them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from reconciler.cli.main import cli
from reconciler.sandbox import NO_LIMITS, RunningSandbox, running
from tests.stories.blueprint_workspace import BlueprintWorkspace

if TYPE_CHECKING:
    from collections.abc import Iterator

BLUEPRINTS = Path(__file__).parent / "blueprints"
NAMES = sorted(path.name for path in BLUEPRINTS.iterdir())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running("empty", limits=NO_LIMITS) as sandbox:
        yield sandbox


def reconcile(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(cli, list(arguments), prog_name="reconcile")
    assert done.exit_code == code, (done.output, done.exception)
    return done.stdout


def expect_empty_plan(file: str, *, undeclared: int = 0) -> None:
    assert "is valid" in reconcile("validate", "-f", file)
    shown = reconcile("plan", "-f", file, "--detailed-exitcode")
    left = f" {undeclared} undeclared left alone." if undeclared else ""
    assert f"No changes. Render matches services.yaml.{left}" in shown.splitlines()


@pytest.fixture(params=NAMES)
def workspace(
    request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BlueprintWorkspace]:
    with closing(BlueprintWorkspace(sandbox, request.param)) as made:
        made.sync(BLUEPRINTS / request.param / "render.yaml")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("RENDER_API_URL", sandbox.url)
        monkeypatch.setenv("RENDER_API_KEY", made.key)
        yield made


def test_a_blueprint_and_the_workspace_of_it_plan_to_nothing(workspace: BlueprintWorkspace, tmp_path: Path) -> None:
    blueprint = str(BLUEPRINTS / workspace.name / "render.yaml")
    reconcile("init", "--from-blueprint", blueprint)
    # Of a group that the Blueprint does not make, it cannot know the variables.
    expect_empty_plan("services.yaml", undeclared=int(workspace.name == "dashboard-group"))

    reconcile("init", "--from-render", "-f", "live.yaml")
    expect_empty_plan("live.yaml")

    written = (tmp_path / "services.yaml").read_text() + (tmp_path / "live.yaml").read_text()
    assert [secret for secret in workspace.secrets if secret in written] == []
    assert reconcile("init", "--from-blueprint", blueprint, "--stdout") == (tmp_path / "services.yaml").read_text()
    live = reconcile("init", "--from-render", "--stdout")
    assert live == (tmp_path / "live.yaml").read_text()
    assert "value:" not in live


def test_there_are_enough_blueprints_to_believe_it() -> None:
    assert len(NAMES) >= 20
