"""Recorded traffic of Terraform's provider with Render's API gets the same answers from the sandbox."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox import NO_LIMITS, Timing, running
from tests.conformance.recording import ANONYMOUS_OWNER, Replay, interactions

RECORDINGS = Path(__file__).parents[2].parent / "shared" / "render" / "recordings"

# Nothing is skipped: whatever else differs fails. These are answers of an API that was older when it was recorded than
# the one of the other recordings and of the OpenAPI document.
OLDER = {
    "webservice_env_var.yaml:*/autoDeployTrigger is not in the recording": "recorded in December 2024",
    "webservice_env_var.yaml:*/deploys: /startedAt is not in the recording": "recorded in December 2024",
}

# Builds take so long that the recorded second deploy of the private service has to queue, as it did; an image is
# running before the next request that the recordings have.
PACE = Timing(created=0, build=60, pre_deploy=1, update=3)

FILES = [
    "cronjob_env_var.yaml",
    "envgroup_env_group.yaml",
    "privateservice_docker.yaml",
    "project_project.yaml",
    "webservice_env_var.yaml",
]

pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings of Render's API are not at hand")


def replayed(name: str) -> tuple[int, list[str]]:
    """Replay a file against an empty workspace at its own pace; returns how many requests, and what differed."""
    with (
        running("empty", limits=NO_LIMITS, timing=PACE) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.api_key}"}) as client,
    ):
        replay = Replay(client, ids={ANONYMOUS_OWNER: sandbox.owner_id})
        sent, last = 0, None
        for recorded in interactions(RECORDINGS / name):
            if last:
                sandbox.workspace.clock.advance(max(0.0, (recorded.at - last).total_seconds()))
            last = recorded.at
            replay.send(recorded)
            sent += 1
    return sent, replay.differences


def test_every_recording_is_replayed() -> None:
    assert sorted(path.name for path in RECORDINGS.glob("*.yaml")) == FILES


@pytest.mark.parametrize("name", FILES)
def test_recorded_requests_get_the_recorded_answers(name: str) -> None:
    sent, differences = replayed(name)
    assert sent > 10
    assert [each for each in differences if not any(fnmatch(each, older) for older in OLDER)] == []
    # And what is listed is so: a difference that went away goes from the list.
    listed = [older for older in OLDER if older.startswith(f"{name}:")]
    assert [older for older in listed if not any(fnmatch(each, older) for each in differences)] == []


def test_a_wrong_answer_would_be_noticed() -> None:
    path = RECORDINGS / "envgroup_env_group.yaml"
    lies = {"name": "another", "serviceLinks": None, "envVars": [{"key": "DATABASE_URL", "value": 1}]}
    with (
        running("empty", limits=NO_LIMITS) as sandbox,
        httpx.Client(base_url=sandbox.url, headers={"Authorization": f"Bearer {sandbox.api_key}"}) as client,
    ):
        httpx.post(f"{sandbox.control_url}/faults", json={"path": "/env-groups", "lie": lies})
        replay = Replay(client, ids={ANONYMOUS_OWNER: sandbox.owner_id})
        replay.send(next(interactions(path)))
    found = "\n".join(replay.differences)
    for difference in ("/id is missing", "/name is not", "/serviceLinks is NoneType", "has 1 items", "is int instead"):
        assert difference in found
