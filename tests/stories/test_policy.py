"""The policy's revision: who has to approve is read there, whatever the change at hand puts in its place."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.stories.test_approvals import APPROVER, AUTHOR, as_author, make_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.stories.conftest import Project, Run

TEA = "tea-d1example0example0ex"
FULL_NAME = "refs/remotes/origin/main"
STRICT = f"""\
    version: 1
    environments:
      production: {{workspace: {TEA}, protected: true}}
    approvers: {{ssh: .reconcile/allowed_signers}}
    services:
      worker: {{render: worker, variables: {{ALPHA: one}}}}
"""
LOOSE = STRICT.replace(", protected: true", "")
TWO = f"""\
    version: 1
    environments:
      production: {{workspace: {TEA}, protected: true, approvals: 2, approval_ttl: 1h}}
      qa: {{kind: staging, workspace: {TEA}, protected: true, allow_self_approval: true}}
      staging: {{workspace: {TEA}}}
    approvers: {{ssh: .reconcile/allowed_signers}}
    services:
      worker: {{render: {{WHERE: worker}}, variables: {{ALPHA: one}}}}
      other: {{render: {{staging: other}}, variables: {{ALPHA: one}}}}
"""


def git(folder: Path, *arguments: str) -> None:
    known = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", "-C", str(folder), *known, *arguments], check=True, capture_output=True)


def commit(folder: Path, *paths: str) -> None:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", *paths)
    git(folder, "commit", "-q", "-m", "contract")
    git(folder, "update-ref", FULL_NAME, "main")


@pytest.fixture
def worker(project: Project) -> str:
    """A strict contract in a folder of its own, committed; what applies is told to go by the default branch."""
    project.environ = as_author(AUTHOR)
    project.write("infra/services.yaml", STRICT)
    project.write("infra/.reconcile/allowed_signers", f"{APPROVER} {make_key(project.folder, 'approver')}")
    commit(project.folder, "infra")
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    return project.service("worker", {})


@pytest.fixture
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of somebody else, with a loose contract at the same name and a branch of the same name."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "services.yaml").write_text(LOOSE)
    commit(folder, "services.yaml")
    return folder


def workspace_name(project: Project) -> str:
    return str(project.api("GET", "/owners")[0]["owner"]["name"])


def apply(project: Project, file: str = "infra/services.yaml") -> Run:
    return project.reconcile("-f", file, "apply", "-e", "production", "--auto-approve")


def test_the_file_at_hand_does_not_loosen_what_it_is_judged_by(project: Project, worker: str) -> None:
    project.write("infra/services.yaml", LOOSE)

    run = apply(project)

    assert run.code == 3
    assert "production is protected" in run.err
    assert project.variables(worker) == {}


@pytest.mark.parametrize("name", ["main", "origin/main", "heads/main", FULL_NAME, "refs/heads/main", "hash"])
def test_branches_full_names_and_hashes_are_understood(project: Project, worker: str, name: str) -> None:
    head = (project.folder / ".git" / "refs" / "heads" / "main").read_text().strip()
    project.environ["RECONCILE_POLICY_REF"] = head if name == "hash" else name
    project.write("infra/services.yaml", LOOSE)

    assert "production is protected" in apply(project).err
    assert project.variables(worker) == {}


@pytest.mark.parametrize(
    "name", ["nowhere", "refs/heads/origin/main", "-h", "main~0", "*", "0" * 40, "HEAD", "é\udcff"]
)
def test_a_revision_that_git_does_not_know_is_an_error(project: Project, worker: str, name: str) -> None:
    project.environ["RECONCILE_POLICY_REF"] = name

    run = apply(project)

    assert run.code == 1
    assert "git knows no revision" in run.err
    assert project.variables(worker) == {}


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_revision_does_not_switch_the_policy_off(project: Project, worker: str, name: str) -> None:
    project.write("infra/services.yaml", LOOSE)
    project.environ["RECONCILE_POLICY_REF"] = name

    run = apply(project)

    assert run.code == 1
    assert "RECONCILE_POLICY_REF is set but empty" in run.err
    assert project.variables(worker) == {}


def test_a_tag_does_not_stand_in_for_the_branch_of_its_name(project: Project, worker: str) -> None:
    project.write("infra/services.yaml", LOOSE)
    git(project.folder, "switch", "-q", "-c", "change")
    git(project.folder, "commit", "-qam", "loosen")
    for tag in ("origin/main", FULL_NAME, "refs/heads/gone"):
        git(project.folder, "update-ref", f"refs/tags/{tag}", "change")

    found = {}
    for name in ("origin/main", FULL_NAME, "refs/heads/gone"):
        project.environ["RECONCILE_POLICY_REF"] = name
        found[name] = apply(project)

    assert [run.code for run in found.values()] == [3, 3, 1]
    assert "can mean refs/tags/origin/main or refs/remotes/origin/main" in found["origin/main"].err
    assert f"give the full name: {FULL_NAME}" in found["origin/main"].err
    assert "production is protected" in found[FULL_NAME].err
    assert "git knows no revision" in found["refs/heads/gone"].err
    assert project.variables(worker) == {}


def embed(project: Project, hostile: Path, config: str) -> None:
    """Put the content of a repository's `.git` into the folder of services.yaml, as files that can be committed."""
    for name in ("HEAD", "objects", "refs"):
        source = hostile / ".git" / name
        copy: Callable[..., object] = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, project.folder / "infra" / name)
    project.write("infra/config", config)
    project.write("infra/services.yaml", LOOSE)


