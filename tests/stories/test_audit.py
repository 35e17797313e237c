"""The audit: every value of every service against the contract, the rules and each other; nothing green unseen."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.stories.test_secrecy import forms

if TYPE_CHECKING:
    from tests.stories.conftest import Project

ROOT = Path(__file__).parents[2]
FORMATS = ("text", "json", "markdown", "html", "sarif")
CONTRACT = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      production: {workspace: tea-d1example0example0ex}
    services:
      api:
        render: api-{environment}
        ignore: ["DD_*"]
        variables:
          LEVEL: info
          PLAIN: right
          PEOPLE: {external: true, sensitive: true, type: api_key}
          OLD: {absent: true}
          GONE: {absent: true}
          ONLY: {value: here, environments: [production]}
          TOKEN: {secret: "dotenv://s.env#/TOKEN"}
      worker:
        render: worker-{environment}
        variables:
          LEVEL: info
          OTHER: {secret: "dotenv://s.env#/ABSENT"}
"""


def audited(project: Project, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, Any]:
    run = project.reconcile("audit", "--format", "json", *arguments, env=env)
    assert run.out, run.err
    return run.code, json.loads(run.out)


def states(document: Any) -> dict[str, str]:  # noqa: ANN401 — JSON
    return {cell["address"]: cell["state"] for cell in document["cells"]}


@pytest.fixture
def token() -> str:
    return secrets.token_urlsafe(30)


@pytest.fixture
def shop(project: Project, token: str) -> Project:
    """Two services in two environments, of which one production service and one reference are not there."""
    shared = f"sk-{secrets.token_hex(20)}"
    project.write("services.yaml", CONTRACT)
    project.write("s.env", f"TOKEN={token}\n")
    for name, plain in (("staging", "right"), ("production", "left")):
        values = {"LEVEL": "info", "PLAIN": plain, "PEOPLE": shared, "OLD": "1", "DD_SITE": "x", "MINE": "x"}
        project.service(f"api-{name}", {**values, **({"TOKEN": token} if name == "staging" else {})})
    project.service("worker-staging", {"LEVEL": "info", "OTHER": "set by whom?"})
    return project


class TestTheIncident:
    @pytest.fixture
    def scenario(self) -> str:
        return "incident"

    @pytest.fixture
    def incident(self, project: Project) -> Project:
        shutil.copy(ROOT / "services.yaml", project.folder)
        project.sandbox.scenario.write_dotenv(project.folder / "secrets")
        return project

    def test_it_is_found_without_a_write(self, incident: Project) -> None:
        code, found = audited(incident, "--against", "staging")
        staging, _ = audited(incident, "-e", "staging")

        assert (code, staging) == (2, 0)
        assert (found["verdict"], found["unread"]) == ("errors", [])
        worker = {key: state for key, state in states(found).items() if key.startswith("production/upload-worker/")}
        assert worker["production/upload-worker/DATABASE_URL"] == "wrong"
        assert worker["production/upload-worker/SUPABASE_ANON_KEY"] == "wrong"
        assert worker["production/upload-worker/LOG_LEVEL"] == "set"
        assert worker["production/upload-worker/FEATURE_NEW_PARSER"] == "undeclared"
        assert sum(state == "missing" for state in worker.values()) == 5
        assert {state for address, state in states(found).items() if address not in worker} == {"set"}
        told = {(finding["code"], finding["address"].rpartition("/")[2]) for finding in found["findings"]}
        assert {("RC101", "DATABASE_URL"), ("RC107", "SUPABASE_ANON_KEY"), ("RC201", "OPENAI_API_KEY")} <= told
        shapes = {each["address"]: each["message"] for each in found["comparisons"] if each["code"] == "RC212"}
        assert "here Supabase's direct database host" in shapes["production/upload-worker/DATABASE_URL"]
        assert "here the role service_role" in shapes["production/upload-worker/SUPABASE_ANON_KEY"]
        assert incident.writes() == []

    def test_its_text_fits_a_terminal(self, incident: Project) -> None:
        shown = incident.reconcile("audit", "--against", "staging")
        assert shown.code == 2
        assert max(map(len, shown.out.splitlines())) <= 80
        assert "DATABASE_URL               wrong       set" in shown.out
        lines = (incident.folder / "services.yaml").read_text().splitlines()
        assert f"services.yaml:{lines.index('  DATABASE_URL:') + 1}:3\n" in shown.out
        assert shown.out.splitlines()[-2] == "Audit: 7 errors, 9 warnings."


