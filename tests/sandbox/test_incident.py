"""The incident, from the crash to the cure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import jwt
import pytest
from dotenv import dotenv_values

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.sandbox import RunningSandbox

URL = "https://zyxwvutsrqponmlkjihg.supabase.co"


@pytest.fixture
def scenario() -> str:
    return "incident"


@pytest.fixture
def services(client: httpx.Client) -> dict[str, Any]:
    return {item["service"]["name"]: item["service"] for item in client.get("/services").json()}


@pytest.fixture
def worker_id(services: dict[str, Any]) -> str:
    return str(services["upload-worker-production"]["id"])


def messages(client: httpx.Client, sandbox: RunningSandbox, service_id: str, **query: str) -> list[str]:
    asked = {"ownerId": sandbox.owner_id, "resource": service_id, "type": "app", "limit": "100", **query}
    return [line["message"] for line in client.get("/logs", params=asked).json()["logs"]]


def values(client: httpx.Client, service_id: str) -> dict[str, str]:
    listed = client.get(f"/services/{service_id}/env-vars?limit=100").json()
    return {item["envVar"]["key"]: item["envVar"]["value"] for item in listed}


def test_the_worked_examples_ids_are_there(client: httpx.Client, services: dict[str, Any]) -> None:
    assert sorted(services) == [
        "api-service-production",
        "api-service-staging",
        "upload-worker-production",
        "upload-worker-staging",
    ]
    assert services["api-service-production"]["id"] == "srv-c0example0example00"
    assert {service["ownerId"] for service in services.values()} == {"tea-d1example0example0ex"}
    assert client.get("/env-groups").json() == []


def test_the_production_worker_lacks_five_variables_and_has_three_wrong(
    client: httpx.Client, worker_id: str, sandbox: RunningSandbox
) -> None:
    live, right = values(client, worker_id), sandbox.scenario.secrets("production")
    assert sorted(live) == ["DATABASE_URL", "FEATURE_NEW_PARSER", "LOG_LEVEL", "SUPABASE_ANON_KEY"]
    assert live["SUPABASE_ANON_KEY"] == right["SUPABASE_SERVICE_ROLE_KEY"]
    assert "@db.zyxwvutsrqponmlkjihg.supabase.co:" in live["DATABASE_URL"]


def test_everything_else_holds_the_right_values(
    client: httpx.Client, services: dict[str, Any], sandbox: RunningSandbox
) -> None:
    for name in ("api-service-staging", "upload-worker-staging", "api-service-production"):
        live = values(client, services[name]["id"])
        right = sandbox.scenario.secrets(name.rpartition("-")[2])
        assert live.pop("LOG_LEVEL") == "info"
        assert live.pop("SUPABASE_URL").endswith(".supabase.co")
        assert live == {key: right[key] for key in live}
        assert len(live) == (6 if "worker" in name else 3)
        assert client.get(f"/services/{services[name]['id']}/deploys").json()[0]["deploy"]["status"] == "live"


def test_the_worker_crashes_and_says_why(client: httpx.Client, worker_id: str, sandbox: RunningSandbox) -> None:
    said = messages(client, sandbox, worker_id)
    for name in ("SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "OPENAI_API_KEY", "DOCUMENT_ENCRYPTION_KEY"):
        assert f"CONFIGURATION_ERROR_FATAL: missing {name}" in said
    assert said.count("OSError: [Errno 101] Network is unreachable") > 5
    assert "worker started" not in said
    (deploy,) = client.get(f"/services/{worker_id}/deploys").json()
    assert deploy["deploy"]["status"] == "update_failed"
    assert client.get(f"/services/{worker_id}/events?type=server_failed").json()


def test_the_apis_answer_their_health_checks(services: dict[str, Any]) -> None:
    for name in ("api-service-staging", "api-service-production"):
        details = services[name]["serviceDetails"]
        assert httpx.get(details["url"] + details["healthCheckPath"]).status_code == 200


def test_an_api_without_its_variables_fails_its_deploy_and_the_old_one_serves_on(
    client: httpx.Client, services: dict[str, Any], sandbox: RunningSandbox
) -> None:
    api = services["api-service-staging"]
    client.delete(f"/services/{api['id']}/env-vars/DATABASE_URL")
    client.post(f"/services/{api['id']}/deploys", json={})
    sandbox.workspace.clock.advance(5)
    assert client.get(f"/services/{api['id']}/deploys").json()[0]["deploy"]["status"] == "update_failed"
    assert httpx.get(api["serviceDetails"]["url"] + "/health").status_code == 200
    client.post(f"/services/{api['id']}/suspend")
    assert httpx.get(api["serviceDetails"]["url"] + "/health").status_code == 503


def test_the_right_values_and_a_deploy_are_the_cure(
    client: httpx.Client, worker_id: str, sandbox: RunningSandbox
) -> None:
    for key, value in {"SUPABASE_URL": URL, **sandbox.scenario.secrets("production")}.items():
        assert client.put(f"/services/{worker_id}/env-vars/{key}", json={"value": value}).is_success
    sandbox.workspace.clock.advance(60)
    assert "worker started" not in messages(client, sandbox, worker_id)
    made = client.post(f"/services/{worker_id}/deploys", json={"deployMode": "deploy_only"}).json()
    sandbox.workspace.clock.advance(60)
    assert client.get(f"/services/{worker_id}/deploys/{made['id']}").json()["status"] == "live"
    (instance,) = client.get(f"/services/{worker_id}/instances").json()
    assert instance["createdAt"] > made["createdAt"]
    said = messages(client, sandbox, worker_id, instance=instance["id"], direction="forward")
    assert said[:4] == [
        "upload-worker-production: starting, log level info",
        "connected to database",
        "worker started",
        "processed document 1",
    ]
    assert len(said) > 20
    assert not [line for line in said if "ERROR" in line]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("SUPABASE_SERVICE_ROLE_KEY", "has role anon, needs service_role"),
        ("DOCUMENT_ENCRYPTION_KEY", "is not a Fernet key"),
        ("DATABASE_URL", "Tenant or user not found"),
    ],
)
def test_one_wrong_value_is_enough_to_fail(
    client: httpx.Client, services: dict[str, Any], sandbox: RunningSandbox, key: str, line: str
) -> None:
    right = sandbox.scenario.secrets("staging")
    wrong = {
        "SUPABASE_SERVICE_ROLE_KEY": right["SUPABASE_ANON_KEY"],
        "DOCUMENT_ENCRYPTION_KEY": "too short",
        "DATABASE_URL": right["DATABASE_URL"].replace("postgres.abcdefghijklmnopqrst", "postgres"),
    }[key]
    worker = services["upload-worker-staging"]["id"]
    client.put(f"/services/{worker}/env-vars/{key}", json={"value": wrong})
    client.post(f"/services/{worker}/deploys", json={})
    sandbox.workspace.clock.advance(1.5)
    assert client.get(f"/services/{worker}/deploys").json()[0]["deploy"]["status"] == "update_failed"
    assert any(line in message for message in messages(client, sandbox, worker, level="error"))


def test_secrets_are_made_up_anew_and_have_the_right_shape(sandbox: RunningSandbox) -> None:
    staging, production = (sandbox.scenario.secrets(name) for name in ("staging", "production"))
    assert not set(staging.values()) & set(production.values())
    claims = jwt.decode(production["SUPABASE_SERVICE_ROLE_KEY"], options={"verify_signature": False})
    assert (claims["role"], claims["ref"]) == ("service_role", "zyxwvutsrqponmlkjihg")
    assert ".pooler.supabase.com:6543/" in production["DATABASE_URL"]


def test_dotenv_files_read_back_byte_for_byte(sandbox: RunningSandbox, tmp_path: Path) -> None:
    paths = sandbox.scenario.write_dotenv(tmp_path / "secrets")
    assert [path.name for path in paths] == ["staging.env", "production.env"]
    for path in paths:
        assert path.stat().st_mode & 0o777 == 0o600
        assert dotenv_values(path, interpolate=True) == sandbox.scenario.secrets(path.stem)
