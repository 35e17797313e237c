"""Starting, stopping, and going on from a file."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from dotenv import dotenv_values

from reconciler.errors import UsageError
from reconciler.sandbox import Scenario, Timing, running

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox import RunningSandbox


def headers(sandbox: RunningSandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {sandbox.api_key}"}


def test_a_port_in_use_is_said_so(sandbox: RunningSandbox) -> None:
    port = int(sandbox.root.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"port {port} .* already in use"), running(port=port):
        pass


def test_an_unknown_scenario_is_said_so() -> None:
    with pytest.raises(UsageError, match="unknown scenario: other"), running("other"):
        pass


def test_nothing_answers_after_the_end() -> None:
    with running("default") as sandbox:
        assert httpx.get(f"{sandbox.url}/services", headers=headers(sandbox)).is_success
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{sandbox.url}/services")


def test_two_sandboxes_do_not_know_each_other() -> None:
    with running() as one, running() as other:
        assert one.api_key != other.api_key
        assert httpx.get(f"{other.url}/owners", headers=headers(one)).status_code == 401


def test_deploys_may_take_no_time_at_all() -> None:
    with running("default", timing=Timing(0, 0, 0, 0, 0)) as sandbox:
        sandbox.workspace.clock.advance(5)
        service = httpx.get(f"{sandbox.url}/services?name=web", headers=headers(sandbox)).json()[0]["service"]
        path = f"{sandbox.url}/services/{service['id']}/deploys"
        made = httpx.post(path, headers=headers(sandbox), json={}).json()
        assert httpx.get(f"{path}/{made['id']}", headers=headers(sandbox)).json()["status"] == "live"


def test_a_state_file_is_gone_on_with(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running("incident", state=state) as first:
        service = httpx.get(f"{first.url}/services?name=upload-worker-production", headers=headers(first)).json()[0]
        path = f"/services/{service['service']['id']}"
        httpx.put(f"{first.url}{path}/env-vars/KEY", headers=headers(first), json={"value": "kept"})
        httpx.post(f"{first.url}{path}/deploys", headers=headers(first), json={})
        httpx.post(f"{first.url}{path}/jobs", headers=headers(first), json={"startCommand": "echo"})
    assert state.stat().st_mode & 0o777 == 0o600
    with running("empty", state=state) as second:
        assert second.api_key == first.api_key
        assert second.scenario.secrets("production") == first.scenario.secrets("production")
        value = httpx.get(f"{second.url}{path}/env-vars/KEY", headers=headers(second)).json()
        assert value == {"key": "KEY", "value": "kept"}
        assert len(httpx.get(f"{second.url}{path}/deploys", headers=headers(second)).json()) == 2
        assert len(httpx.get(f"{second.url}{path}/jobs", headers=headers(second)).json()) == 1


def test_what_was_answered_before_a_kill_is_in_the_state_file(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    command = [sys.executable, "-m", "reconciler", "sandbox", "--port", "0", "--scenario", "default"]
    values: dict[str, str] = {}
    for life in range(2):
        with subprocess.Popen(
            [*command, "--state", state], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                assert process.stdout
                url, key = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
                with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}) as client:
                    (found,) = client.get("/services?name=worker").json()
                    path = f"/services/{found['service']['id']}/env-vars"
                    assert {name: client.get(f"{path}/{name}").json()["value"] for name in values} == values
                    for number in range(20):
                        client.put(f"{path}/KEY_{life}_{number}", json={"value": str(number)})
                        values[f"KEY_{life}_{number}"] = str(number)
            finally:
                process.kill()
    with running(state=state) as sandbox:
        (service,) = sandbox.workspace.services.named("worker")
        assert values.items() <= sandbox.workspace.values(service.id).items()


def test_a_file_that_is_no_state_is_said_so_without_its_content(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text('{"scenario": "marker-of-a-value"}')
    with pytest.raises(UsageError) as error, running(state=state):
        pass
    assert "marker-of-a-value" not in str(error.value)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_with_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    program = (
        "import sys, pathlib\n"
        "from reconciler.sandbox import serve\n"
        "serve('incident', secrets_dir=pathlib.Path(sys.argv[1]), ready=lambda s: print(s.url, flush=True))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/services").status_code == 401
        process.send_signal(number)
        assert process.wait(30) == 0
    assert "OPENAI_API_KEY" in dotenv_values(tmp_path / "production.env")


@pytest.mark.parametrize(
    "value", ["it's", "a\\b", "a\\'b", "a\nb\n", '"quoted"', "$HOME ${HOME}", "# no comment", " x "]
)
def test_awkward_secrets_survive_a_dotenv_file(tmp_path: Path, value: str) -> None:
    (path,) = Scenario("test", {"staging": {"KEY": value}}).write_dotenv(tmp_path)
    assert dotenv_values(path, interpolate=False) == {"KEY": value}