def test_each_state_is_told(shop: Project) -> None:
    code, found = audited(shop, "-s", "api")

    assert states(found) == {
        "production/api/GONE": "absent",
        "production/api/LEVEL": "set",
        "production/api/MINE": "undeclared",
        "production/api/OLD": "differs",
        "production/api/ONLY": "missing",
        "production/api/PEOPLE": "same",
        "production/api/PLAIN": "differs",
        "production/api/TOKEN": "missing",
        "staging/api/GONE": "absent",
        "staging/api/LEVEL": "set",
        "staging/api/MINE": "undeclared",
        "staging/api/OLD": "differs",
        "staging/api/PEOPLE": "same",
        "staging/api/PLAIN": "set",
        "staging/api/TOKEN": "set",
    }
    assert (code, found["verdict"]) == (2, "errors")
    matches = {cell["address"]: cell["matches"] for cell in found["cells"]}
    assert matches["production/api/PLAIN"] is False
    assert matches["production/api/MINE"] is None


def test_what_cannot_be_read_hides_nothing_else(shop: Project) -> None:
    staging_api = shop.api("GET", "/services?name=api-staging")[0]["service"]["id"]
    shop.control("POST", "/faults", {"path": f"/services/{staging_api}/env-vars", "status": 403, "body": {}})
    code, found = audited(shop)
    shown = shop.reconcile("audit", env={"GITHUB_ACTIONS": "true"})
    sarif = json.loads(shop.reconcile("audit", "--format", "sarif").out)["runs"][0]

    assert (code, shown.code, found["verdict"]) == (1, 1, "incomplete")
    assert {each["subject"] for each in found["unread"]} == {
        "staging/api",
        "production/worker",
        "production/worker/OTHER",
        "staging/worker/OTHER",
    }
    seen = states(found)
    assert {state for address, state in seen.items() if address.startswith("staging/api/")} == {"unreadable"}
    assert seen["production/api/PLAIN"] == "differs"
    assert (seen["staging/worker/OTHER"], seen["staging/worker/LEVEL"]) == ("unreadable", "set")
    assert any(finding["code"] == "RC201" for finding in found["findings"])
    assert "\nIncomplete: 4 things could not be read or checked. " in shown.out
    assert "title=not read::staging/api: Render refused GET variables" in shown.err
    assert len(sarif["invocations"][0]["toolExecutionNotifications"]) == 4


def test_an_environment_without_a_key_or_a_listing_is_unread(shop: Project) -> None:
    file = shop.folder / "services.yaml"
    file.write_text(file.read_text().replace("staging: {", "staging: {api_key: OTHER_KEY, ", 1))
    no_key, without = audited(shop, "-s", "api")
    shop.control("POST", "/faults", {"path": "/services", "lie": [{"cursor": 1}]})
    no_list, blind = audited(shop, "-s", "api", env={"OTHER_KEY": shop.sandbox.api_key})

    assert (no_key, no_list) == (1, 1)
    assert [each["subject"] for each in without["unread"]] == ["staging"]
    assert "OTHER_KEY" in without["unread"][0]["reason"]
    assert states(without)["production/api/LEVEL"] == "set"
    assert set(states(blind).values()) == {"unreadable"}


def test_a_group_that_cannot_be_read_is_counted(project: Project) -> None:
    project.write(
        "services.yaml",
        """\
        version: 1
        environments: {staging: {workspace: tea-d1example0example0ex}}
        services:
          api: {render: api, variables: {LEVEL: info}, env_groups: [common, lost]}
        env_groups:
          common: {render: common, variables: {REGION: eu}}
          lost: {render: lost, variables: {REGION: eu}}
        """,
    )
    project.service("api", {"LEVEL": "info"})
    group = {"name": "common", "ownerId": project.sandbox.owner_id, "envVars": [{"key": "REGION", "value": "eu"}]}
    project.api("POST", "/env-groups", group)
    code, found = audited(project)

    assert (code, [each["subject"] for each in found["unread"]]) == (1, ["staging/groups/lost"])
    assert states(found) == {
        "staging/api/LEVEL": "set",
        "staging/api/groups/common": "missing",
        "staging/api/groups/lost": "unreadable",
        "staging/groups/common/REGION": "set",
        "staging/groups/lost/REGION": "unreadable",
    }


