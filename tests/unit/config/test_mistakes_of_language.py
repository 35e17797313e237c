"""Mistakes about the keys and fields of the language itself: each one's place and words, exactly."""

# ruff: noqa: E501 — a message is one line
from __future__ import annotations

import pytest

from tests.unit.config.mistakes import HEAD, Row, mistakes_of, service, top, variable

MISTAKES: list[Row] = [
    ("environments: {staging: {}}", ["1:1: the file needs `version`; add it"]),
    ("version: 1", ["1:1: the file needs `environments`; add it"]),
    ("vresion: 1\nenvironments: {staging: {}}", ["1:1: unknown key `vresion`; did you mean `version`?"]),
    ("version: 2\nenvironments: {staging: {}}", ["1:10: `version` must be `1`"]),
    ("version: '1'\nenvironments: {staging: {}}", ["1:10: `version` must be a whole number"]),
    ("version: 1\nenvironments: {}", ["2:15: `environments` must hold at least one"]),
    ("version: 1\nenvironments: [staging]", ["2:15: `environments` must be a mapping"]),
    (top("servces: {}"), ["5:1: unknown key `servces`; did you mean `services`?"]),
    (top("services: text"), ["5:11: `services` must be a mapping (`key: value`)"]),
    (top("services:\n  api:"), ["6:7: `api` must be a mapping, and nothing is given"]),
    (top("services:\n  api: {}"), ["6:3: `api` needs `render`; add it"]),
    ("version: 1\nenvironments:\n  qa:", ["3:3: say what `qa` is for: `kind: production`, `staging` or `development`"]),
    ("version: 1\nenvironments:\n  qa: {knd: staging}", ["3:8: unknown key `knd` in `qa`; did you mean `kind`?"]),
    (
        "version: 1\nenvironments:\n  staging: {kind: prod}",
        ["3:19: `kind` must be one of `production`, `staging` or `development`"],
    ),
    (
        'version: 1\nenvironments:\n  staging: {protected: yes, approvals: "1", allow_self_approval: "false"}',
        [
            "3:24: `protected` must be true or false; write `true`",
            "3:40: `approvals` must be a whole number",
            "3:66: `allow_self_approval` must be true or false; write `false`",
        ],
    ),
    (
        "version: 1\nenvironments:\n  staging: {approvals: 0, approval_ttl: 1x, workspace: }",
        [
            "3:24: `approvals` must be at least 1",
            "3:41: `approval_ttl` must be a duration such as `500ms`, `90s`, `15m`, `24h` or `1h30m`",
            "3:56: `workspace` must be a text, and nothing is given; quote it if the text itself is meant",
        ],
    ),
    ("version: 1\nenvironments:\n  staging: {approval_ttl: 0s}", ["3:27: `approval_ttl` must be longer than nothing"]),
    (
        "version: 1\nenvironments:\n  staging: {approval_ttl: 999999h}",
        ["3:27: `approval_ttl` must not be longer than ten years"],
    ),
    (
        "version: 1\nenvironments:\n  staging: {api_key: A-B}",
        ["3:22: `api_key` must be the name of an environment variable: letters, digits and `_`"],
    ),
    (
        'version: 1\nenvironments: {"..": {}, staging: {}}',
        ["2:16: `..` is no name for an environment or group: in a URL it means another thing"],
    ),
    (
        top("approvers: {github: [octo-cat, '@octocat', octo/team, 'robot[bot]']}"),
        [
            f"{place} of `github` must be one person's login on GitHub, without `@`; teams and bots cannot approve"
            for place in ("5:32: item 2", "5:44: item 3", "5:55: item 4")
        ],
    ),
    (
        top("approvers: {shh: x, github: octocat}"),
        [
            "5:13: unknown key `shh` in `approvers`; did you mean `ssh`?",
            "5:29: `github` must be a list; put it in brackets (`[…]`)",
        ],
    ),
    (service("prune: yes"), ["8:12: `prune` must be true or false; write `true`"]),
    (service('prune: "true"'), ["8:12: `prune` must be true or false; write `true`"]),
    (service("hlth: {path: /}"), ["8:5: unknown key `hlth` in `api`; did you mean `health`?"]),
    (
        HEAD + "services:\n  api:\n    rendr: api-{environment}\n",
        ["7:5: unknown key `rendr` in `api`; did you mean `render`?"],
    ),
    (
        service("health: {path: health, within: 2}"),
        ["8:20: `path` must start with `/`", "8:36: `within` must be a text; put it in quotes"],
    ),
    (service("health: {pth: /health}"), ["8:14: unknown key `pth` in `health`; did you mean `path`?"]),
    (
        service("health: {within: 2m}"),
        ["8:13: `health` says nothing to look for; give `path`, `log_ready` or `log_fatal`"],
    ),
    (
        service('health: {log_fatal: ["/(/", "//"]}'),
        [
            "8:26: not a regular expression that Python reads (see its character 1); mend it, or remove the slashes for plain text",
            "8:33: an empty regular expression finds every line; write one between the slashes",
        ],
    ),
    (
        service("deploy: {mode: deploy, timeout: 15 m}"),
        [
            "8:20: `mode` must be `deploy_only` or `build_and_deploy`; did you mean `deploy_only`?",
            "8:37: `timeout` must be a duration such as `500ms`, `90s`, `15m`, `24h` or `1h30m`",
        ],
    ),
    (service("deploy: {aftr: []}"), ["8:14: unknown key `aftr` in `deploy`; did you mean `after`?"]),
    (service("ignore: DD_*"), ["8:13: `ignore` must be a list; put it in brackets (`[…]`)"]),
    (
        service("secret_files: {a: }"),
        [
            "8:23: `a` must be a text, true or false, a number or a mapping, and nothing is given; quote it if the text itself is meant"
        ],
    ),
    (variable("A: {vlue: x}"), ["9:11: unknown key `vlue` in `A`; did you mean `value`?"]),
    (
        variable("A: {generate: {bytes: many, encoding: hx, byts: 1}}"),
        [
            "9:29: `bytes` must be a whole number",
            "9:45: `encoding` must be one of `base64`, `urlsafe` or `hex`; did you mean `hex`?",
            "9:49: unknown key `byts` in `generate`; did you mean `bytes`?",
        ],
    ),
    (variable("A: {generate: }"), ["9:21: `generate` must be a mapping, and nothing is given"]),
    (
        variable("A: {from: {postgres: db, property: hots}}"),
        [
            "9:42: `property` must be one of `internal_connection_string`, `external_connection_string`, `host`, `port`, `user`, `password` or `database`; did you mean `host`?"
        ],
    ),
    (variable("A: {from: {postgres: db}}"), ["9:11: `from` needs `property`; add it"]),
    (
        variable("A: {from: {service: api, prperty: url}}"),
        ["9:32: unknown key `prperty` in `from`; did you mean `property`?"],
    ),
    (
        variable("A: {from: {name: db}}"),
        ["9:17: `from` must say `postgres`, `key_value` or `service`; see what belongs to each"],
    ),
    (variable("A: {from: db}"), ["9:17: `from` must be a mapping (`key: value`)"]),
    (variable("A: {value: x, rotation: no}"), ["9:31: `rotation` must be `destructive`"]),
    (variable("A: {value: x, shared: 1}"), ["9:29: `shared` must be true or false"]),
    (variable("A: {external: false}"), ["9:21: `external` must be `true`; leave it out otherwise"]),
    (variable('A: {value: x, min_length: "1"}'), ["9:33: `min_length` must be a whole number"]),
    ("text", ["1:1: the file must be a mapping that starts with `version: 1`, not a list or a text"]),
    ("- item", ["1:1: the file must be a mapping that starts with `version: 1`, not a list or a text"]),
    ("", ["1:1: is empty; start with `version: 1`, `environments:` and `services:`"]),
    ("# a comment\n", ["1:1: is empty; start with `version: 1`, `environments:` and `services:`"]),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(text: str, expected: list[str]) -> None:
    assert mistakes_of(text) == expected
