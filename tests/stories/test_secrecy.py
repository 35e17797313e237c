"""Secrecy: no secret, old or new, in any output or file, in any of the forms that programs give to text."""

from __future__ import annotations

import base64
import json
import secrets
import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from reconciler.planning.plan_file import load_plan
from reconciler.report.comment import Surroundings, plan_comment, result_comment
from reconciler.report.result_json import load_result
from reconciler.report.result_text import result_text
from tests.stories.conftest import Run
from tests.stories.test_approvals import APPROVER, AUTHOR, as_author, make_key

if TYPE_CHECKING:
    from tests.stories.conftest import Project

CONTRACT = """\
    version: 1
    environments:
      production: {workspace: tea-d1example0example0ex, protected: true}
    approvers: {ssh: signers}
    services:
      worker:
        render: worker
        variables:
          TOKEN: {secret: "dotenv://s.env#/TOKEN"}
          URL: {type: postgres_url, secret: "dotenv://s.env#/URL"}
          PLAIN: info
        secret_files:
          f.json: {type: json, secret: "file://f.json"}
"""
FAULTS: dict[str, dict[str, object] | None] = {
    "none": None,
    "refused": {"method": "PUT", "status": 400, "body": {"message": "cannot set it to ECHO"}},
    "broken": {"method": "PUT", "status": 500, "body": {"message": "panic: ECHO"}},
    "lost": {"method": "PUT", "break": "after"},
    "echo as html": {"method": "PUT", "lie": "<pre>ECHO</pre>"},
    "another value": {"method": "PUT", "lie": {"key": "TOKEN", "value": "ECHO"}},
    "no list": {"method": "GET", "path": "*/env-vars", "lie": {"error": "ECHO"}},
    "malformed": {"method": "GET", "path": "*/env-vars", "lie": [{"envVar": {"key": "TOKEN", "value": ["ECHO"]}}]},
    "redirect": {
        "method": "GET",
        "path": "*/env-vars",
        "status": 302,
        "headers": {"Location": "http://localhost:9/ECHO"},
    },
    "deploy": {"method": "POST", "path": "*/deploys", "status": 400, "body": {"message": "ECHO"}},
}


def forms(secret: str) -> list[str]:
    """The texts that a secret could leak as; base64 at each of its three alignments."""
    encoded = secret.encode()
    aligned = [base64.b64encode(b"\0" * shift + encoded).decode()[4:-4] for shift in range(3)]
    return [secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), shlex.quote(secret), *aligned]


def everything_said(project: Project, runs: list[Run]) -> str:
    """All output, and every file that the commands wrote."""
    given = {"s.env", "f.json"}
    files = [path for path in project.folder.rglob("*") if path.is_file() and path.name not in given]
    return "\n".join([run.out + run.err for run in runs] + [path.read_text(errors="replace") for path in files])


@pytest.mark.parametrize("fault", FAULTS)
def test_no_secret_appears_anywhere(project: Project, fault: str) -> None:
    new, old, password, filed = (f"{name}-{secrets.token_hex(12)}" for name in ("new", "old", "pass", "filed"))
    new = f"{new} 'quoted' \"twice\" $x/ü"
    url = f"postgresql://user:{password}@db.example.com:5432/app"
    project.write("s.env", "TOKEN=" + "'" + new.replace("'", "\\'") + "'" + f"\nURL='{url}'\n")
    project.write("f.json", json.dumps({"key": filed}))
    project.write("services.yaml", CONTRACT)
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **as_author(AUTHOR)}
    project.write("signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    project.service("worker", {"TOKEN": old, "PLAIN": old})

    runs = [
        project.reconcile("plan", "-v", "-o", "p.json"),
        project.reconcile("approve", "p.json", "--key", "approver"),
    ]
    if FAULTS[fault] is not None:
        text = json.dumps(FAULTS[fault]).replace("ECHO", json.dumps(f"{new} {old}")[1:-1])
        project.control("POST", "/faults", json.loads(text))
    runs += [
        project.reconcile("apply", "-v", "--format", "json", "p.json"),
        project.reconcile("plan", "-v"),
        project.reconcile("plan", "--format", "json"),
        project.reconcile("plan", "--format", "markdown"),
        project.reconcile("drift", "-v"),
    ]

    planned = load_plan((project.folder / "p.json").read_text(encoding="utf-8"), "p.json")
    around = Surroundings(65_000, "")
    pages = [plan_comment(planned, around).text]
    if runs[2].out:
        result = load_result(runs[2].out, "r.json")
        pages += [result_comment(planned, result, around).text, result_text(result)]
    runs += [Run(0, page, "") for page in pages]

    said = everything_said(project, runs)
    assert "production/worker" in said
    for secret in (new, old, password, filed, project.sandbox.api_key, project.environ["RECONCILE_PLAN_KEY"]):
        for form in forms(secret):
            assert form not in said, form
    if fault == "none":
        assert runs[2].code == 0, runs[2].out + runs[2].err


def test_urls_never_carry_a_value(project: Project) -> None:
    new = secrets.token_hex(12)
    project.write(
        "services.yaml", CONTRACT.replace(", protected: true", "").replace("dotenv://s.env#/TOKEN", "env://T")
    )
    project.write("s.env", "URL=postgresql://u:p@db.example.com/app\n")
    project.write("f.json", "{}")
    project.environ["T"] = new
    worker = project.service("worker", {})

    assert project.reconcile("apply", "--auto-approve").code == 0
    assert project.variables(worker)["TOKEN"] == new
    assert all(new not in request["target"] for request in project.requests())


def test_plan_and_approval_files_are_for_their_owner_only(project: Project) -> None:
    project.write("services.yaml", CONTRACT)
    project.write("s.env", "TOKEN=t\nURL=postgresql://u:p@db.example.com/app\n")
    project.write("f.json", "{}")
    project.environ = {"RECONCILE_PLAN_KEY": "k" * 40, **as_author(AUTHOR)}
    project.write("signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    project.service("worker", {})
    project.reconcile("plan", "-o", "p.json")
    project.reconcile("approve", "p.json", "--key", "approver")

    for name in ("p.json", "p.json.approvals.json"):
        assert (project.folder / name).stat().st_mode & 0o777 == 0o600
