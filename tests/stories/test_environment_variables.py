"""Flags from the environment: those that are harmless there, under the names that people type; permissions never."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      development: {workspace: tea-d1example0example0ex}
    services:
      api: {render: "api-{environment}", variables: {A: "1"}}
      worker: {render: "worker-{environment}", variables: {A: "1"}}
"""


@pytest.fixture
def contract(project: Project) -> Project:
    project.write("services.yaml", CONTRACT)
    for name in ("api-staging", "api-development", "worker-staging", "worker-development"):
        project.service(name, {})
    return project


def test_flags_have_the_names_that_people_type(contract: Project) -> None:
    given = {"RECONCILE_PLAN_ENV": "staging", "RECONCILE_PLAN_SERVICE": "api worker", "RECONCILE_PLAN_FORMAT": "json"}

    run = contract.reconcile("plan", env={**given, "RECONCILE_PLAN_DETAILED_EXITCODE": "1"})

    assert run.code == 2
    assert json.loads(run.out)["scope"] == {"environments": ["staging"], "services": ["api", "worker"]}


def test_the_command_line_wins(contract: Project) -> None:
    run = contract.reconcile("plan", "-e", "development", "--format", "json", env={"RECONCILE_PLAN_ENV": "staging"})

    assert json.loads(run.out)["scope"]["environments"] == ["development"]


def test_global_options_stand_before_or_after_the_command_or_in_the_environment(contract: Project) -> None:
    (contract.folder / "services.yaml").rename(contract.folder / "other.yaml")

    assert contract.reconcile("validate").code == 1
    assert contract.reconcile("-f", "other.yaml", "validate").code == 0
    assert contract.reconcile("validate", "-f", "other.yaml").code == 0
    assert contract.reconcile("validate", env={"RECONCILE_FILE": "other.yaml"}).code == 0
    assert "\x1b[" in contract.reconcile("plan", "--color", "always", env={"RECONCILE_FILE": "other.yaml"}).out


@pytest.mark.parametrize("name", ["AUTO_APPROVE", "NO_DEPLOY", "ALLOW_DELETES", "ALLOW_ROTATION"])
def test_nothing_in_the_environment_approves_or_permits(contract: Project, name: str) -> None:
    given = {f"RECONCILE_APPLY_{name}": "1", f"RECONCILE_PLAN_{name}": "1", f"RECONCILE_{name}": "1"}

    refused = contract.reconcile("apply", "-e", "staging", env=given)
    planned = json.loads(contract.reconcile("plan", "--format", "json", env=given).out)

    assert refused.code == 3
    assert "nobody is there to approve the plan" in refused.err
    assert planned["permissions"] == {
        "allow_deletes": None, "allow_rotation": [], "no_deploy": False, "on_failure": "stop", "ephemeral_store": False,
    }  # fmt: skip
