"""The incident: production's worker is down; it is found, approved, mended, deployed and proven healthy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from tests.stories.test_approvals import APPROVER, AUTHOR, as_author, make_key

if TYPE_CHECKING:
    from tests.stories.conftest import Project

ROOT = Path(__file__).parents[2]


@pytest.fixture
def scenario() -> str:
    return "incident"


@pytest.fixture
def incident(project: Project) -> Project:
    """The worked example in a folder of its own, with the secrets that the sandbox made up."""
    shutil.copy(ROOT / "services.yaml", project.folder)
    project.sandbox.scenario.write_dotenv(project.folder / "secrets")
    project.write(".reconcile/allowed_signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    project.environ = {"RECONCILE_PLAN_KEY": "k" * 40, **as_author(AUTHOR)}
    return project


def test_staging_and_the_production_api_are_as_declared(incident: Project) -> None:
    assert incident.reconcile("plan", "-e", "staging").out.startswith("No changes.")
    assert incident.reconcile("plan", "-e", "production", "-s", "api").out.startswith("No changes.")


def test_the_broken_worker_is_found_approved_mended_and_proven_healthy(incident: Project) -> None:
    worker = str(incident.api("GET", "/services?name=upload-worker-production")[0]["service"]["id"])
    api_before = incident.variables("srv-c0example0example00")
    by_hand = set(incident.variables(worker)) - set(incident.variables(_id(incident, "upload-worker-staging")))

    planned = incident.reconcile("plan", "-e", "production", "-o", "p.json")
    refused = incident.reconcile("apply", "p.json")
    approved = incident.reconcile("approve", "p.json", "--key", "approver")
    incident.forget_requests()
    applied = incident.reconcile("apply", "p.json")

    assert planned.code == 0, planned.err
    assert "Plan: 5 to add, 2 to change, 0 to destroy. 1 undeclared left alone." in planned.out
    assert "RC101" in planned.out
    assert refused.code == 3
    assert approved.code == 0, approved.err
    assert applied.code == 0, applied.out + applied.err
    assert "healthy: “worker started” logged by" in applied.out
    right = incident.sandbox.scenario.secrets("production")
    held = incident.variables(worker)
    assert right.items() <= held.items()
    assert by_hand <= held.keys(), "the variable that somebody set by hand is left alone"
    assert incident.variables("srv-c0example0example00") == api_before
    assert not [write for write in incident.writes() if "srv-c0example0example00" in write]
    assert incident.reconcile("plan").out.startswith("No changes.")


def test_a_wrong_value_in_the_store_is_refused_before_anything_is_written(incident: Project) -> None:
    path = incident.folder / "secrets/production.env"
    direct = "postgresql://postgres:password@db.zyxwvutsrqponmlkjihg.supabase.co:5432/postgres"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("DATABASE_URL=")]
    path.write_text("\n".join([*lines, f"DATABASE_URL='{direct}'", ""]))

    run = incident.reconcile("plan", "-e", "production", "-o", "p.json")

    assert run.code == 1
    assert "RC101" in run.out
    assert direct not in run.out + run.err + (incident.folder / "p.json").read_text()
    assert incident.reconcile("approve", "p.json", "--key", "approver").code == 3
    assert incident.writes() == []


def test_a_worker_that_starts_and_fails_again_is_not_called_healthy(incident: Project) -> None:
    """The contract forgets a variable that the code needs, as it did in the incident."""
    text = (incident.folder / "services.yaml").read_text()
    before, worker = text.split("\n  upload-worker:")
    kept = [line for line in worker.splitlines() if line.strip() != "DOCUMENT_ENCRYPTION_KEY:"]
    (incident.folder / "services.yaml").write_text(before + "\n  upload-worker:" + "\n".join(kept) + "\n")
    incident.reconcile("plan", "-e", "production", "-o", "p.json")
    incident.reconcile("approve", "p.json", "--key", "approver")

    run = incident.reconcile("apply", "p.json")

    assert run.code == 4
    assert "CONFIGURATION_ERROR" in run.out
    assert "Apply complete" not in run.out


def _id(project: Project, name: str) -> str:
    return str(project.api("GET", f"/services?name={name}")[0]["service"]["id"])


def test_every_file_and_result_is_valid_against_its_schema(incident: Project) -> None:
    incident.reconcile("plan", "-e", "production", "-o", "p.json")
    incident.reconcile("approve", "p.json", "--key", "approver")
    result = incident.reconcile("apply", "p.json", "--format", "json")

    texts = {
        "plan": (incident.folder / "p.json").read_text(),
        "approvals": (incident.folder / "p.json.approvals.json").read_text(),
        "result": result.out,
    }
    for name, text in texts.items():
        schema = json.loads((ROOT / "schema" / f"{name}.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))