@pytest.mark.parametrize("tree", [".", ".."])
@pytest.mark.parametrize("inside", [False, True])
def test_files_that_look_like_a_repository_are_none(
    project: Project, worker: str, hostile: Path, *, tree: str, inside: bool
) -> None:
    embed(
        project,
        hostile,
        f"""\
        [core]
        repositoryformatversion = 0
        bare = false
        worktree = {tree}
        """,
    )

    if inside:
        folder, project.folder = project.folder, project.folder / "infra"
        (project.folder / "home").symlink_to(folder / "home")
        run = apply(project, "services.yaml")
    else:
        run = apply(project)

    assert run.code == 3
    assert "production is protected" in run.err
    assert project.variables(worker) == {}


@pytest.mark.parametrize("revision", [None, FULL_NAME])
def test_a_repository_in_a_pull_request_runs_nothing(
    project: Project, worker: str, hostile: Path, revision: str | None
) -> None:
    marker = project.folder / "ran"
    head = (hostile / ".git/refs/heads/main").read_text().strip()
    embed(
        project,
        hostile,
        f"""\
        [core]
        repositoryformatversion = 1
        bare = false
        worktree = .
        fsmonitor = "touch {marker}; false"
        sshCommand = "sh -c 'echo $RENDER_API_KEY > {marker}'"
        [user]
        email = somebody.else@example.com
        [remote "origin"]
        url = ssh://x/y
        promisor = true
        partialclonefilter = blob:none
        [extensions]
        partialClone = origin
        """,
    )
    # A commit that is missing is fetched by whatever the repository names for it.
    (project.folder / "infra/objects" / head[:2] / head[2:]).unlink()
    project.environ = {} if revision is None else {"RECONCILE_POLICY_REF": revision}

    run = project.reconcile("-f", "infra/services.yaml", "plan", "--format", "json")

    assert run.code == 0, run.err
    assert '"created_by": "unknown"' in run.out
    assert not marker.exists()
    assert project.variables(worker) == {}


def test_git_is_run_without_the_keys(project: Project, worker: str) -> None:
    project.write(
        "bin/git",
        f"""\
        #!/bin/sh
        env >> {project.folder}/seen
        exec {shutil.which("git")} "$@"
        """,
    ).chmod(0o755)
    project.environ["OTHER_KEY"] = project.environ["RECONCILE_PLAN_KEY"] = secrets.token_urlsafe(32)
    project.write("infra/services.yaml", STRICT.replace("protected", "api_key: OTHER_KEY, protected"))

    project.reconcile(
        "-f", "infra/services.yaml", "apply", env={"PATH": f"{project.folder}/bin:{project.environment()['PATH']}"}
    )

    seen = (project.folder / "seen").read_text()
    assert "GIT_NO_LAZY_FETCH=1" in seen
    assert project.sandbox.api_key not in seen
    assert project.environ["OTHER_KEY"] not in seen
    assert project.variables(worker) == {}


@pytest.mark.parametrize("how", ["folder", "file", "through"])
def test_a_symbolic_link_does_not_lead_to_another_file_of_the_revision(project: Project, worker: str, how: str) -> None:
    project.write("examples/services.yaml", LOOSE)
    project.write("examples/deep/x", "")
    git(project.folder, "add", "examples")
    git(project.folder, "commit", "-qm", "example")
    git(project.folder, "update-ref", FULL_NAME, "main")
    file = "infra/services.yaml"
    if how == "folder":
        shutil.rmtree(project.folder / "infra")
        (project.folder / "infra").symlink_to("examples")
    elif how == "file":
        (project.folder / file).unlink()
        (project.folder / file).symlink_to("../examples/services.yaml")
    else:
        (project.folder / "infra/link").symlink_to("../examples/deep")
        file = "infra/link/../services.yaml"

    run = apply(project, file)

    assert run.code == 3
    assert "symbolic link" in run.err
    assert project.variables(worker) == {}


