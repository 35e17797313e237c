"""Approvals: nothing is applied to a protected environment that somebody else did not sign, this very plan of it."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.store.postgres_server import programs, running_server
from tests.stories.test_terminal import on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.stories.conftest import Project

AUTHOR = "developer@example.com"
APPROVER = "approver@example.com"
OTHER = "other@example.com"
CONTRACT = """\
    version: 1
    environments:
      production:
        workspace: tea-d1example0example0ex
        protected: true
    approvers:
      ssh: .reconcile/allowed_signers
    services:
      worker:
        render: worker
        variables:
          ALPHA: one
"""


def as_author(email: str) -> dict[str, str]:
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.email", "GIT_CONFIG_VALUE_0": email}


def make_key(folder: Path, name: str, passphrase: str = "") -> str:
    """Make a throw-away key and return its public half."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", str(folder / name)]
    subprocess.run(command, check=True)
    return (folder / f"{name}.pub").read_text()


@pytest.fixture
def plan(project: Project) -> str:
    return make_protected_plan(project)


def make_protected_plan(project: Project) -> str:
    """Plan for a protected environment, as the author; the approver and another one are listed."""
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **as_author(AUTHOR)}
    project.write("services.yaml", CONTRACT)
    lines = f"{APPROVER} {make_key(project.folder, 'approver')}{OTHER} {make_key(project.folder, 'other')}"
    project.write(".reconcile/allowed_signers", lines)
    project.service("worker", {})
    run = project.reconcile("plan", "-o", "p.json")
    assert run.code == 0, run.err
    project.forget_requests()
    return "p.json"


def expect_refused(project: Project, reason: str, plan: str = "p.json") -> None:
    """Check that apply refuses for a reason, having asked Render nothing at all."""
    project.forget_requests()
    run = project.reconcile("apply", plan)
    assert run.code == 3, run.out + run.err
    assert reason in " ".join(run.err.split()), run.err
    assert project.requests() == []


def test_an_approved_plan_is_applied(project: Project, plan: str) -> None:
    approved = project.reconcile("approve", plan, "--key", "approver")
    applied = project.reconcile("apply", plan)

    assert approved.code == 0, approved.err
    assert "ALPHA" in approved.out
    assert f"Approved by {APPROVER} until " in approved.err
    assert applied.code == 0, applied.err
    assert f"Approved by {APPROVER}." in applied.out


def test_without_an_approval_nothing_is_asked_of_render(project: Project, plan: str) -> None:
    expect_refused(project, "production is protected: the plan needs 1 valid approval and has none", plan)


def test_auto_approve_does_not_switch_protection_off(project: Project, plan: str) -> None:
    run = project.reconcile("apply", "--auto-approve", "-e", "production")

    assert plan == "p.json"
    assert run.code == 3
    assert "production is protected" in run.err
    assert project.requests() == []


def test_a_plan_file_for_a_protected_environment_needs_a_plan_key(project: Project, plan: str) -> None:
    del project.environ["RECONCILE_PLAN_KEY"]

    run = project.reconcile("plan", "-o", "q.json")

    assert plan == "p.json"
    assert run.code == 1
    assert "RECONCILE_PLAN_KEY" in run.err
    assert not (project.folder / "q.json").exists()


