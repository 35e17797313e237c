"""A sandbox that looks like a live workspace: a change is rehearsed on it, and nobody's values are in it."""

from __future__ import annotations

import json
import secrets
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from reconciler.domain.definition import TypeSpec
from reconciler.sandbox.scenarios.secret_values import direct_url, secrets_of, supabase_project
from reconciler.value_types import check
from reconciler.value_types.supabase_project import project_ref
from reconciler.value_types.token import jwt_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.stories.conftest import Project

REF = "qwertyuiopasdfghjklz"

CONTRACT = """\
    version: 1
    environments:
      staging: {{workspace: {owner}, api_key: STAGING_KEY}}
    services:
      api:
        render: api-{{environment}}
        health: {{path: /up, log_ready: "api is up"}}
        variables:
          LOG_LEVEL: debug
          REGION: europe
          MODE: {{type: enum, values: [fast, exact], external: true}}
          RETRIES: {{type: integer, min: 90000, max: 90009, external: true}}
          SUPABASE_URL: {{type: supabase_url, external: true}}
          SUPABASE_ANON_KEY: {{type: supabase_key, role: anon, same_project_as: SUPABASE_URL, external: true}}
          DATABASE_URL: {{type: postgres_url, pool_mode: transaction, same_project_as: SUPABASE_URL, external: true}}
          REPLICA_URL: {{type: postgres_url, same_project_as: SUPABASE_URL, external: true, allow: {{RC101: old}}}}
          OPENAI_API_KEY: {{type: api_key, prefix: sk-, secret: "dotenv://made-up/staging.env#/OPENAI_API_KEY"}}
          LEDGER_URL: {{from: {{postgres: ledger, property: internal_connection_string}}}}
          LEDGER_PASSWORD: {{from: {{postgres: ledger, property: password}}}}
          LEDGER_HOST: {{from: {{postgres: ledger, property: host}}}}
          SELF_URL: {{from: {{service: api, property: url}}}}
        secret_files:
          gcp.json: {{type: json, external: true}}
        env_groups: [shared]
    env_groups:
      shared:
        render: shared
        variables:
          SENTRY_DSN: {{type: https_url, external: true}}
"""


@pytest.fixture
def live(project: Project) -> dict[str, dict[str, str]]:
    """The live workspace; returns the values of variables and files by service."""
    owner = project.sandbox.owner_id
    database = {"name": "ledger", "ownerId": owner, "plan": "starter", "version": "17"}
    ledger = project.api("GET", f"/postgres/{project.api('POST', '/postgres', database)['id']}/connection-info")
    supabase = supabase_project(REF)
    key = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    api = {
        **secrets_of(supabase, "eu-central-1"),
        "SUPABASE_URL": f"https://{REF}.supabase.co",
        "REPLICA_URL": direct_url(supabase),
        "LOG_LEVEL": "info",
        "REGION": "europe",
        "MODE": "exact",
        "RETRIES": "90004",
        "LEDGER_URL": ledger["internalConnectionString"],
        "LEDGER_PASSWORD": ledger["password"],
        "LEDGER_HOST": str(urlsplit(ledger["internalConnectionString"]).hostname),
        "UNDECLARED": f"\N{KEY} {secrets.token_urlsafe(30)}\n",
    }
    made = project.service("api-staging", api, "web_service")
    url = project.api("GET", f"/services/{made}")["serviceDetails"]["url"]
    project.api("PUT", f"/services/{made}/env-vars/SELF_URL", {"value": url})
    account = {"type": "service_account", "private_key": key.decode(), "client_email": "robot@acme-corp.com"}
    project.api("PUT", f"/services/{made}/secret-files/gcp.json", {"content": json.dumps(account)})
    worker = {"TOKEN": api["OPENAI_API_KEY"], "CACHE_SIZE": "4711"}
    project.service("worker", worker)
    dsn = f"https://{secrets.token_hex(16)}@o4242.ingest.sentry.io/4711"
    group = {"name": "shared", "ownerId": owner, "envVars": [{"key": "SENTRY_DSN", "value": dsn}], "serviceIds": [made]}
    project.api("POST", "/env-groups", group)
    project.environ = {"STAGING_KEY": project.sandbox.api_key}
    project.write("services.yaml", CONTRACT.format(owner=owner))
    project.forget_requests()
    account |= {"private_key": "".join(key.decode().split("\n")[1:-2])[20:80]}
    return {"api": {**api, **account}, "worker": worker, "shared": {"SENTRY_DSN": dsn}}