def test_a_folder_entered_by_a_symbolic_link_is_not_taken_for_the_folder_it_leads_to(
    project: Project, worker: str
) -> None:
    project.write("examples/services.yaml", LOOSE)
    git(project.folder, "add", "examples")
    git(project.folder, "commit", "-qm", "example")
    git(project.folder, "update-ref", FULL_NAME, "main")
    shutil.rmtree(project.folder / "infra")
    (project.folder / "infra").symlink_to("examples")

    project.environ["PWD"] = str(project.folder / "infra")
    project.folder = project.folder / "infra"
    run = apply(project, "services.yaml")

    assert run.code == 3
    assert "infra is a symbolic link" in run.err
    assert project.variables(worker) == {}


@pytest.mark.parametrize("inside", [False, True])
def test_a_submodule_has_no_say(project: Project, worker: str, hostile: Path, *, inside: bool) -> None:
    git(project.folder, "rm", "-rqf", "infra")
    git(project.folder, "submodule", "--quiet", "add", "-f", str(hostile), "infra")

    if inside:
        project.folder = project.folder / "infra"
        run = apply(project, "services.yaml")
    else:
        run = apply(project)

    assert run.code == 3
    assert "is a submodule" in run.err if inside else "is a repository of its own" in run.err
    assert project.variables(worker) == {}


def test_a_file_outside_the_work_tree_has_no_revision(project: Project, worker: str, hostile: Path) -> None:
    run = apply(project, str(hostile / "services.yaml"))

    assert run.code == 3
    assert "is outside the work tree" in run.err
    assert project.variables(worker) == {}


def test_without_a_work_tree_there_is_no_policy(project: Project, worker: str) -> None:
    shutil.rmtree(project.folder / ".git")

    run = apply(project)

    assert run.code == 3
    assert "in no git work tree" in run.err
    assert project.variables(worker) == {}


def test_the_file_may_be_named_from_anywhere_in_the_work_tree(project: Project, worker: str) -> None:
    top = project.folder
    project.folder = top / "infra"

    for file in ("services.yaml", "../infra/services.yaml", str(top / "infra/services.yaml")):
        assert "production is protected" in apply(project, file).err
    assert project.variables(worker) == {}


@pytest.fixture
def two(project: Project) -> str:
    """A service of a strict environment, beside a weaker one and one that is not protected."""
    project.environ = {"RECONCILE_PLAN_KEY": secrets.token_urlsafe(32), **as_author(AUTHOR)}
    project.write("services.yaml", TWO.replace("WHERE", "production"))
    project.write(".reconcile/allowed_signers", f"{AUTHOR} {make_key(project.folder, 'own')}")
    commit(project.folder, "services.yaml", ".reconcile")
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    project.service("other", {})
    return project.service("worker", {})


@pytest.mark.parametrize("target", ["worker", "id"])
def test_a_service_does_not_move_to_a_weaker_environment_before_the_policy_says_so(
    project: Project, two: str, target: str
) -> None:
    moved = TWO.replace("WHERE: worker", f"qa: {two if target == 'id' else target}")
    project.write("services.yaml", moved)
    project.reconcile("plan", "-e", "qa", "-o", "p.json")
    approved = project.reconcile("approve", "p.json", "--key", "own")
    refused = project.reconcile("apply", "p.json")

    git(project.folder, "commit", "-qam", "move")
    git(project.folder, "update-ref", FULL_NAME, "main")
    merged = project.reconcile("apply", "p.json")

    assert (approved.code, refused.code) == (0, 3)
    assert f"qa/worker would write to worker ({two})" in refused.err
    assert "has in a protected environment, as production/worker" in refused.err
    assert merged.code == 0, merged.err


@pytest.mark.parametrize("workspace", [TEA, "Sandbox"])
def test_an_unprotected_environment_does_not_write_to_a_protected_service(
    project: Project, two: str, workspace: str
) -> None:
    name = workspace_name(project) if workspace == "Sandbox" else workspace
    text = TWO.replace("WHERE", "staging").replace(f"staging: {{workspace: {TEA}", f"staging: {{workspace: {name}")
    project.write("services.yaml", text)

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 3
    assert "has in a protected environment, as production/worker" in run.err
    assert project.variables(two) == {}