def test_another_plan_key_is_told_apart_from_a_changed_value(project: Project, plan: str) -> None:
    project.write("services.yaml", CONTRACT + "          TOKEN: {secret: env://TOKEN}\n")
    project.environ["TOKEN"] = secrets.token_hex(16)
    project.reconcile("plan", "-o", plan)
    project.reconcile("approve", plan, "--key", "approver")

    run = project.reconcile("apply", plan, env={"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32)})

    assert run.code == 3
    assert "fingerprints were made under the key plan-" in run.err
    assert "value changed" not in run.err


def test_whoever_made_the_plan_may_not_approve_it(project: Project, plan: str) -> None:
    run = project.reconcile("approve", plan, "--key", "approver", env=as_author(APPROVER))
    project.environ |= as_author(APPROVER)
    project.reconcile("plan", "-o", "own.json")
    own = project.reconcile("approve", "own.json", "--key", "approver")

    assert run.code == 0, "who runs approve does not matter, who made the plan does"
    assert own.code == 3
    assert "whoever made the plan may not approve it" in own.err
    assert not (project.folder / "own.json.approvals.json").exists()


def test_the_author_may_not_approve_with_a_key_that_is_also_listed_for_somebody_else(
    project: Project, plan: str
) -> None:
    key = (project.folder / "other.pub").read_text()
    listed = project.folder / ".reconcile/allowed_signers"
    listed.write_text(listed.read_text() + f"{AUTHOR} {key}")

    run = project.reconcile("approve", plan, "--key", "other", "--identity", OTHER)

    assert run.code == 3
    assert f"{OTHER} and {AUTHOR}, who made the plan, are one person in allowed_signers" in run.err


def test_an_unknown_author_counts_as_the_approver(project: Project, plan: str) -> None:
    project.environ = {"RECONCILE_PLAN_KEY": project.environ["RECONCILE_PLAN_KEY"], "GIT_CONFIG_NOSYSTEM": "1"}
    project.reconcile("plan", "-o", "anonymous.json")

    run = project.reconcile("approve", "anonymous.json", "--key", "approver")

    assert plan == "p.json"
    assert run.code == 3
    assert "the plan's author is unknown" in run.err


def test_self_approval_can_be_allowed(project: Project, plan: str) -> None:
    project.write(
        "services.yaml", CONTRACT.replace("protected: true", "protected: true\n        allow_self_approval: true")
    )
    project.environ |= as_author(APPROVER)
    project.reconcile("plan", "-o", plan)

    assert project.reconcile("approve", plan, "--key", "approver").code == 0
    assert project.reconcile("apply", plan).code == 0


def test_a_key_that_is_not_listed_cannot_approve(project: Project, plan: str) -> None:
    make_key(project.folder, "stranger")

    nobody = project.reconcile("approve", plan, "--key", "stranger")
    pretender = project.reconcile("approve", plan, "--key", "stranger", "--identity", APPROVER)

    assert (nobody.code, pretender.code) == (3, 3)
    assert "does not list that key" in nobody.err
    assert f"does not hold for {APPROVER}" in pretender.err


def test_a_key_removed_from_the_list_no_longer_counts(project: Project, plan: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    project.write(".reconcile/allowed_signers", f"{OTHER} {(project.folder / 'other.pub').read_text()}")

    expect_refused(project, f"approval by {APPROVER}: its signature does not hold", plan)


def test_two_approvals_need_two_people(project: Project, plan: str) -> None:
    project.write("services.yaml", CONTRACT.replace("protected: true", "protected: true\n        approvals: 2"))
    project.reconcile("plan", "-o", plan)
    project.reconcile("approve", plan, "--key", "approver")
    project.reconcile("approve", plan, "--key", "approver")

    expect_refused(project, "the plan needs 2 valid approvals and has 1", plan)
    expect_refused(project, "the same person approved already", plan)

    assert project.reconcile("approve", plan, "--key", "other").code == 0
    assert project.reconcile("apply", plan).code == 0


@pytest.mark.parametrize("by", ["key", "name", "chain"])
def test_two_names_or_keys_of_one_person_are_one_approval(project: Project, plan: str, by: str) -> None:
    first, second = ((project.folder / f"{name}.pub").read_text() for name in ("approver", "other"))
    lines = {
        "key": f"{APPROVER} {first}Approver@Example.com {second}{APPROVER},{OTHER} {second}",
        "name": f"{APPROVER},{OTHER} {first}{APPROVER},{OTHER} {second}",
        "chain": f"{APPROVER} {first}{OTHER} {second}third@example.com,{APPROVER} {first}third@example.com {second}",
    }
    project.write(".reconcile/allowed_signers", lines[by])
    project.write("services.yaml", CONTRACT.replace("protected: true", "protected: true\n        approvals: 2"))
    project.reconcile("plan", "-o", plan)

    one = project.reconcile("approve", plan, "--key", "approver", "--identity", APPROVER)
    two = project.reconcile("approve", plan, "--key", "other", "--identity", OTHER)

    assert (one.code, two.code) == (0, 0), one.err + two.err
    assert "the plan needs 2 valid approvals and has 1" in two.err
    expect_refused(project, f"the same person approved already, as {APPROVER}", plan)


def test_the_author_may_not_approve_by_another_key_and_name(project: Project, plan: str) -> None:
    first, second = ((project.folder / f"{name}.pub").read_text() for name in ("approver", "other"))
    project.write(".reconcile/allowed_signers", f"alice@example.com,alice {first}alice@example.com {second}")
    project.reconcile("plan", "-o", plan, env={"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "Alice"})

    run = project.reconcile("approve", plan, "--key", "other")

    assert run.code == 3
    assert "alice@example.com and Alice, who made the plan, are one person in allowed_signers" in run.err
    assert not (project.folder / f"{plan}.approvals.json").exists()


def test_a_plan_that_apply_could_not_accept_is_not_approved(project: Project, plan: str) -> None:
    key = project.environ.pop("RECONCILE_PLAN_KEY")
    shown = project.reconcile("plan", "--format", "json")
    project.write(plan, shown.out)
    project.environ["RECONCILE_PLAN_KEY"] = key

    run = project.reconcile("approve", plan, "--key", "approver")

    assert run.code == 3
    assert "the plan's fingerprints were not made under RECONCILE_PLAN_KEY" in run.err
    assert not (project.folder / f"{plan}.approvals.json").exists()


def test_approve_shows_all_that_is_signed_for(project: Project, plan: str) -> None:
    address = "production/worker/ALPHA"
    permissions = ["--no-deploy", "--allow-rotation", address, "--allow-deletes", "9"]
    project.reconcile("plan", "-s", "worker", "-o", plan, *permissions)

    run = project.reconcile("approve", plan, "--key", "approver")

    assert run.code == 0, run.err
    assert f"Made by {AUTHOR} at 20" in run.out
    assert "Scope: worker of production." in run.out
    told = run.out.partition("It may, beyond the ordinary:\n")[2]
    assert [line.split(":")[0].strip() for line in told.splitlines()] == [
        "--no-deploy",
        f"--allow-rotation {address}",
        "--allow-deletes 9",
    ]


def test_an_authors_name_cannot_rewrite_the_screen(project: Project, plan: str) -> None:
    path = project.folder / plan
    path.write_text(path.read_text().replace(AUTHOR, "x\\u001b[2J\\nApproved by nobody"))

    run = project.reconcile("approve", plan, "--key", "approver")

    assert run.code != 0
    assert "\x1b" not in run.out + run.err
    assert not (project.folder / f"{plan}.approvals.json").exists()


@pytest.mark.parametrize("answer", ["no", "y", "", "yes"])
def test_on_a_terminal_only_yes_signs(project: Project, plan: str, answer: str) -> None:
    code, shown = on_terminal(project, answer, "approve", plan, "--key", "approver")

    signed = (project.folder / f"{plan}.approvals.json").exists()
    assert (code, signed) == ((0, True) if answer == "yes" else (3, False))
    assert shown.index("Made by") < shown.index("Only 'yes' will be accepted to approve.")
    assert ("the plan was not approved; nothing was signed" in shown) is not signed


@pytest.mark.parametrize("identity", ["", " ", "x\0y", "x\x1b[2Jy", "x\ny", "x\u202ey"])
def test_an_identity_that_is_nobodys_name_is_refused(project: Project, plan: str, identity: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    path = project.folder / f"{plan}.approvals.json"
    document = json.loads(path.read_text())
    document[0]["identity"] = identity
    path.write_text(json.dumps(document))

    expect_refused(project, "is not an approvals file: 0.identity: ", plan)
    assert project.reconcile("approve", plan, "--key", "approver").code == 3


@pytest.mark.parametrize("identity", ["-O", "*", "é" * 200_000, "\U0001f600"])
def test_any_name_is_safe_to_look_for(project: Project, plan: str, identity: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    path = project.folder / f"{plan}.approvals.json"
    document = json.loads(path.read_text())
    document[0] |= {"identity": identity, "signature": "\u0000é"}
    path.write_text(json.dumps(document))
    project.forget_requests()

    run = project.reconcile("apply", plan)

    assert run.code == 3
    assert project.requests() == []


def test_a_hidden_character_in_the_list_of_signers_is_refused(project: Project, plan: str) -> None:
    key = (project.folder / "approver.pub").read_text()
    project.write(".reconcile/allowed_signers", f"# approvers\u2028{APPROVER} {key}{APPROVER}\u200b {key}")

    run = project.reconcile("approve", plan, "--key", "approver", "--identity", APPROVER)

    assert run.code == 3
    assert "allowed_signers:2: it has a character that cannot be seen" in run.err


def test_an_approval_of_another_plan_does_not_count(project: Project, plan: str) -> None:
    project.reconcile("plan", "-o", "twin.json")
    project.reconcile("approve", "twin.json", "--key", "approver")
    shutil.copy(project.folder / "twin.json.approvals.json", project.folder / f"{plan}.approvals.json")

    expect_refused(project, "it is for another plan", plan)


@pytest.mark.parametrize(
    ("member", "forged"),
    [
        ("digest", "0" * 64),
        ("environments", ["staging"]),
        ("expires_at", "2099-01-01T00:00:00Z"),
        ("issued_at", "2099-01-01T00:00:00Z"),
        ("created_by", "somebody@example.com"),
    ],
)
def test_a_forged_statement_does_not_hold(project: Project, plan: str, member: str, forged: object) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    path = project.folder / f"{plan}.approvals.json"
    document = json.loads(path.read_text())
    document[0]["statement"][member] = forged
    path.write_text(json.dumps(document))

    expect_refused(project, "its signature does not hold", plan)


@pytest.mark.parametrize("text", ["", "null", "{}", "[{}]", "[1]", '[{"statement": {"plan_id": "x"'])
def test_a_malformed_approvals_file_is_refused(project: Project, plan: str, text: str) -> None:
    (project.folder / f"{plan}.approvals.json").write_text(text)

    expect_refused(project, "is not an approvals file", plan)


@pytest.mark.parametrize("principal", ["*", "*@example.com", "approver?example.com", f"!{APPROVER},*"])
def test_a_wildcard_principal_is_refused(project: Project, plan: str, principal: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    project.write(".reconcile/allowed_signers", f"{principal} {(project.folder / 'approver.pub').read_text()}")

    expect_refused(project, "a principal with a wildcard could be anybody", plan)


def test_an_expired_approval_does_not_count(project: Project, plan: str) -> None:
    project.write("services.yaml", CONTRACT.replace("protected: true", "protected: true\n        approval_ttl: 1ms"))
    project.reconcile("plan", "-o", plan)

    assert project.reconcile("approve", plan, "--key", "approver").code == 0

    expect_refused(project, "it expired at", plan)


def test_permissions_that_were_not_approved_do_not_apply(project: Project, plan: str) -> None:
    project.reconcile("approve", plan, "--key", "approver")
    path = project.folder / plan
    document = json.loads(path.read_text())
    document["permissions"]["no_deploy"] = True
    path.write_text(json.dumps(document))

    expect_refused(project, "was changed after it was made", plan)


@pytest.mark.parametrize("change", ["address", "after", "drop"])
def test_a_plan_file_that_shows_something_else_than_its_digest_is_refused_everywhere(
    project: Project, plan: str, change: str
) -> None:
    path = project.folder / plan
    document = json.loads(path.read_text())
    match change:
        case "address":
            document["resource_changes"][0]["address"] = "production/worker/HARMLESS"
        case "after":
            document["resource_changes"][0]["change"]["after"] = {"value": "harmless"}
        case _:
            document["resource_changes"] = []
    path.write_text(json.dumps(document))

    for command in (["show", plan], ["approve", plan, "--key", "approver"], ["apply", plan]):
        run = project.reconcile(*command)
        assert run.code == 3
        assert "was changed after it was made" in run.err
    assert project.requests() == []


def test_missing_openssh_is_said_so(project: Project, plan: str) -> None:
    run = project.reconcile("approve", plan, "--key", "approver", env={"PATH": str(project.folder)})

    assert run.code == 3
    assert "ssh-keygen" in run.err
    assert "openssh-client" in run.err


@pytest.fixture
def git(project: Project, plan: str) -> Callable[..., None]:
    assert plan == "p.json"

    def run(*arguments: str) -> None:
        command = ["git", "-C", str(project.folder), "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments]
        subprocess.run(command, check=True, capture_output=True)

    run("init", "-b", "main")
    run("add", "services.yaml", ".reconcile/allowed_signers")
    run("commit", "-m", "contract")
    return run


def test_loosening_protection_takes_effect_only_once_it_is_at_the_policy_revision(
    project: Project, git: Callable[..., None]
) -> None:
    project.environ["RECONCILE_POLICY_REF"] = "main"
    git("switch", "-c", "loosen")
    project.write("services.yaml", CONTRACT.replace("protected: true", "protected: false"))
    git("commit", "-am", "loosen")
    project.reconcile("plan", "-o", "loose.json")

    expect_refused(project, "production is protected", "loose.json")

    git("branch", "-f", "main", "loosen")
    assert project.reconcile("apply", "loose.json").code == 0


def test_an_approver_added_in_the_working_tree_does_not_count_before_the_policy_revision_has_it(
    project: Project, git: Callable[..., None]
) -> None:
    assert git is not None
    project.environ["RECONCILE_POLICY_REF"] = "main"
    project.write(".reconcile/allowed_signers", f"mallory@example.com {make_key(project.folder, 'mallory')}")

    run = project.reconcile("approve", "p.json", "--key", "mallory", "--identity", "mallory@example.com")

    assert run.code == 3
    assert "does not hold for mallory@example.com" in run.err


def test_a_new_unprotected_environment_cannot_claim_a_protected_service(
    project: Project, git: Callable[..., None]
) -> None:
    assert git is not None
    project.environ["RECONCILE_POLICY_REF"] = "main"
    project.write(
        "services.yaml",
        CONTRACT.replace("      production:\n", "      sandbox:\n        kind: staging\n").replace(
            "protected: true", ""
        ),
    )

    run = project.reconcile("apply", "--auto-approve", "-e", "sandbox")

    assert run.code == 3
    assert "sandbox is protected" in run.err


def test_a_group_of_two_environments_needs_the_approval_of_the_protected_one(project: Project) -> None:
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **as_author(AUTHOR)}
    project.write(
        "services.yaml",
        """\
        version: 1
        environments:
          staging: {workspace: tea-d1example0example0ex}
          production: {workspace: tea-d1example0example0ex, protected: true}
        approvers: {ssh: .reconcile/allowed_signers}
        services:
          worker: {render: "worker-{environment}"}
        env_groups:
          common: {render: {staging: common}, variables: {REGION: eu}}
        """,
    )
    project.write(".reconcile/allowed_signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    workers = [project.service(f"worker-{name}", {}) for name in ("staging", "production")]
    body = {"name": "common", "ownerId": project.sandbox.owner_id, "envVars": [], "serviceIds": workers}
    project.api("POST", "/env-groups", body)

    alone = project.reconcile("plan", "-e", "staging")
    both = project.reconcile("plan", "-o", "p.json")
    expect_refused(project, "production is protected")
    approved = project.reconcile("approve", "p.json", "--key", "approver")
    run = project.reconcile("apply", "p.json")

    assert alone.code == 1
    assert "RC014" in alone.out
    assert "reaches production/worker, staging/worker; this counts in production too" in " ".join(both.out.split())
    assert "reaches production/worker" in " ".join(approved.out.split())
    assert run.code == 0, run.out + run.err
    assert sum(write.endswith("/deploys") for write in project.writes()) == 2
    assert project.reconcile("plan").out.startswith("No changes.")


def test_in_ci_a_protected_apply_needs_a_store_that_outlives_the_job(project: Project, plan: str) -> None:
    assert project.reconcile("approve", plan, "--key", "approver").code == 0
    project.environ["CI"] = "true"

    expect_refused(project, "production is protected, and the journal", plan)
    permitted = project.reconcile("plan", "-o", "permitted.json", "--ephemeral-store")
    project.reconcile("approve", "permitted.json", "--key", "approver")
    applied = project.reconcile("apply", "permitted.json")

    assert "Permissions: --ephemeral-store." in permitted.out
    assert applied.code == 0, applied.err


def test_in_ci_a_store_that_others_share_will_do(project: Project, plan: str) -> None:
    assert project.reconcile("approve", plan, "--key", "approver").code == 0
    programs_found = programs()
    if programs_found is None:
        pytest.skip("needs PostgreSQL's server (Debian package postgresql) for initdb and pg_ctl")
    with running_server(programs_found) as server:
        shared = {"CI": "true", "RECONCILE_STORE_URL": server.url(server.new_database())}

        applied = project.reconcile("apply", plan, env=shared)
        again = project.reconcile("apply", plan, env=shared)

    assert applied.code == 0, applied.err
    assert again.code == 3
    assert "was applied already" in again.err