@contextmanager
def seeded(project: Project, *arguments: str) -> Iterator[dict[str, str]]:
    """Run a sandbox that looks like the live workspace; yields what it says to export, and then its messages."""
    command = project.command("sandbox", "--from-render", "--port", "0", *arguments)
    with subprocess.Popen(
        command,
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stderr
        exported: dict[str, str] = {}
        try:
            while "RECONCILE_STORE_URL" not in exported:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exported[name] = value
            yield exported
        finally:
            process.terminate()
            exported["messages"] = process.communicate(timeout=30)[1]
    assert process.returncode == 0


def values_in(exported: Mapping[str, str], name: str, what: str = "env-vars") -> dict[str, str]:
    """Return the variables or files of a service of the sandbox."""
    headers = {"Authorization": f"Bearer {exported['RENDER_API_KEY']}"}
    with httpx.Client(base_url=exported["RENDER_API_URL"], headers=headers) as client:
        (found,) = client.get(f"/services?name={name}").json()
        listed: list[dict[str, Any]] = client.get(f"/services/{found['service']['id']}/{what}?limit=100").json()
    return {each["key"]: each["value"] for item in listed if (each := item.get("envVar"))} | {
        each["name"]: each["content"] for item in listed if (each := item.get("secretFile"))
    }


def check_no_live_value(live: Mapping[str, Mapping[str, str]], text: str) -> None:
    """Fail where a value, or what is secret of one, is in a text; those that the contract says openly may be."""
    for name, value in ((name, value) for values in live.values() for name, value in values.items()):
        if name in {"REGION", "LOG_LEVEL", "MODE", "RETRIES", "LEDGER_HOST", "type", "CACHE_SIZE"}:
            continue
        assert json.dumps(value)[1:-1] not in text, name
        url = urlsplit(value) if "://" in value else urlsplit("")
        for part in (value.strip(), url.password, url.username, value.rpartition(".")[2]):
            assert not part or len(part) < 10 or part not in text, name
    assert REF not in text
    assert "acme-corp" not in text


def test_a_change_is_rehearsed_where_nothing_is_live(project: Project, live: dict[str, dict[str, str]]) -> None:
    state = project.folder / "state.json"
    with seeded(project, "--state", str(state), "--secrets", "made-up") as exported:
        assert project.writes() == []
        assert set(exported) == {"RENDER_API_URL", "RENDER_API_KEY", "STAGING_KEY", "RECONCILE_STORE_URL"}
        assert project.sandbox.api_key not in exported.values()
        check_no_live_value(live, state.read_text(encoding="utf-8"))
        made = values_in(exported, "api-staging")
        assert made.keys() == (live["api"].keys() | {"SELF_URL"}) - {"type", "private_key", "client_email"}

        planned = project.reconcile("plan", "--format", "json", env=exported)
        assert planned.code == 0, planned.err
        plan = json.loads(planned.out)
        assert plan["checks"] == []
        changed = [one["address"] for one in plan["resource_changes"] if one["change"]["actions"] != ["no-op"]]
        assert changed == ["staging/api/LOG_LEVEL"]
        applied = project.reconcile("apply", "-e", "staging", "--auto-approve", env=exported)
        assert applied.code == 0, applied.out + applied.err
        assert values_in(exported, "api-staging") == {**made, "LOG_LEVEL": "debug"}
        assert project.writes() == []
    check_no_live_value(live, state.read_text(encoding="utf-8") + exported["messages"])
    assert state.stat().st_mode & 0o777 == 0o600
    assert not (project.folder / ".reconcile" / "journal.db").exists()


def test_what_is_made_up_is_of_the_same_kind_and_belongs_together(
    project: Project, live: dict[str, dict[str, str]]
) -> None:
    with seeded(project) as exported:
        api, worker = values_in(exported, "api-staging"), values_in(exported, "worker")
        (account,) = map(json.loads, values_in(exported, "api-staging", "secret-files").values())
    real = live["api"]
    for name, spec in {
        "SUPABASE_ANON_KEY": TypeSpec("supabase_key", {"role": "anon"}),
        "SUPABASE_SERVICE_ROLE_KEY": TypeSpec("supabase_key", {"role": "service_role"}),
        "DATABASE_URL": TypeSpec("postgres_url", {"pool_mode": "transaction"}),
        "DOCUMENT_ENCRYPTION_KEY": TypeSpec("fernet_key"),
        "OPENAI_API_KEY": TypeSpec("api_key", {"prefix": "sk-"}),
        "RETRIES": TypeSpec("integer", {"min": 90000, "max": 90009}),
        "MODE": TypeSpec("enum", {"values": ["fast", "exact"]}),
    }.items():
        assert check(spec, api[name]) is None, name
    named = ("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "DATABASE_URL", "REPLICA_URL")
    (ref,) = {project_ref(api[name]) for name in named}
    assert ref not in {None, REF}
    claims, were = jwt_claims(api["SUPABASE_ANON_KEY"]), jwt_claims(real["SUPABASE_ANON_KEY"])
    assert claims
    assert were
    assert (claims["role"], claims["exp"]) == (were["role"], were["exp"])
    assert urlsplit(api["DATABASE_URL"]).password == urlsplit(api["REPLICA_URL"]).password
    assert worker["TOKEN"] == api["OPENAI_API_KEY"] != real["OPENAI_API_KEY"]
    assert worker["CACHE_SIZE"].isdecimal()
    assert len(worker["CACHE_SIZE"]) == 4
    assert api["UNDECLARED"].endswith("\n")
    assert len(api["UNDECLARED"]) == len(real["UNDECLARED"])
    assert account["type"] != "service_account"
    assert check(TypeSpec("pem", {"kind": "private_key"}), account["private_key"]) is None


def test_without_a_contract_the_only_workspace_of_the_key_is_taken(project: Project) -> None:
    project.service("alone", {"PASSWORD": secrets.token_urlsafe(20)})
    with seeded(project) as exported:
        assert values_in(exported, "alone").keys() == {"PASSWORD"}
    project.control("POST", "/owners", {"name": "another"})
    refused = project.reconcile("sandbox", "--from-render", "--port", "0")
    assert refused.code == 1
    assert "sees 2 workspaces" in refused.err


def test_what_cannot_go_together_is_refused_before_anything_is_asked(project: Project) -> None:
    state = project.write("state.json", "{}")
    (project.folder / "secrets").mkdir()
    for arguments in (["--scenario", "empty"], ["--state", str(state)], ["--secrets", "secrets"]):
        refused = project.reconcile("sandbox", "--from-render", "--port", "0", *arguments)
        assert (refused.code, refused.out) == (1, ""), refused.err
        assert arguments[0].removeprefix("--") in refused.err
    assert project.requests() == []
    assert state.read_text() == "{}"


def test_a_workspace_that_cannot_be_read_makes_no_sandbox(project: Project, live: dict[str, dict[str, str]]) -> None:
    project.control("POST", "/faults", {"path": "/services/*/env-vars", "status": 403})
    refused = project.reconcile("sandbox", "--from-render", "--port", "0", "--state", "state.json")
    assert (refused.code, refused.out) == (1, "")
    assert not (project.folder / "state.json").exists()
    check_no_live_value(live, refused.err)