def test_services_that_stay_where_they_are_need_nothing_more(project: Project, two: str) -> None:
    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 0, run.err
    assert project.variables(two) == {}


def test_a_new_environment_is_held_to_the_strictest_there_is(project: Project, two: str) -> None:
    new = TWO.replace("WHERE: worker", "new: fresh").replace(
        "      staging: {",
        f"      new: {{kind: staging, workspace: {TEA}, allow_self_approval: true}}\n      staging: {{",
    )
    project.write("services.yaml", new)
    project.service("fresh", {})
    project.reconcile("plan", "-e", "new", "-o", "p.json")

    own = project.reconcile("approve", "p.json", "--key", "own")
    run = project.reconcile("apply", "p.json")

    assert own.code == 3
    assert "whoever made the plan may not approve it" in own.err
    assert "new is protected: the plan needs 2 valid approvals" in run.err
    assert project.variables(two) == {}


@pytest.mark.parametrize(
    ("staging", "production"), [("id", "id"), ("id", "name"), ("name", "id"), ("none", "name"), ("id", "none")]
)
@pytest.mark.parametrize("by_id", ["staging", "production"])
def test_without_a_revision_one_service_cannot_be_in_two_environments(
    project: Project, staging: str, production: str, by_id: str
) -> None:
    worker = project.service("worker", {})
    workspaces = {"id": f"workspace: {TEA}", "name": f"workspace: {workspace_name(project)}", "none": "approvals: 1"}
    targets = {"staging": "worker", "production": "worker", by_id: worker}
    project.write(
        "services.yaml",
        f"""\
        version: 1
        environments:
          staging: {{{workspaces[staging]}}}
          production: {{{workspaces[production]}, protected: true}}
        services:
          worker:
            render: {{staging: {targets["staging"]}, production: {targets["production"]}}}
            variables: {{ALPHA: one}}
        """,
    )

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 1
    assert "production/worker and staging/worker are one and the same service on Render" in run.err
    assert project.variables(worker) == {}


def test_what_is_missing_out_of_scope_is_no_error_and_costs_no_request(project: Project) -> None:
    project.write("services.yaml", TWO.replace("WHERE", "production"))
    other = project.service("other", {})

    project.forget_requests()

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    paths = [str(seen["path"]) for seen in project.requests()]
    assert run.code == 0, run.err
    assert project.variables(other) == {"ALPHA": "one"}
    assert [path for path in paths if path.endswith(("/services", "/owners"))] == ["/v1/services"]


GROUPS = f"""\
    version: 1
    environments:
      production: {{workspace: {TEA}, protected: true}}
      staging: {{workspace: {TEA}}}
    approvers: {{ssh: .reconcile/allowed_signers}}
    services:
      worker: {{render: {{production: worker}}}}
      other: {{render: {{staging: other}}, variables: {{ALPHA: one}}}}
    env_groups:
      common: {{render: {{WHERE: common}}, variables: {{REGION: eu}}}}
"""


@pytest.mark.parametrize("change", ["the group is moved", "the service is left out", "the service is moved"])
def test_a_group_does_not_get_around_the_protection_of_what_it_reaches(project: Project, change: str) -> None:
    moved = GROUPS.replace("WHERE", "staging")
    match change:
        case "the group is moved":
            there, here = GROUPS.replace("WHERE", "production"), moved
        case "the service is left out":
            there, here = moved, moved.replace("      worker: {render: {production: worker}}\n", "")
        case _:
            there, here = moved, moved.replace("{production: worker}", "{staging: worker}")
    project.environ = as_author(AUTHOR)
    project.write("services.yaml", there)
    commit(project.folder, "services.yaml")
    project.write("services.yaml", here)
    worker, _ = project.service("worker", {}), project.service("other", {})
    linked = [] if change == "the group is moved" else [worker]
    pairs = [{"key": "REGION", "value": "us"}]
    body = {"name": "common", "ownerId": project.sandbox.owner_id, "envVars": pairs, "serviceIds": linked}
    project.api("POST", "/env-groups", body)
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    project.forget_requests()

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert run.code == 3, run.out + run.err
    assert "has in a protected environment, as production/" in run.err
    assert project.writes() == []


