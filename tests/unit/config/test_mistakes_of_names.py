"""Mistakes about names: of variables, files, environments, services, groups, and on Render: each one's place and words, exactly."""

# ruff: noqa: E501 — a message is one line
from __future__ import annotations

import pytest

from tests.unit.config.mistakes import HEAD, Row, mistakes_of, service, top, variable

MISTAKES: list[Row] = [
    (variable("..: x"), ["9:7: `..` is no name for a variable: in a URL it means another thing"]),
    (variable(".: x"), ["9:7: `.` is no name for a variable: in a URL it means another thing"]),
    (variable('"": x'), ["9:7: a variable needs a name: letters, digits, `_`, `-` and `.`, not starting with a digit"]),
    (
        variable("1A: x"),
        ["9:7: `1A` is no name for a variable: use letters, digits, `_`, `-` and `.`, not starting with a digit"],
    ),
    (
        variable("A B: x"),
        ["9:7: `A B` is no name for a variable: use letters, digits, `_`, `-` and `.`, not starting with a digit"],
    ),
    (
        variable("a/b: x"),
        ["9:7: `a/b` is no name for a variable: use letters, digits, `_`, `-` and `.`, not starting with a digit"],
    ),
    (
        variable("Ä: x"),
        ["9:7: `Ä` is no name for a variable: use letters, digits, `_`, `-` and `.`, not starting with a digit"],
    ),
    (variable("RENDER: x"), ["9:7: `RENDER`: Render sets `RENDER` and `RENDER_*` itself; choose another name"]),
    (variable("RENDER_X: x"), ["9:7: `RENDER_X`: Render sets `RENDER` and `RENDER_*` itself; choose another name"]),
    (top("variables:\n  ..: x"), ["6:3: `..` is no name for a variable: in a URL it means another thing"]),
    (
        top("variables:\n  RENDER_X: x"),
        ["6:3: `RENDER_X`: Render sets `RENDER` and `RENDER_*` itself; choose another name"],
    ),
    (service("secret_files:\n  ..: x"), ["9:7: `..` is no name for a secret file: in a URL it means another thing"]),
    (service("secret_files:\n  .: x"), ["9:7: `.` is no name for a secret file: in a URL it means another thing"]),
    (service('secret_files:\n  "": x'), ["9:7: a secret file needs a name: one path segment, without `/`"]),
    (
        service("secret_files:\n  a/b: x"),
        ["9:7: `a/b` is no name for a secret file: use one path segment, without `/`"],
    ),
    (
        top("env_groups:\n  ..: {render: x}"),
        ["6:3: `..` is no name for an environment or group: in a URL it means another thing"],
    ),
    (
        top('services:\n  groups: {render: "x-{environment}"}'),
        ["6:3: `groups` is no name for a service: addresses use it for env groups; choose another"],
    ),
    (service("read_only: [prod]"), ["8:17: unknown environment; known: `production` and `staging`"]),
    (service("env_groups: [observability]"), ["8:18: unknown env group; there is none"]),
    (service("deploy: {after: [ap]}"), ["8:22: unknown service `ap`; did you mean `api`?"]),
    (
        variable("A: {value: x, environments: [stagin]}"),
        ["9:36: unknown environment `stagin`; did you mean `staging`?"],
    ),
    (
        variable("A: {value: {staging: x, production: y, qa: z}}"),
        ["9:46: unknown environment; known: `production` and `staging`"],
    ),
    (
        variable("A: {secret: {stagin: env://A, production: env://A}}"),
        [
            "9:11: `A` has no `secret` for environment `staging`; add it, or limit `environments:`",
            "9:20: unknown environment `stagin`; did you mean `staging`?",
        ],
    ),
    (
        HEAD + "services:\n  api: {render: {stagin: api}}\n",
        ["6:18: unknown environment `stagin`; did you mean `staging`?"],
    ),
    (
        service('ignore: ["A*"]\nvariables: {AB: x}\nsecret_files: {Ab: x}'),
        [
            "9:17: `AB` is declared, and `ignore` matches it; remove one of the two",
            "10:20: `Ab` is declared, and `ignore` matches it; remove one of the two",
        ],
    ),
    (
        HEAD + 'services:\n  api: {render: "x-{environment}"}\n  worker: {render: "x-{environment}"}\n',
        [
            "7:20: service `worker` in `production` is the same on Render as service `api` in `production`; two entries would overwrite each other, so name another",
            "7:20: service `worker` in `staging` is the same on Render as service `api` in `staging`; two entries would overwrite each other, so name another",
        ],
    ),
    (
        HEAD + "services:\n  api: {render: api}\n",
        [
            "6:17: service `api` in `production` is the same on Render as service `api` in `staging`; two entries would overwrite each other, so name another"
        ],
    ),
    (
        HEAD
        + "services:\n  api: {render: {staging: srv-c0example0example00}}\n  worker: {render: {production: srv-c0example0example00}}\n",
        [
            "7:33: service `worker` in `production` is the same on Render as service `api` in `staging`; two entries would overwrite each other, so name another"
        ],
    ),
    (
        HEAD + 'services:\n  api: {render: "{env}"}\n',
        ["6:17: `render` has another text in braces, where only `{environment}` and `{service}` can stand"],
    ),
    (
        HEAD + 'services:\n  api: {render: {staging: " api"}}\n',
        ["6:27: `render` must be a name or id on Render, without spaces around it"],
    ),
    (HEAD + "services:\n  api: {render: 12}\n", ["6:17: `render` must be a text or a mapping; put it in quotes"]),
    (service("deploy: {after: [api]}"), ["8:22: deploys wait for each other: `api` → `api`; remove one `after`"]),
    (
        HEAD
        + 'services:\n  api: {render: "a-{environment}", deploy: {after: [worker]}}\n  worker: {render: "b-{environment}", deploy: {after: [api]}}\n',
        ["6:53: deploys wait for each other: `api` → `worker` → `api`; remove one `after`"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(text: str, expected: list[str]) -> None:
    assert mistakes_of(text) == expected
