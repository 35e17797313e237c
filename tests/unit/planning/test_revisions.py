"""Two revisions of services.yaml: every difference in meaning is told, in the right words, and nothing else is."""

from __future__ import annotations

import secrets
import textwrap

import pytest

from reconciler.config import load_text
from reconciler.domain.difference import Difference, DifferenceKind
from reconciler.domain.state import DesiredState
from reconciler.domain.value import Secret
from reconciler.planning.fingerprint import FingerprintKey
from reconciler.planning.revisions import Signers, differences_between

BASE = textwrap.dedent("""\
    version: 1
    environments:
      production:
        workspace: tea-d1example0example0ex
        protected: true
        approvals: 2
        approval_ttl: 24h
      staging: {workspace: tea-d1example0example0ex, api_key: STAGING_KEY}
    approvers: {ssh: signers, github: [octocat]}
    variables:
      URL: {type: https_url, value: https://example.com, description: where it is}
    services:
      api:
        render: api-{environment}
        read_only: [production]
        ignore: ["DD_*"]
        health: {path: /health, log_fatal: [ERROR, PANIC]}
        variables:
          URL:
          LEVEL: info
          __PRIVATE: one
          MODE: {type: enum, values: [a, b], value: a}
          TOKEN: {type: api_key, prefix: sk-, secret: "env://TOKEN", rotation: destructive, allow: {RC101: known}}
          OLD: {absent: true}
          QUIET: {value: hushed-word, sensitive: true}
      worker:
        render: worker-{environment}
        env_groups: [common]
        deploy: {after: [api]}
        variables: {LEVEL: info, LONELY: here}
    env_groups:
      common:
        render: common-{environment}
        variables: {SHARED: all}
""")


def compared(changed: str, base: str = BASE, signers: tuple[Signers, Signers] = ({}, {})) -> list[Difference]:
    key = FingerprintKey(Secret(secrets.token_hex(32)), origin="test")
    there, here = load_text(base, "services.yaml"), load_text(changed, "services.yaml")
    return list(differences_between(there, here, key, signers))


def edited(*edits: tuple[str, str]) -> str:
    text = BASE
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def told(found: list[Difference]) -> set[tuple[str, str, str | None, str | None]]:
    return {(str(each.kind), f"{each.subject} {each.what}", each.before, each.after) for each in found}


@pytest.mark.parametrize(
    "edit",
    [
        ("version: 1\n", "version: 1\n# a comment\n"),
        ("description: where it is", "description: somewhere else"),
        ("      URL:\n      LEVEL: info\n      __PRIVATE", "      LEVEL: info\n      URL:\n      __PRIVATE"),
        ("values: [a, b]", "values: [b, a]"),
        ("approval_ttl: 24h", "approval_ttl: 1440m"),
        ("    protected: true\n    approvals: 2\n", "    approvals: 2\n    protected: true\n"),
        ("read_only: [production]", "read_only: ['production']"),
        ("variables: {LEVEL: info, LONELY: here}", "variables: {LEVEL: {value: info}, LONELY: here}"),
    ],
)
def test_what_means_the_same_is_no_difference(edit: tuple[str, str]) -> None:
    assert compared(edited(edit)) == []


LOOSER = {
    "protected": ("    protected: true\n", ""),
    "approvals": ("approvals: 2", "approvals: 1"),
    "approval_ttl": ("approval_ttl: 24h", "approval_ttl: 25h"),
    "allow_self_approval": ("approvals: 2", "approvals: 2\n    allow_self_approval: true"),
    "kind": ("    protected: true", "    kind: staging\n    protected: true"),
    "kind, of one that is not production": ("staging: {", "staging: {kind: development, "),
    "approvers.github": ("[octocat]", "[octocat, stranger]"),
    "approvers.ssh": ("ssh: signers", "ssh: others"),
    "read_only": ("read_only: [production]", "read_only: false"),
    "ignore": ('ignore: ["DD_*"]', 'ignore: ["DD_*", "X*"]'),
    "prune": ('ignore: ["DD_*"]', 'ignore: ["DD_*"]\n    prune: true'),
    "health gone": ("    health: {path: /health, log_fatal: [ERROR, PANIC]}\n", ""),
    "health other": ("path: /health", "path: /"),
    "health less": ("[ERROR, PANIC]", "[ERROR]"),
    "rotation": (", rotation: destructive", ""),
    "allow": ("{RC101: known}", "{RC101: known, RC102: too}"),
    "absent": ("      OLD: {absent: true}\n", ""),
    "absent, then set": ("OLD: {absent: true}", "OLD: again"),
    "sensitive": (", sensitive: true", ""),
    "type": ("MODE: {type: enum, values: [a, b], value: a}", "MODE: a"),
    "type's option": ("prefix: sk-, ", ""),
    "shared": ("rotation: destructive", "rotation: destructive, shared: true"),
    "environment": ("worker-{environment}", "{staging: worker-production}"),
}


@pytest.mark.parametrize("name", LOOSER)
def test_a_weaker_protection_is_flagged_and_a_stronger_one_is_not(name: str) -> None:
    looser = edited(LOOSER[name])

    there_and_back = (compared(looser), compared(BASE, looser))

    assert [bool(any(each.loosened for each in found)) for found in there_and_back] == [True, name in BOTH_WAYS]


