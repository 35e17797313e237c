"""One-off jobs see what the latest deploy saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from reconciler.sandbox import RunningSandbox


def run(client: httpx.Client, sandbox: RunningSandbox, service_id: str, command: str) -> tuple[str, list[str]]:
    path = f"/services/{service_id}/jobs"
    made = client.post(path, json={"startCommand": command})
    assert (made.status_code, made.json()["status"]) == (201, "running")
    sandbox.workspace.clock.advance(5)
    query = {"ownerId": sandbox.owner_id, "resource": made.json()["id"], "direction": "forward"}
    lines = [line["message"] for line in client.get("/logs", params=query).json()["logs"]]
    assert client.get(path).json()[0]["job"]["id"] == made.json()["id"]
    return client.get(f"{path}/{made.json()['id']}").json()["status"], lines


def test_a_job_has_the_variables_of_the_latest_deploy(
    client: httpx.Client, service_id: str, sandbox: RunningSandbox
) -> None:
    command = "python -c 'connect(os.environ[\"DATABASE_URL\"])'"
    client.put(f"/services/{service_id}/env-vars/DATABASE_URL", json={"value": "postgresql://db.example.com/x"})
    status, lines = run(client, sandbox, service_id, command)
    assert (status, lines[1]) == ("failed", "KeyError: 'DATABASE_URL'")
    client.post(f"/services/{service_id}/deploys", json={})
    sandbox.workspace.clock.advance(5)
    status, lines = run(client, sandbox, service_id, command)
    assert (status, lines[1]) == ("succeeded", "database reachable")


def test_a_command_ends_as_its_text_says(client: httpx.Client, service_id: str, sandbox: RunningSandbox) -> None:
    assert run(client, sandbox, service_id, "exit 3")[0] == "failed"
    assert run(client, sandbox, service_id, "echo done")[0] == "succeeded"


def test_a_running_job_can_be_canceled(client: httpx.Client, service_id: str) -> None:
    path = f"/services/{service_id}/jobs"
    made = client.post(path, json={"startCommand": "echo"}).json()
    assert client.post(f"{path}/{made['id']}/cancel").json()["status"] == "canceled"
    assert client.post(path, json={}).status_code == 400
