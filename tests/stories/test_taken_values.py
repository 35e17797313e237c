"""Values that are taken from elsewhere, made, or shared: what is written, in which order, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import Project

HEAD = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
"""
EVERYTHING = (
    HEAD
    + """\
    services:
      web: {render: web}
      worker:
        render: worker
        variables:
          INTERNAL: {type: postgres_url, from: {postgres: main-db, property: internal_connection_string}}
          EXTERNAL: {type: postgres_url, from: {postgres: main-db, property: external_connection_string}}
          HOST: {from: {postgres: main-db, property: host}}
          PORT: {type: port, from: {postgres: main-db, property: port}}
          USER_NAME: {from: {postgres: main-db, property: user}}
          PASSWORD: {from: {postgres: main-db, property: password}}
          DATABASE: {from: {postgres: main-db, property: database}}
          CACHE: {type: redis_url, from: {key_value: cache, property: internal_connection_string}}
          CACHE_OUTSIDE: {type: redis_url, from: {key_value: cache, property: external_connection_string}}
          CACHE_HOST: {from: {key_value: cache, property: host}}
          CACHE_PORT: {type: port, from: {key_value: cache, property: port}}
          WEB_URL: {type: url, from: {service: web, property: url}}
          WEB_HOST: {from: {service: web, property: host}}
          WEB_AT: {from: {service: web, property: hostport}}
"""
)
MUTUAL = (
    HEAD
    + """\
    services:
      api:
        render: api
        variables:
          OWN: {generate: {bytes: 32, encoding: hex}}
          THEIRS: {from: {service: worker, variable: OWN}}
      worker:
        render: worker
        variables:
          OWN: {generate: {bytes: 32, encoding: hex}}
          THEIRS: {from: {service: api, variable: OWN}}
          AGAIN: {from: {service: api, variable: THEIRS}}
"""
)
SHARED = """\
    version: 1
    environments:
      staging: {workspace: tea-d1example0example0ex}
      testing: {kind: development, workspace: tea-d1example0example0ex}
    variables:
      SESSION_KEY: {generate: {bytes: 32}, shared: true}
    services:
      api: {render: {staging: api}, variables: {SESSION_KEY: }}
      worker: {render: {staging: worker, testing: worker-testing}, variables: {SESSION_KEY: }}
"""


def expect_no_value_in(project: Project, texts: list[str], *services: str) -> None:
    for service in services:
        for name, value in project.variables(service).items():
            assert len(value) < 12 or not any(value in text for text in texts), name


def test_every_property_of_databases_and_services_reaches_a_variable(project: Project) -> None:
    project.write("services.yaml", EVERYTHING)
    project.service("web", {}, kind="web_service")
    worker = project.service("worker", {})
    owner = project.sandbox.owner_id
    database = project.api("POST", "/postgres", {"name": "main-db", "ownerId": owner, "plan": "starter"})["id"]
    cache = project.api("POST", "/key-value", {"name": "cache", "ownerId": owner, "plan": "starter"})["id"]
    project.forget_requests()

    plan = project.reconcile("plan", "-o", "p.json")
    run = project.reconcile("apply", "p.json", "-v")

    assert run.code == 0, plan.err + run.out + run.err
    info = project.api("GET", f"/postgres/{database}/connection-info")
    values = project.variables(worker)
    assert values["INTERNAL"] == info["internalConnectionString"]
    assert values["EXTERNAL"] == info["externalConnectionString"]
    assert values["PASSWORD"] == info["password"]
    assert [values[name] for name in ("HOST", "PORT", "USER_NAME", "DATABASE")] == [
        database, "5432", "main_db_user", "main_db",
    ]  # fmt: skip
    assert values["CACHE"] == f"redis://{cache}:6379"
    assert values["CACHE_OUTSIDE"].startswith("rediss://")
    assert [values["CACHE_HOST"], values["CACHE_PORT"]] == [cache, "6379"]
    assert [values["WEB_HOST"], values["WEB_AT"]] == ["web", "web:10000"]
    assert values["WEB_URL"].endswith("/workloads/web")
    assert project.reconcile("plan").out.startswith("No changes.")
    sensitive = [values[name] for name in ("INTERNAL", "EXTERNAL", "PASSWORD", "CACHE_OUTSIDE")]
    said = [plan.out, plan.err, run.out, run.err, (project.folder / "p.json").read_text()]
    assert not any(value in text for value in sensitive for text in said)


def test_each_database_is_asked_once(project: Project) -> None:
    project.write("services.yaml", EVERYTHING)
    project.service("web", {}, kind="web_service")
    project.service("worker", {})
    owner = project.sandbox.owner_id
    project.api("POST", "/postgres", {"name": "main-db", "ownerId": owner, "plan": "starter"})
    project.api("POST", "/key-value", {"name": "cache", "ownerId": owner, "plan": "starter"})
    project.forget_requests()

    project.reconcile("plan")

    paths = [seen["path"].split("/")[2:] for seen in project.requests()]
    kinds = sorted(f"{path[0]} {path[-1]}" for path in paths if path[0] in {"postgres", "key-value"})
    assert kinds == [
        "key-value connection-info",
        "key-value key-value",
        "postgres connection-info",
        "postgres postgres",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "{postgres: main-bd, property: host}",
            "no Postgres database `main-bd` in the workspace; did you mean `main-db`",
        ),
        ("{key_value: cache, property: host}", "no Key Value instance `cache` in the workspace"),
        ("{service: worker, property: url}", "`worker` is not open to the web"),
        ("{service: worker, property: hostport}", "does not know a port on which `worker` listens"),
    ],
)
def test_what_cannot_be_taken_is_an_error_with_its_place_and_never_an_empty_value(
    project: Project, source: str, words: str
) -> None:
    project.write(
        "services.yaml",
        f"{HEAD}    services:\n      worker:\n        render: worker\n"
        f"        variables:\n          X: {{from: {source}}}\n",
    )
    project.service("worker", {})
    project.api("POST", "/postgres", {"name": "main-db", "ownerId": project.sandbox.owner_id, "plan": "starter"})
    project.forget_requests()

    run = project.reconcile("apply", "--auto-approve")

    assert run.code == 1
    assert "services.yaml:8:7: `X` in `staging` cannot be taken" in run.err
    assert words in run.err
    assert project.writes() == []


