"""Approvals by keys in agents and behind passphrases, and approvals with a good signature under the wrong words."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from reconciler.domain.approval import Approval, Statement
from reconciler.planning.approval_file import dump_approvals, load_approvals, signed_bytes
from reconciler.signatures import sign
from tests.stories.conftest import Run
from tests.stories.test_approvals import APPROVER, CONTRACT, OTHER, expect_refused, make_key, make_protected_plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.stories.conftest import Project


@pytest.fixture
def plan(project: Project) -> str:
    return make_protected_plan(project)


def without_terminal(project: Project, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
    """Run a command in a session of its own, so that it has no terminal to ask on, wherever the tests run."""
    done = subprocess.run(
        project.command(*arguments),
        cwd=project.folder,
        env=project.environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        start_new_session=True,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def add_signer(project: Project, name: str, passphrase: str = "") -> None:
    """Make a key and list it for the approver."""
    listed = project.folder / ".reconcile/allowed_signers"
    listed.write_text(f"{APPROVER} {make_key(project.folder, name, passphrase)}")


@contextmanager
def agent(folder: Path) -> Iterator[dict[str, str]]:
    """Run an ssh-agent, and give the environment that leads to it."""
    socket = folder / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "SSH_AUTH_SOCK" in process.stdout.readline()
        yield {"SSH_AUTH_SOCK": str(socket)}
    finally:
        process.terminate()
        process.communicate()


def test_a_key_that_only_an_agent_holds_signs(project: Project, plan: str, tmp_path: Path) -> None:
    with agent(tmp_path) as reached:
        private = project.folder / "approver"
        subprocess.run(["ssh-add", "-q", str(private)], env={**os.environ, **reached}, check=True, capture_output=True)
        private.unlink()
        approved = without_terminal(project, "approve", plan, "--key", "approver.pub", env=reached)
    applied = project.reconcile("apply", plan)

    assert approved.code == 0, approved.err
    assert f"Approved by {APPROVER}" in approved.err
    assert applied.code == 0, applied.err


def test_an_agent_without_the_key_or_no_agent_is_said_so(project: Project, plan: str, tmp_path: Path) -> None:
    (project.folder / "approver").unlink()
    with agent(tmp_path) as reached:
        empty = without_terminal(project, "approve", plan, "--key", "approver.pub", env=reached)
    gone = without_terminal(project, "approve", plan, "--key", "approver.pub", env=reached)
    none = without_terminal(project, "approve", plan, "--key", "approver.pub")

    for run in (empty, gone, none):
        assert run.code == 3
        assert "No private key found" in run.err
        assert "ssh-add" in run.err
    assert project.requests() == []
    assert not (project.folder / f"{plan}.approvals.json").exists()


def test_a_passphrase_that_nobody_can_be_asked_for_is_said_so_and_never_waited_for(project: Project, plan: str) -> None:
    passphrase = secrets.token_urlsafe(16)
    add_signer(project, "locked", passphrase)

    run = without_terminal(project, "approve", plan, "--key", "locked")

    assert run.code == 3
    assert "passphrase" in run.err
    assert "on a terminal" in run.err
    assert "ssh-add" in run.err
    assert passphrase not in run.out + run.err
    assert project.requests() == []


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
def test_a_passphrase_is_asked_for_with_the_persons_own_program(project: Project, plan: str, is_right: bool) -> None:  # noqa: FBT001 — a case of the test
    passphrase = secrets.token_urlsafe(16)
    add_signer(project, "locked", passphrase)
    answer = passphrase if is_right else secrets.token_urlsafe(16)
    asking = project.write("ask", f"#!/bin/sh\necho '{answer}'\n")
    asking.chmod(0o700)
    asked = {"SSH_ASKPASS": str(asking), "SSH_ASKPASS_REQUIRE": "force"}

    run = without_terminal(project, "approve", plan, "--key", "locked", env=asked)

    assert run.code == (0 if is_right else 3), run.err
    assert ("incorrect passphrase" in run.err) is not is_right
    assert passphrase not in run.out + run.err
    assert answer not in run.out + run.err


def test_without_openssh_no_approval_is_believed(project: Project, plan: str) -> None:
    assert project.reconcile("approve", plan, "--key", "approver").code == 0
    project.forget_requests()

    run = project.reconcile("apply", plan, env={"PATH": str(project.folder)})

    assert run.code == 3
    assert "approvals need OpenSSH's `ssh-keygen`, which is not installed here" in run.err
    assert project.requests() == []


def statement_of(project: Project, plan: str) -> Statement:
    """What an honest approver of the plan signs."""
    document = json.loads((project.folder / plan).read_text())
    now = datetime.now(UTC).replace(microsecond=0)
    return Statement(
        document["plan_id"],
        document["digest"],
        tuple(document["scope"]["environments"]),
        document["created_by"],
        now,
        now + timedelta(hours=1),
    )


def hand_in(project: Project, plan: str, statement: Statement, name: str = "approver", who: str = APPROVER) -> None:
    """Put an approval with a genuine signature beside the plan, whatever it says."""
    path = project.folder / f"{plan}.approvals.json"
    approval = Approval(statement, who, sign(signed_bytes(statement), project.folder / name))
    stored = load_approvals(path.read_text(), path.name) if path.exists() else []
    path.write_text(dump_approvals([*stored, approval]))


@pytest.mark.parametrize("member", ["plan_id", "digest", "created_by", "environments"])
def test_a_good_signature_under_another_statement_does_not_count(project: Project, plan: str, member: str) -> None:
    honest = statement_of(project, plan)
    others = {
        "plan_id": (replace(honest, plan_id="plan-0000000000000000"), "it is for another plan"),
        "digest": (replace(honest, digest="0" * 64), "it is for other content of this plan"),
        "created_by": (replace(honest, created_by="somebody@example.com"), "it names another author of the plan"),
        "environments": (replace(honest, environments=("staging",)), "it does not cover production"),
    }
    statement, reason = others[member]
    hand_in(project, plan, statement)

    expect_refused(project, f"approval by {APPROVER}: {reason}", plan)


@pytest.mark.parametrize(
    ("issued", "expires", "reason"),
    [
        (timedelta(hours=1), timedelta(hours=2), "it was issued in the future"),
        (timedelta(hours=-2), timedelta(hours=-1), "it expired at"),
        (timedelta(hours=-25), timedelta(days=3650), "it expired at"),
    ],
    ids=["not yet", "by its own end", "by the time that the file allows"],
)
def test_a_good_signature_at_another_time_does_not_count(
    project: Project, plan: str, issued: timedelta, expires: timedelta, reason: str
) -> None:
    honest = statement_of(project, plan)
    now = honest.issued_at
    hand_in(project, plan, replace(honest, issued_at=now + issued, expires_at=now + expires))

    expect_refused(project, f"approval by {APPROVER}: {reason}", plan)


def test_a_good_signature_under_anothers_name_does_not_count(project: Project, plan: str) -> None:
    hand_in(project, plan, statement_of(project, plan), "approver", who=OTHER)

    expect_refused(project, f"its signature does not hold for {OTHER}", plan)


def test_a_signature_that_was_made_for_something_else_does_not_count(project: Project, plan: str) -> None:
    statement = statement_of(project, plan)
    path = project.folder / "message"
    path.write_bytes(signed_bytes(statement))
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(project.folder / "approver"), "-n", "git", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    approval = Approval(statement, APPROVER, (project.folder / "message.sig").read_text())
    (project.folder / f"{plan}.approvals.json").write_text(dump_approvals([approval]))

    expect_refused(project, f"its signature does not hold for {APPROVER}", plan)


@pytest.mark.parametrize("option", ['valid-before="20200101"', 'valid-after="29990101"', 'namespaces="git"'])
def test_a_key_that_is_not_valid_now_or_not_for_this_does_not_count(project: Project, plan: str, option: str) -> None:
    hand_in(project, plan, statement_of(project, plan))
    key = (project.folder / "approver.pub").read_text()
    project.write(".reconcile/allowed_signers", f"{APPROVER} {option} {key}")

    expect_refused(project, f"its signature does not hold for {APPROVER}", plan)


def test_of_two_that_are_needed_an_expired_one_and_a_foreign_one_do_not_count(project: Project, plan: str) -> None:
    project.write("services.yaml", CONTRACT.replace("protected: true", "protected: true\n        approvals: 2"))
    project.reconcile("plan", "-o", plan)
    honest = statement_of(project, plan)
    old = replace(honest, issued_at=honest.issued_at - timedelta(hours=2), expires_at=honest.issued_at)
    make_key(project.folder, "stranger")
    hand_in(project, plan, old, "other", who=OTHER)
    hand_in(project, plan, honest, "stranger", who=OTHER)
    hand_in(project, plan, honest)

    expect_refused(project, "the plan needs 2 valid approvals and has 1", plan)
    expect_refused(project, f"approval by {OTHER}: it expired at", plan)
    expect_refused(project, f"approval by {OTHER}: its signature does not hold", plan)

    hand_in(project, plan, honest, "other", who=OTHER)
    assert project.reconcile("apply", plan).code == 0


def test_each_protected_environment_needs_approvals_of_its_own(project: Project, plan: str) -> None:
    project.service("worker-staging", {})
    document = CONTRACT.replace(
        "    approvers:", "      staging: {workspace: tea-d1example0example0ex, protected: true}\n    approvers:"
    ).replace("render: worker", "render: {production: worker, staging: worker-staging}")
    project.write("services.yaml", document)
    assert project.reconcile("plan", "-o", plan).code == 0
    honest = statement_of(project, plan)
    hand_in(project, plan, replace(honest, environments=("production",)))
    hand_in(project, plan, honest, "other", who=OTHER)
    assert project.reconcile("apply", plan).code == 0

    project.write("services.yaml", document.replace("ALPHA: one", "ALPHA: two"))
    project.reconcile("plan", "-o", plan)
    (project.folder / f"{plan}.approvals.json").unlink()
    hand_in(project, plan, replace(statement_of(project, plan), environments=("production",)))
    expect_refused(project, "staging is protected: the plan needs 1 valid approval and has none", plan)


def test_approvals_that_lie_beside_another_name_are_not_found(project: Project, plan: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    shutil.copy(project.folder / plan, project.folder / "copy.json")

    expect_refused(project, "the plan needs 1 valid approval and has none", "copy.json")