def test_environments_are_compared_by_what_values_are_like(shop: Project) -> None:
    ref = "".join(secrets.choice("abcdefghij") for _ in range(20))
    project_url = f"https://{ref}.supabase.co"
    for name, extra in (
        ("staging", {"LATE": "1", "SUPA": project_url, "LONG": "b" * 40, "FLAG": "true"}),
        ("production", {"SUPA": project_url, "LONG": "c" * 12, "FLAG": "17"}),
    ):
        service = shop.api("GET", f"/services?name=api-{name}")[0]["service"]["id"]
        for key, value in extra.items():
            shop.api("PUT", f"/services/{service}/env-vars/{key}", {"value": value})
    _, found = audited(shop, "-e", "production", "-s", "api", "--against", "staging")
    told = {each["address"].removeprefix("production/api/"): each["code"] for each in found["comparisons"]}

    assert told == {
        "LATE": "RC211",
        "TOKEN": "RC211",
        "SUPA": "RC213",
        "LONG": "RC212",
        "FLAG": "RC212",
        "PEOPLE": "RC213",
    }
    assert {cell["environment"] for cell in found["cells"]} == {"production"}
    assert ref not in json.dumps(found)


def test_code_is_held_against_the_contract(shop: Project) -> None:
    shop.write(
        "code/app.py",
        """\
        import os
        LEVEL = os.environ["LEVEL"]
        KEY = os.environ["STRIPE_KEY"]
        SITE = os.getenv("DD_SITE")
        HERE = os.environ["RENDER_SERVICE_ID"], os.environ["PORT"], os.environ["HOME"]
        """,
    )
    shop.write("code/web.ts", "export const url = process.env.TOKEN ?? import.meta.env.VITE_SITE")
    code, found = audited(shop, "-s", "api", "--code", "code")
    (shop.folder / "code/more.py").write_text("import os\nos.environ[name]\ndef broken(:\n")
    incomplete, less = audited(shop, "-s", "api", "--code", "code")
    nowhere = shop.reconcile("audit", "--code", "nowhere")

    assert (code, incomplete, nowhere.code) == (2, 1, 1)
    undeclared = {each["message"].split()[3].rstrip(","): each["location"] for each in found["code"]["undeclared"]}
    assert undeclared == {
        "STRIPE_KEY": {"file": "code/app.py", "line": 3, "column": 7},
        "VITE_SITE": {"file": "code/web.ts", "line": 1, "column": 41},
    }
    assert found["code"]["declared_not_read"] == ["ONLY", "PEOPLE", "PLAIN"]
    assert [each["path"] for each in less["code"]["not_understood"]] == ["code/more.py"]
    assert "nowhere" in nowhere.err