def test_two_services_take_values_of_each_other_that_are_made_in_the_same_apply(project: Project) -> None:
    project.write("services.yaml", MUTUAL)
    api, worker = project.service("api", {}), project.service("worker", {"THEIRS": "an old one"})

    plan = project.reconcile("plan")
    run = project.reconcile("apply", "--auto-approve", "-v")

    assert plan.out.count("(known after apply)") == 5
    assert run.code == 0, run.out + run.err
    ours, theirs = project.variables(api), project.variables(worker)
    assert len(ours["OWN"]) == len(theirs["OWN"]) == 64
    assert ours["OWN"] != theirs["OWN"]
    assert (ours["THEIRS"], theirs["THEIRS"]) == (theirs["OWN"], ours["OWN"])
    assert theirs["AGAIN"] == theirs["OWN"]
    assert project.reconcile("plan").out.startswith("No changes.")
    expect_no_value_in(project, [plan.out, run.out, run.err], api, worker)


def test_a_write_whose_value_was_not_written_where_it_comes_from_is_not_attempted(project: Project) -> None:
    project.write("services.yaml", MUTUAL)
    api, worker = project.service("api", {}), project.service("worker", {})
    project.control("POST", "/faults", {"method": "PUT", "path": f"*/{api}/env-vars/OWN", "status": 403})

    run = project.reconcile("apply", "--auto-approve", "--format", "json")

    assert run.code == 4
    steps = {step["address"]: step for one in json.loads(run.out)["services"] for step in one["steps"]}
    assert steps["staging/worker/OWN"]["status"] == "done"
    assert steps["staging/worker/THEIRS"]["status"] == "not_attempted"
    assert "staging/api/OWN" in steps["staging/worker/THEIRS"]["detail"]
    assert set(project.variables(worker)) == {"OWN"}


def test_services_that_would_wait_for_each_other_for_ever_are_an_error_of_the_plan(project: Project) -> None:
    contract = MUTUAL.replace("      worker:\n", "      worker:\n        deploy: {after: [api]}\n")
    project.write("services.yaml", contract)
    project.service("api", {})
    project.service("worker", {})

    run = project.reconcile("plan")

    assert run.code == 1
    assert "RC006" in run.out
    assert "would wait for each other for ever" in run.out


def test_a_value_is_taken_as_it_is_desired_or_as_people_set_it(project: Project) -> None:
    project.write(
        "services.yaml",
        HEAD
        + """\
    services:
      api: {render: api, variables: {LEVEL: info, VENDOR: {external: true}, KEPT: {generate: {bytes: 8}}}}
      worker:
        render: worker
        variables:
          LEVEL: {from: {service: api, variable: LEVEL}}
          VENDOR: {from: {service: api, variable: VENDOR}}
          KEPT: {from: {service: api, variable: KEPT}}
""",
    )
    api, worker = project.service("api", {"LEVEL": "debug"}), project.service("worker", {})

    missing = project.reconcile("plan", "-s", "worker")
    project.api("PUT", f"/services/{api}/env-vars/VENDOR", {"value": "set by people"})
    project.api("PUT", f"/services/{api}/env-vars/KEPT", {"value": "made long ago"})
    run = project.reconcile("apply", "-s", "worker", "--auto-approve")

    assert missing.code == 1
    assert "takes the value of staging/api/VENDOR, which people set on Render and which is missing" in " ".join(
        missing.out.split()
    )
    assert "RC004" in missing.out
    assert run.code == 0, run.out + run.err
    assert project.variables(worker) == {"LEVEL": "info", "VENDOR": "set by people", "KEPT": "made long ago"}
    assert project.variables(api)["LEVEL"] == "debug"


def test_a_shared_value_is_made_once_for_all_and_then_kept(project: Project) -> None:
    project.write("services.yaml", SHARED)
    services = [project.service(name, {}) for name in ("api", "worker", "worker-testing")]

    alone = project.reconcile("plan", "-e", "staging")
    project.reconcile("plan", "-o", "p.json")
    run = project.reconcile("apply", "p.json")
    first = {project.variables(service)["SESSION_KEY"] for service in services}
    project.api("DELETE", f"/services/{services[0]}/env-vars/SESSION_KEY")
    again = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert alone.code == 1
    assert "RC004" in alone.out
    assert run.code == 0, run.out + run.err
    assert len(first) == 1
    assert again.code == 0, again.out + again.err
    assert {project.variables(service)["SESSION_KEY"] for service in services} == first
    assert project.reconcile("plan").out.startswith("No changes.")


def test_different_values_of_what_is_to_be_one_are_an_error(project: Project) -> None:
    project.write("services.yaml", SHARED)
    for name in ("api", "worker", "worker-testing"):
        project.service(name, {"SESSION_KEY": f"that of {name}"})

    run = project.reconcile("plan")

    assert run.code == 1
    assert run.out.count("RC005") == 3
    assert "that of" not in run.out
