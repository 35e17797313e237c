"""Clients that others wrote for Render work on the sandbox as they are: Render's own SDK, and one from npm."""

from __future__ import annotations

import json
import shutil
import subprocess
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from render.public_api.api.services import (
    delete_env_var,
    get_env_vars_for_service,
    retrieve_env_var,
    update_env_var,
    update_env_vars_for_service,
)
from render.public_api.client import AuthenticatedClient
from render.public_api.models import EnvVar, EnvVarKeyValue, EnvVarValue, EnvVarWithCursor

if TYPE_CHECKING:
    from render.public_api.models import EnvVarKeyGenerateValue

    from tests.stories.conftest import Project

CLIENT = Path(__file__).with_name("npm")


def test_renders_sdk_lists_sets_replaces_and_deletes_variables(project: Project) -> None:
    service = project.service("worker", {"A": "1", "B": "2"})
    with AuthenticatedClient(base_url=project.sandbox.url, token=project.sandbox.api_key) as client:
        listed = get_env_vars_for_service.sync(service, client=client, limit=100)
        assert sorted(pairs_of(listed)) == [("A", "1"), ("B", "2")]
        made = update_env_var.sync(service, "A", client=client, body=EnvVarValue("one"))
        assert made == EnvVar("A", "one") == retrieve_env_var.sync(service, "A", client=client)
        assert delete_env_var.sync_detailed(service, "B", client=client).status_code == HTTPStatus.NO_CONTENT
        assert project.variables(service) == {"A": "one"}
        body: list[EnvVarKeyValue | EnvVarKeyGenerateValue] = [EnvVarKeyValue("C", "3"), EnvVarKeyValue("D", "4")]
        replaced = update_env_vars_for_service.sync(service, client=client, body=body)
        assert pairs_of(replaced) == [("C", "3"), ("D", "4")]
        assert project.variables(service) == {"C": "3", "D": "4"}


def pairs_of(answer: object) -> list[tuple[str, str]]:
    """Return what a list of variables holds; an error or nothing is no list."""
    assert isinstance(answer, list)
    items = [item for item in answer if isinstance(item, EnvVarWithCursor)]
    assert len(items) == len(answer)
    return [(item.env_var.key, item.env_var.value) for item in items]


def test_the_client_from_npm_lists_sets_replaces_and_deletes_variables(project: Project, tmp_path: Path) -> None:
    folder = installed(tmp_path / "npm")
    many = {f"KEY_{number}": str(number) for number in range(45)}
    service = project.service("worker", {"A": "1", "B": "2"} | many)
    done = subprocess.run(
        ["node", "variables.js", service],
        cwd=folder,
        env=project.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(told["keys"]) == sorted({"A", "B", *many})
    assert told["page"] == 47
    assert told["set"] == told["read"] == {"key": "A", "value": "one"}
    assert told["replaced"] == [{"key": "C", "value": "3"}, {"key": "D", "value": "4"}]
    assert told["absent"] == "RenderNotFoundError"
    assert told["names"] == ["worker"]
    assert project.variables(service) == {"C": "3", "D": "4"}


def installed(folder: Path) -> Path:
    """Return a folder with the client in it, or skip where it cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm")
    shutil.copytree(CLIENT, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        pytest.skip("needs npm's registry for the client")
    return folder
