"""Starting, stopping, and going on from a file."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest
from dotenv import dotenv_values

from reconciler.errors import UsageError
from reconciler.sandbox import NO_LIMITS, Scenario, Timing, running

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


def test_writes_at_once_are_all_in_the_state_file_when_answered(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    with running("default", limits=NO_LIMITS, state=state) as sandbox:
        (service,) = sandbox.workspace.services.named("worker")

        def write(client: int) -> None:
            with httpx.Client(base_url=sandbox.url, headers=headers(sandbox)) as own:
                for number in range(10):
                    path = f"/services/{service.id}/env-vars/KEY_{client}_{number}"
                    assert own.put(path, json={"value": "x"}).status_code == 200

        with ThreadPoolExecutor(8) as pool:
            assert len(list(pool.map(write, range(8)))) == 8
        kept = json.loads(state.read_text())["holdings"][service.id]["env_vars"]
    assert {f"KEY_{client}_{number}" for client in range(8) for number in range(10)} <= set(kept)


def test_a_slow_client_keeps_nobody_waiting() -> None:
    with running(limits=NO_LIMITS) as sandbox, ExitStack() as held:
        for _ in range(100):
            slow = held.enter_context(socket.create_connection(("127.0.0.1", urlsplit(sandbox.root).port or 0)))
            slow.sendall(b"PUT /v1/services/x/env-vars/A HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{")
        assert httpx.get(f"{sandbox.url}/owners", headers=headers(sandbox), timeout=10).status_code == 200


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