def test_findings_stand_beside_the_lines_of_the_file(shop: Project) -> None:
    summary = shop.folder / "summary.md"
    run = shop.reconcile("audit", "-s", "api", env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
    sarif = json.loads(shop.reconcile("audit", "-s", "api", "--format", "sarif").out)["runs"][0]

    assert "::error file=services.yaml,line=15,col=7,title=RC201 missing::production/api/ONLY: missing" in run.err
    assert summary.read_text().startswith("### Audit: ")
    (only,) = [each for each in sarif["results"] if "production/api/ONLY" in each["message"]["text"]]
    region = only["locations"][0]["physicalLocation"]["region"]
    assert (only["ruleId"], only["level"], region) == ("RC201", "error", {"startLine": 15, "startColumn": 7})


def test_a_question_that_makes_no_sense_is_refused_before_anybody_is_asked(shop: Project) -> None:
    unknown = shop.reconcile("audit", "--against", "stagin")
    alone = shop.reconcile("audit", "-e", "staging", "--against", "staging")
    keyless = shop.reconcile("audit", env={"RENDER_API_KEY": ""})

    assert (unknown.code, alone.code, keyless.code) == (1, 1, 1)
    assert "did you mean `staging`?" in unknown.err
    assert "nothing but staging" in alone.err
    assert "RENDER_API_KEY" in keyless.err
    assert [seen for seen in shop.requests() if "env-vars" in seen["path"] and seen["method"] == "GET"] == []


@pytest.mark.parametrize("fault", [None, {"path": "*/env-vars", "status": 400, "body": {"message": "it is ECHO"}}])
def test_no_value_is_in_any_output(shop: Project, token: str, fault: dict[str, object] | None) -> None:
    key = secrets.token_hex(32)
    values = {
        "PEOPLE": jwt.encode({"role": "service_role", "ref": "x" * 20, "secret": secrets.token_hex(8)}, key),
        "MINE": f"postgres://me:{secrets.token_hex(12)}@db.{'q' * 20}.supabase.co:5432/{secrets.token_hex(6)}",
        "PLAIN": f" \"{secrets.token_hex(16)}' <b>$x ",
        "OLD": f"-----BEGIN PRIVATE\x20KEY-----\n{secrets.token_hex(30)}\n-----END",
    }
    service = shop.api("GET", "/services?name=api-production")[0]["service"]["id"]
    for name, value in values.items():
        shop.api("PUT", f"/services/{service}/env-vars/{name}", {"value": value})
    if fault:
        shop.control("POST", "/faults", json.loads(json.dumps(fault).replace("ECHO", values["MINE"])))
    runs = [shop.reconcile("audit", "-v", "--against", "staging", "--format", each) for each in FORMATS]

    assert {run.code for run in runs} == {1}
    said = "\n".join(run.out + run.err for run in runs)
    assert "production/api/PLAIN" in said
    for value in (*values.values(), token):
        assert not [form for form in forms(value) if form in said]


def test_values_that_are_made_or_taken_are_held_against_their_origin(project: Project) -> None:
    project.write(
        "services.yaml",
        """\
        version: 1
        environments: {staging: {workspace: tea-d1example0example0ex}}
        variables:
          SHARED: {generate: {bytes: 32}, shared: true}
        services:
          a:
            render: a
            variables:
              SHARED:
              KEY: {external: true}
              MADE: {generate: {bytes: 32}}
              DATABASE: {from: {postgres: nowhere, property: internal_connection_string}}
          b:
            render: b
            variables:
              SHARED:
              TAKEN: {from: {service: a, variable: KEY}}
              OTHER: {from: {service: a, variable: MADE}}
          c:
            render: c
            variables: {TAKEN: {from: {service: a, variable: KEY}}, MADE: {generate: {bytes: 32}}}
        """,
    )
    first, second, key = (secrets.token_urlsafe(32) for _ in range(3))
    ids = project.service("a", {"SHARED": first, "KEY": key, "MADE": second, "DATABASE": "postgres://db.example.com/x"})
    project.service("b", {"SHARED": second, "TAKEN": key, "OTHER": first})
    project.service("c", {"TAKEN": second})
    code, found = audited(project)
    project.control("POST", "/faults", {"path": f"/services/{ids}/env-vars", "status": 403, "body": {}})
    _, blind = audited(project)

    assert code == 1
    assert [each["subject"] for each in found["unread"]] == ["staging: what DATABASE takes"]
    assert states(found) == {
        "staging/a/DATABASE": "unreadable",
        "staging/a/KEY": "set",
        "staging/a/MADE": "set",
        "staging/a/SHARED": "differs",
        "staging/b/OTHER": "differs",
        "staging/b/SHARED": "differs",
        "staging/b/TAKEN": "set",
        "staging/c/MADE": "missing",
        "staging/c/TAKEN": "differs",
    }
    # What was not seen has no say: neither right nor wrong.
    assert {state for address, state in states(blind).items() if address != "staging/c/MADE"} == {"unreadable"}
    assert {finding["code"] for finding in blind["findings"]} == {"RC201"}
