"""`reconcile diff`: what a change means, told to whoever has no credential."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest

from tests.stories.test_policy import FULL_NAME, git

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
          LEVEL: info
          QUIET: {value: VALUE, sensitive: true}
"""


@pytest.fixture
def committed(project: Project) -> Project:
    """A project whose contract is on the default branch, with no credential and nobody to ask."""
    project.environ = {"RENDER_API_KEY": "", "RENDER_API_URL": "http://127.0.0.1:9"}
    project.write("services.yaml", CONTRACT)
    project.write("signers", "")
    git(project.folder, "init", "-q", "-b", "main")
    git(project.folder, "add", "services.yaml", "signers")
    git(project.folder, "commit", "-q", "-m", "contract")
    git(project.folder, "update-ref", FULL_NAME, "main")
    git(project.folder, "symbolic-ref", "refs/remotes/origin/HEAD", FULL_NAME)
    return project


def test_a_pull_request_is_told_by_its_meaning(committed: Project) -> None:
    git(committed.folder, "checkout", "-q", "-b", "change")
    committed.write("services.yaml", "# why\n" + CONTRACT.replace("    version", "version", 1).replace("\n    ", "\n"))
    same = committed.reconcile("diff", "--detailed-exitcode")
    value, other = secrets.token_hex(12), secrets.token_hex(12)
    committed.write("services.yaml", CONTRACT.replace("VALUE", value))
    git(committed.folder, "commit", "-q", "-a", "-m", "on the branch")
    changed = CONTRACT.replace("VALUE", other).replace(", protected: true", "").replace("info", "debug")
    committed.write("services.yaml", changed)
    runs = {
        form: committed.reconcile("diff", "--detailed-exitcode", "--format", form)
        for form in ("text", "json", "markdown")
    }
    since_commit = committed.reconcile("diff", "HEAD", "--format", "json")
    before = committed.reconcile("diff", "HEAD~1", "--format", "json")

    assert (same.code, same.err) == (0, "")
    assert same.out.startswith("No change in meaning since the merge base with origin/HEAD (")
    assert {run.code for run in runs.values()} == {2}
    assert runs["text"].out.startswith("Protections loosened: 1.\n  ! production: an apply needs no approval any more")
    assert "~ LEVEL   value: info -> debug" in runs["text"].out
    assert "~ QUIET   value changed" in runs["text"].out
    told = json.loads(runs["json"].out)
    assert [each["subject"] for each in told["differences"]] == [
        "production", "production/worker/LEVEL", "production/worker/QUIET",
    ]  # fmt: skip
    assert json.loads(since_commit.out)["differences"] == told["differences"] == json.loads(before.out)["differences"]
    assert "**`an apply needs no approval any more`**" in runs["markdown"].out
    for run in (*runs.values(), since_commit, before):
        assert run.err == ""
        assert value not in run.out
        assert other not in run.out


def test_whoever_may_approve_is_part_of_the_meaning(committed: Project) -> None:
    committed.write("signers", "eve@example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==\n")

    run = committed.reconcile("diff", "main")

    assert run.out.startswith("Protections loosened: 1.\n  ! approvers: one more key may approve")
    assert "added (eve@example.com (SHA256:" in " ".join(run.out.split())


def test_an_approvers_key_that_less_is_asked_of_is_a_looser_protection(committed: Project) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="
    committed.write("signers", f'ann namespaces="git",valid-before="20200101" {key}\n')
    git(committed.folder, "commit", "-q", "-a", "-m", "for git only")
    same = committed.reconcile("diff", "HEAD", "--detailed-exitcode")
    committed.write("signers", f"ann {key}\n")
    freed = committed.reconcile("diff", "HEAD", "--detailed-exitcode")
    git(committed.folder, "commit", "-q", "-a", "-m", "for all")
    committed.write("signers", f'ann valid-before="20200101" {key}\n')
    held = committed.reconcile("diff", "HEAD")

    assert (same.code, freed.code) == (0, 2)
    assert freed.out.startswith("Protections loosened: 1.\n  ! approvers: its key is not held to that any more")
    assert "namespaces=git,valid-before=20200101" in freed.out
    assert "valid-before=20200101" in held.out
    assert "loosened" not in held.out


