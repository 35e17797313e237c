"""Rules in the real command: what they say at validate and at plan, that apply refuses, and that nothing is quoted."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import jwt
import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

REF = "abcdefghijklmnopqrst"
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    variables:
      VENDOR_KEY: {type: api_key, external: true}
    services:
      worker:
        render: worker-{environment}
        env_groups: [common, more]
        variables:
          VENDOR_KEY:
          OPENAI_API_KEY: {external: true, environments: [production]}
          PORT: "10000"
          REGION: eu
          ACCOUNT: {external: true, environments: [production]}
          VENDOR_TOKEN: {secret: "env://VENDOR_TOKEN", environments: [production]}
          REDIS_URL: {external: true, environments: [production], allow: {RC160: "a sidecar in the image"}}
          MAIN_URL: {from: {postgres: main-db, property: internal_connection_string}, environments: [production]}
    env_groups:
      common: {render: {production: common}, variables: {REGION: {value: eu}, ZONE: a}}
      more: {render: {production: more}, variables: {ZONE: b}}
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """Two workers, a group that both are linked to, a database far away, and mistakes that people made on Render."""
    project.write("services.yaml", CONTRACT)
    same = "ak-" + secrets.token_urlsafe(24)
    project.service("worker-staging", {"VENDOR_KEY": same, "PORT": "10000", "REGION": "eu"})
    worker = project.service(
        "worker-production",
        {
            "VENDOR_KEY": same,
            "PORT": "10000",
            "REGION": "eu",
            "OPENAI_APIKEY": "sk-" + secrets.token_urlsafe(24),
            "ACCOUNT": f'"{secrets.token_hex(4)}"',
            "REDIS_URL": f"redis://:{secrets.token_hex(8)}@localhost:6379",
        },
    )
    project.environ["VENDOR_TOKEN"] = jwt.encode({"sub": secrets.token_hex(8), "exp": 1}, "k" * 32, algorithm="HS256")
    for name in ("common", "more"):
        body = {"name": name, "ownerId": project.sandbox.owner_id, "envVars": [{"key": "REGION", "value": "eu"}]}
        group = project.api("POST", "/env-groups", body)
        project.api("POST", f"/env-groups/{group['id']}/services/{worker}")
    database = {"name": "main-db", "ownerId": project.sandbox.owner_id, "plan": "free", "region": "frankfurt"}
    project.api("POST", "/postgres", {**database, "version": "17"})
    return project


def values_of(project: Project) -> set[str]:
    listed = project.api("GET", "/services?limit=100")
    found = {text for one in listed for text in project.variables(one["service"]["id"]).values()}
    return {text for text in {*found, *project.environ.values()} if len(text) > 5}


def test_a_plan_says_what_is_wrong_between_variables_services_and_environments(shop: Project) -> None:
    shop.forget_requests()

    planned = shop.reconcile("plan", "--format", "json", "-o", "p.json")

    assert planned.code == 1, "OPENAI_API_KEY is missing"
    checks = {(check["code"], check["address"]): check for check in json.loads(planned.out)["checks"]}
    place = "production/worker"
    assert {
        ("RC002", f"{place}/OPENAI_API_KEY"),
        ("RC180", f"{place}/OPENAI_API_KEY"),
        ("RC121", f"{place}/PORT"),
        ("RC121", "staging/worker/PORT"),
        ("RC125", f"{place}/REGION"),
        ("RC126", f"{place}/ZONE"),
        ("RC141", f"{place}/ACCOUNT"),
        ("RC109", f"{place}/VENDOR_TOKEN"),
        ("RC123", f"{place}/MAIN_URL"),
        ("RC164", f"{place}/VENDOR_KEY"),
    } == checks.keys()
    shown = shop.reconcile("plan").out
    assert "OPENAI_APIKEY is, which nobody declares" in " ".join(shown.split())
    told = planned.out + shown + (shop.folder / "p.json").read_text()
    assert not [text for text in values_of(shop) if text in told]
    assert {request["path"].split("/")[2] for request in shop.requests()} <= {
        *("env-groups", "owners", "postgres", "services")
    }, "rules ask for nothing of their own"


def test_one_environment_is_not_compared_and_its_permissions_are_not_judged(shop: Project) -> None:
    checks = json.loads(shop.reconcile("plan", "-e", "staging", "--format", "json").out)["checks"]
    assert [check["code"] for check in checks] == ["RC121"]


def test_an_unquestionable_finding_on_a_live_value_stops_an_apply(shop: Project) -> None:
    worker = shop.api("GET", "/services?name=worker-staging")[0]["service"]["id"]
    shop.api("PUT", f"/services/{worker}/env-vars/VENDOR_KEY", {"value": "ak-" + "•" * 12})
    shop.forget_requests()

    run = shop.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 3
    assert "is masked" in run.err
    assert "•" not in run.out + run.err
    assert shop.writes() == []


def test_validate_tells_warnings_and_refuses_errors_without_asking_anybody(shop: Project) -> None:
    shop.forget_requests()
    shop.write("services.yaml", CONTRACT.replace("REGION: eu\n", "REGION: '\"eu\"'\n"))

    warned = shop.reconcile("validate", env={"RENDER_API_KEY": ""})
    shop.write("services.yaml", CONTRACT.replace("REGION: eu\n", "REGION: REGION=eu\n"))
    refused = shop.reconcile("validate")

    assert warned.code == 0, warned.err
    assert "services.yaml:15:7: warning RC141 wrapping-quotes: production/worker/REGION and 1 more" in warned.out
    assert "warning RC125 group-variable-shadowed" in warned.out
    assert "is valid" in warned.out
    assert refused.code == 1
    assert "services.yaml:15:15: `REGION`: the value begins with its own name and `=`" in refused.err
    assert shop.requests() == []


def test_permissions_have_reasons_and_are_told_when_nothing_needs_them(shop: Project) -> None:
    stale = CONTRACT.replace("REGION: eu\n", "REGION: {value: eu, allow: {RC141: once it had quotes}}\n")
    shop.write("services.yaml", stale)
    told = shop.reconcile("validate").out
    shop.write("services.yaml", CONTRACT.replace("a sidecar in the image", " "))
    refused = shop.reconcile("validate")

    assert "warning RC030 allow-unused" in told
    assert "allows RC141 (wrapping-quotes), which finds nothing here" in told
    assert "RC160" not in told, "its value is not known to the file"
    assert refused.code == 1
    assert "`RC160` is allowed without a reason" in refused.err


def test_rules_are_listed_and_explained(project: Project) -> None:
    listed = project.reconcile("rules")
    explained = project.reconcile("rules", "RC101")
    by_name = project.reconcile("rules", "supabase-direct-host", "--format", "json")
    unknown = project.reconcile("rules", "RC1011")

    assert "RC101  error    supabase-direct-host" in listed.out
    assert json.loads(project.reconcile("rules", "--format", "json").out)[0]["code"] == "RC001"
    assert "has only an IPv6 address" in explained.out
    assert "https://supabase.com/docs" in explained.out
    assert json.loads(by_name.out)["code"] == "RC101"
    assert unknown.code == 1
    assert "did you mean" in unknown.err