GUARDED = f"""\
    version: 1
    environments:
      production: {{workspace: {TEA}, protected: true}}
      staging: {{workspace: {TEA}}}
    approvers: {{ssh: .reconcile/allowed_signers}}
    services:
      worker:
        render: {{WHERE: worker}}
        variables: {{SET_BY_HAND: {{external: true}}}}
        env_groups: []
      other: {{render: {{staging: other}}, EXTRA}}
    env_groups:
      common: {{render: {{WHERE: common}}, variables: {{SET_BY_HAND: {{external: true}}}}}}
"""


@pytest.mark.parametrize("merged", [True, False], ids=["merged", "new"])
def test_a_group_that_only_render_has_in_a_protected_environment_is_linked_once_that_is_merged(
    project: Project,
    merged: bool,  # noqa: FBT001 — a parameter of the test
) -> None:
    alone = GROUPS.replace("WHERE", "staging").replace("variables: {REGION: eu}", "variables: {}")
    linking = alone.replace("{ALPHA: one}", "{}, env_groups: [common]")
    group = "    env_groups:\n      common: {render: {staging: common}, variables: {}}\n"
    project.environ = as_author(AUTHOR)
    project.write("services.yaml", alone if merged else alone.replace(group, ""))
    commit(project.folder, "services.yaml")
    project.write("services.yaml", linking)
    worker, other = project.service("worker", {}), project.service("other", {})
    body = {"name": "common", "ownerId": project.sandbox.owner_id, "envVars": [], "serviceIds": [worker]}
    common = project.api("POST", "/env-groups", body)["id"]
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    linked = {link["id"] for link in project.api("GET", f"/env-groups/{common}")["serviceLinks"]}
    assert run.code == (0 if merged else 3), run.out + run.err
    assert linked == ({worker, other} if merged else {worker})
    assert ("staging/groups/common would share the values of worker" in run.err) is not merged


@pytest.mark.parametrize("scope", [(), ("-s", "other")], ids=["all", "one service"])
@pytest.mark.parametrize(
    "extra", ["env_groups: [common]", "variables: {TAKEN: {from: {service: worker, variable: SET_BY_HAND}}}"]
)
def test_what_a_protected_environment_has_is_not_handed_to_another(
    project: Project, extra: str, scope: tuple[str, ...]
) -> None:
    project.environ = as_author(AUTHOR)
    project.write("services.yaml", GUARDED.replace("WHERE", "production").replace("EXTRA", "variables: {}"))
    commit(project.folder, "services.yaml")
    project.write("services.yaml", GUARDED.replace("WHERE", "staging").replace("EXTRA", extra))
    kept = secrets.token_urlsafe(16)
    worker, other = project.service("worker", {"SET_BY_HAND": kept}), project.service("other", {})
    pairs = [{"key": "SET_BY_HAND", "value": kept}]
    body = {"name": "common", "ownerId": project.sandbox.owner_id, "envVars": pairs, "serviceIds": [worker]}
    common = project.api("POST", "/env-groups", body)["id"]
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    project.forget_requests()

    run = project.reconcile("apply", "-e", "staging", *scope, "--auto-approve")

    assert run.code == 3, run.out + run.err
    assert "has in a protected environment, as production/" in run.err
    assert project.writes() == []
    assert project.variables(other) == {}
    assert [link["id"] for link in project.api("GET", f"/env-groups/{common}")["serviceLinks"]] == [worker]


def test_a_deploy_that_a_protected_service_owes_is_not_begun_from_elsewhere(project: Project) -> None:
    project.environ = as_author(AUTHOR)
    worker = project.service("worker", {})
    project.write("services.yaml", LOOSE)
    applied = project.reconcile("apply", "-e", "production", "--no-deploy", "--auto-approve")
    project.write("services.yaml", GUARDED.replace("WHERE", "production").replace("EXTRA", "variables: {}"))
    commit(project.folder, "services.yaml")
    project.write(
        "services.yaml",
        f"""\
        version: 1
        environments:
          production: {{workspace: {TEA}, protected: true}}
          staging: {{workspace: {TEA}}}
        approvers: {{ssh: .reconcile/allowed_signers}}
        services:
          worker: {{render: {{staging: worker}}}}
        """,
    )
    project.environ["RECONCILE_POLICY_REF"] = FULL_NAME
    project.forget_requests()

    run = project.reconcile("apply", "-e", "staging", "--auto-approve")

    assert applied.code == 0, applied.err
    assert "owed: the values of run 1" in run.out
    assert run.code == 3
    assert f"staging/worker would deploy worker ({worker})" in run.err
    assert project.writes() == []