GUARDED = """\
    version: 1
    environments:
      eu: {kind: production, workspace: tea-d1example0example0eu, protected: true}
      us: {kind: production, workspace: tea-d1example0example0us, protected: true}
      staging: {workspace: tea-d1example0example0st}
      development: {workspace: tea-d1example0example0st}
    services:
      api: {render: {eu: api, us: api, staging: api}}
      legacy: {render: {staging: legacy}, read_only: true}
"""


@pytest.mark.parametrize(
    ("edits", "alarm"),
    [
        ([("staging: {workspace: tea-d1example0example0st", "staging: {workspace: tea-d1example0example0eu"),
          ("{eu: api, us", "{eu: apis, us"), ("staging: legacy", "staging: old")],
         "staging/api: eu is protected, and staging is not"),
        ([("{render: {staging: legacy}, read_only: true}", "{render: {development: legacy}}")],
         "development/legacy: it can be written to now"),
        ([("{render: {staging: legacy}, read_only: true}", ("{render: {staging: other}, read_only: true}\n"
           "      mine: {render: {development: legacy}}"))],
         "development/mine: it can be written to now"),
    ],
)  # fmt: skip
def test_what_was_guarded_is_not_taken_over_without_a_word(
    committed: Project, edits: list[tuple[str, str]], alarm: str
) -> None:
    committed.write("services.yaml", GUARDED)
    git(committed.folder, "commit", "-q", "-a", "-m", "guarded")
    changed = GUARDED
    for old, new in edits:
        assert changed.count(old) == 1, old
        changed = changed.replace(old, new)
    committed.write("services.yaml", changed)

    run = committed.reconcile("diff", "HEAD")

    assert run.out.startswith(f"Protections loosened: 1.\n  ! {alarm}"), run.out + run.err


def test_a_base_without_a_valid_file_is_said_to_be_one(committed: Project) -> None:
    git(committed.folder, "mv", "services.yaml", "other.yaml")
    committed.write("services.yaml", "version: 1\nenvironments: no\n")
    git(committed.folder, "add", "services.yaml")
    git(committed.folder, "commit", "-q", "-m", "broken")
    committed.write("services.yaml", CONTRACT)

    invalid = committed.reconcile("diff", "HEAD")
    missing = committed.reconcile("-f", "other.yaml", "diff", "HEAD~1")

    assert invalid.code == 1
    assert "services.yaml is not valid at HEAD (" in invalid.err
    assert "nothing can be compared with it" in invalid.err
    assert invalid.out == ""
    assert missing.code == 0
    assert "other.yaml does not exist at HEAD~1 (" in missing.out
    assert "so all of it is new." in " ".join(missing.out.split())
    assert "loosened" not in missing.out


def test_what_there_is_to_compare_with_is_known_or_said_not_to_be(committed: Project) -> None:
    git(committed.folder, "update-ref", "refs/remotes/origin/release", "main")
    actions = {"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": "release"}
    in_actions = committed.reconcile("diff", env=actions)
    git(committed.folder, "checkout", "-q", "--orphan", "elsewhere")
    git(committed.folder, "commit", "-q", "-m", "no history")
    unrelated = committed.reconcile("diff")
    git(committed.folder, "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    nowhere = committed.reconcile("diff")
    unknown = [
        committed.reconcile("diff", name) for name in ("nowhere", "-h~1", "--help^{commit}", "HEAD:services.yaml")
    ]

    assert "since the merge base with origin/release (" in in_actions.out
    assert "git finds no commit here that HEAD and refs/remotes/origin/HEAD have in common" in unrelated.err
    assert "refs/remotes/origin/HEAD does not exist" in nowhere.err
    assert "`reconcile diff origin/main`" in nowhere.err
    assert [run.code for run in (in_actions, unrelated, nowhere, *unknown)] == [0, 1, 1, 1, 1, 1, 1]


def test_two_that_begin_alike_are_told_apart(committed: Project) -> None:
    long = "A" * 70
    committed.write("services.yaml", CONTRACT.replace("LEVEL: info", f"LEVEL: {{secret: 'env://{long}1'}}"))
    git(committed.folder, "commit", "-q", "-a", "-m", "a long name")
    committed.write("services.yaml", CONTRACT.replace("LEVEL: info", f"LEVEL: {{secret: 'env://{long}2'}}"))

    text, markdown = (committed.reconcile("diff", "HEAD", "--format", form).out for form in ("text", "markdown"))

    for shown in (text, markdown):
        assert f"env://{long}1" in shown
        assert f"env://{long}2" in shown