BOTH_WAYS = {"prune", "health other", "approvers.ssh"}
"""Where only people can tell which one is stricter."""


def test_a_key_that_may_sign_is_flagged() -> None:
    found = compared(
        BASE,
        signers=(
            {key: set() for key in ["ann (SHA256:a)", "bob (SHA256:b)"]},
            {key: set() for key in ["ann (SHA256:a)", "eve (SHA256:e)"]},
        ),
    )

    assert [(each.kind, each.after, bool(each.loosened)) for each in found] == [
        (DifferenceKind.ADDED, "eve (SHA256:e)", True),
        (DifferenceKind.REMOVED, None, False),
    ]


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([("LEVEL: info\n      __", "LEVEL: debug\n      __")], ("value_changed", "api/LEVEL value", "info", "debug")),
        ([("__PRIVATE: one", "__PRIVATE: two")], ("value_changed", "api/__PRIVATE value", "one", "two")),
        ([("hushed-word", "another-word")], ("value_changed", "api/QUIET value", None, None)),
        ([("LEVEL: info\n      __", "LEVEL: sk-live-abc123def456ghi\n      __")],
         ("value_changed", "api/LEVEL value", "info", None)),
        ([("env://TOKEN", "env://OTHER")], ("source_changed", "api/TOKEN source", "env://TOKEN", "env://OTHER")),
        ([("values: [a, b]", "values: [a, c]")],
         ("retyped", "api/MODE type", "enum (values: [a, b])", "enum (values: [a, c])")),
        ([("render: worker-", "render: other-")],
         ("setting_changed", "worker render", "worker-production", "other-production")),
        ([(", LONELY: here", "")], ("removed", "worker/LONELY string, literal", "here", None)),
        ([("{SHARED: all}", "{SHARED: all, MORE: x}")], ("added", "groups/common/MORE string, literal", None, "x")),
        ([("env_groups: [common]", "env_groups: []")], ("setting_changed", "worker env_groups", "[common]", "[]")),
        ([("deploy: {after: [api]}", "deploy: {after: [api], timeout: 90s}")],
         ("setting_changed", "worker deploy", "after: [api], timeout: 15m", "after: [api], timeout: 90s")),
        ([(", LONELY: here", ""), ("__PRIVATE: one", "__PRIVATE: one\n      LONELY: here")],
         ("moved", "api/LONELY owner", "production/worker", "production/api")),
        ([(", LONELY: here", ""), ("{SHARED: all}", "{SHARED: all, LONELY: here}")],
         ("moved", "groups/common/LONELY owner", "production/worker", "production/groups/common")),
        ([("description: where it is}", "description: where it is}\n  LONELY: here"), (", LONELY: here", ", LONELY: ")],
         ("moved", "worker/LONELY definition", "a definition of its own", "the shared definition")),
        ([("  worker:\n", "  porter:\n")], ("moved", "porter name", "production/worker", "production/porter")),
    ],
)  # fmt: skip
def test_each_difference_is_told_once_in_each_environment(
    edits: list[tuple[str, str]], expected: tuple[str, str, str | None, str | None]
) -> None:
    kind, subject, before, after = expected
    others = [text and text.replace("production", "staging") for text in (before, after)]

    assert told(compared(edited(*edits))) == {
        (kind, f"production/{subject}", before, after),
        (kind, f"staging/{subject}", *others),
    }


def test_neither_a_move_nor_a_new_name_hides_what_became_weaker() -> None:
    quiet = "      QUIET: {value: hushed-word, sensitive: true}\n"
    moved = edited((quiet, ""), ("LONELY: here}", "LONELY: here, QUIET: hushed-word}"))
    renamed = edited(("  api:\n", "  portal:\n"), ("after: [api]", "after: [portal]"), ("read_only: [production]", ""))

    kinds = [(str(each.kind), bool(each.loosened)) for each in compared(moved) if each.environment == "production"]
    assert kinds == [("moved", False), ("setting_changed", True)]
    assert "production/portal read_only" in {
        f"{each.subject} {each.what}" for each in compared(renamed) if each.loosened
    }
    assert not any("hushed" in f"{each}" for each in compared(moved))


def test_what_a_pruned_service_no_longer_names_is_said_to_be_deleted() -> None:
    pruned = BASE.replace("    env_groups: [common]\n", "    env_groups: [common]\n    prune: true\n")
    found = compared(pruned.replace(", LONELY: here", ""), pruned)

    assert {each.note for each in found} == {"deleted on Render: the service is pruned"}


def test_everything_is_told_where_there_was_nothing() -> None:
    key = FingerprintKey(Secret(secrets.token_hex(32)), origin="test")
    found = differences_between(DesiredState({}, {}), load_text(BASE, "services.yaml"), key, ({}, {"ann": set()}))

    assert {each.kind for each in found} == {DifferenceKind.ADDED, DifferenceKind.SETTING}
    assert len([each for each in found if each.address]) == 2 * (7 + 2 + 1)
    assert not any(each.loosened for each in found)
