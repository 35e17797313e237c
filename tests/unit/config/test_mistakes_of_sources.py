"""Mistakes about where values come from: each one's place and words, exactly."""

# ruff: noqa: E501 — a message is one line
from __future__ import annotations

import pytest

from tests.unit.config.mistakes import HEAD, Row, mistakes_of, service, top, variable

MISTAKES: list[Row] = [
    (
        variable("A: {type: url}"),
        [
            "9:7: nothing says where the value of `A` comes from; give one of `value`, `secret`, `generate`, `from`, `external` or `absent`"
        ],
    ),
    (
        variable("A:"),
        ["9:7: `A` has no body, and the top-level `variables:` does not define it; give it a value or a definition"],
    ),
    (
        variable("A: ~"),
        ["9:7: `A` has no body, and the top-level `variables:` does not define it; give it a value or a definition"],
    ),
    (
        variable("A: null"),
        ["9:7: `A` has no body, and the top-level `variables:` does not define it; give it a value or a definition"],
    ),
    (
        HEAD + 'variables: {LOG_LEVEL: info}\nservices: {api: {render: "a-{environment}", variables: {LOG_LEVL: }}}\n',
        ["6:57: `LOG_LEVL` has no body, and the top-level `variables:` does not define it; did you mean `LOG_LEVEL`?"],
    ),
    (top("variables:\n  A:"), ["6:5: `A` is said to be nothing; give it a value, or a mapping that says what it is"]),
    (
        variable("A: {value: x, secret: env://X}"),
        ["9:21: `A` has `value` and `secret`; exactly one of them says where the value comes from"],
    ),
    (
        variable("A: {absent: true, external: true}"),
        ["9:25: `A` has `absent` and `external`; exactly one of them says where the value comes from"],
    ),
    (variable('A: ""'), ["9:10: `A` is empty, which Render does not support; use `absent: true`"]),
    (variable('A: {value: ""}'), ["9:18: `A` is empty, which Render does not support; use `absent: true`"]),
    (
        variable("A: {value: }"),
        [
            "9:18: `value` must be a text, true or false, a number or a mapping, and nothing is given; quote it if the text itself is meant"
        ],
    ),
    (
        variable("A: {value: ~}"),
        [
            "9:18: `value` must be a text, true or false, a number or a mapping, and nothing is given; quote it if the text itself is meant"
        ],
    ),
    (
        variable("A: {value: {staging: x, production: ~}}"),
        ["9:43: `value` has an environment without a value; give it one, or put a text in braces in quotes"],
    ),
    (
        variable("A: {value: {x}}"),
        ["9:20: `value` has an environment without a value; give it one, or put a text in braces in quotes"],
    ),
    (variable("A: {x}"), ["9:11: unknown key in `A`; put a text in braces in quotes"]),
    (variable('A: "\\0"'), ["9:10: `A` holds a NUL character, which no variable can; encode it"]),
    (variable("A: [x]"), ["9:10: `A` must be a text, true or false, a number or a mapping"]),
    (variable("A: {value: [x]}"), ["9:18: `value` must be a text, true or false, a number or a mapping"]),
    (
        variable("A: {value: {staging: x}}"),
        ["9:11: `A` has no `value` for environment `production`; add it, or limit `environments:`"],
    ),
    (
        variable("A: {secret: {staging: env://A}}"),
        ["9:11: `A` has no `secret` for environment `production`; add it, or limit `environments:`"],
    ),
    (
        variable("A: {from: {staging: {service: api, property: url}}}"),
        ["9:11: `A` has no `from` for environment `production`; add it, or limit `environments:`"],
    ),
    (
        variable("A: {secret: foo://x}"),
        [
            "9:19: the reference of `A` does not start with a scheme that is known; known: env, dotenv, file, sops, vault, awssecrets, awsssm, gcpsecrets, azurekeyvault, op, doppler, infisical, keyring"
        ],
    ),
    (variable("A: {secret: valt://x}"), ["9:19: the reference of `A` has an unknown scheme; did you mean `vault`?"]),
    (
        variable("A: {secret: text}"),
        [
            "9:19: the reference of `A` is not a reference; write `SCHEME://PATH`, or `value:` where the value itself is meant"
        ],
    ),
    (
        variable('A: {secret: "text vault://x"}'),
        [
            "9:19: the reference of `A` has text around a reference; a reference is a whole value, so put all of it in the store"
        ],
    ),
    (
        variable('A: {secret: "env://A and more"}'),
        ["9:19: the reference of `A` has a space; a reference is a whole value, without text before or after it"],
    ),
    (
        variable('A: {secret: "vault://{env}/x"}'),
        ["9:19: the reference of `A` has another text in braces, where only `{environment}` and `{service}` can stand"],
    ),
    (
        variable('A: {secret: "vault://{x"}'),
        ["9:19: the reference of `A` has a brace without its other half; only placeholders stand in braces"],
    ),
    (
        variable('A: {secret: "vault://x#y"}'),
        ["9:19: the reference of `A` has a `#` that no `/` follows; a JSON pointer starts with `#/`"],
    ),
    (
        variable('A: {secret: "vault://x?y"}'),
        ["9:19: the reference of `A` has a parameter that is not `name=value` after the `?`"],
    ),
    (
        variable('A: {secret: "vault://"}'),
        ["9:19: the reference of `A` names nothing after `vault://`; write what to fetch"],
    ),
    (
        variable("A: {secret: env://RENDER_API_KEY}"),
        ["9:19: the reference of `A` is to reconcile's own key, which no service gets"],
    ),
    (
        variable("A: {secret: env://RECONCILE_PLAN_KEY}"),
        ["9:19: the reference of `A` is to reconcile's own key, which no service gets"],
    ),
    (
        "version: 1\nenvironments:\n  staging: {api_key: KEY_OF_STAGING}\n  production:\nservices:\n  api:\n    render: api-{environment}\n    variables:\n      A: {secret: env://KEY_OF_STAGING}\n",
        ["9:19: the reference of `A` is to reconcile's own key, which no service gets"],
    ),
    (variable("A: vault://kv/x#/y"), ["9:10: `A` is a reference where a literal stands; write `{secret: …}`"]),
    (
        variable("A: {value: ref+vault://kv/x#/y}"),
        ["9:18: `A` is a reference where a literal stands; write `{secret: …}`"],
    ),
    (
        variable('A: {value: {staging: x, production: "sops://x.yaml"}}'),
        ["9:43: `A` is a reference where a literal stands; write `{secret: …}`"],
    ),
    (
        variable("A: {sensitive: false, secret: env://X}"),
        ["9:11: `A` comes from `secret` and so cannot be `sensitive: false`; remove that"],
    ),
    (
        variable("A: {sensitive: false, generate: {}}"),
        ["9:11: `A` comes from `generate` and so cannot be `sensitive: false`; remove that"],
    ),
    (
        variable("A: {sensitive: false, external: true}"),
        ["9:11: `A` comes from `external` and so cannot be `sensitive: false`; remove that"],
    ),
    (
        variable("A: {sensitive: false, from: {service: api, property: url}}"),
        ["9:11: `A` comes from `from` and so cannot be `sensitive: false`; remove that"],
    ),
    (variable("A: {from: {service: apy, property: url}}"), ["9:27: unknown service `apy`; did you mean `api`?"]),
    (
        variable("A: {from: {service: api, variable: B}}"),
        [
            "9:42: unknown variable of service `api` in `production`; known: `A`",
            "9:42: unknown variable of service `api` in `staging`; known: `A`",
        ],
    ),
    (
        variable("A: {from: {service: api, variable: A}}"),
        ["9:17: the value would be made of itself: `api/A` → `api/A`; give one of them a value"],
    ),
    (
        variable("A: {from: {service: api, variable: B}}\nB: {from: {service: api, variable: A}}"),
        ["9:17: the value would be made of itself: `api/A` → `api/B` → `api/A`; give one of them a value"],
    ),
    (
        variable("A: {from: {service: api, variable: B}}\nB: {absent: true}"),
        ["9:42: `B` of `api` is declared absent, so there is nothing to take; take another"],
    ),
    (
        HEAD
        + 'services:\n  api: {render: "a-{environment}", variables: {A: {from: {service: worker, property: url}}}}\n  worker: {render: {staging: b}}\n',
        ["6:68: service `worker` does not exist in environment `production`; limit `environments:`"],
    ),
    (
        service("secret_files: {key: {generate: {}}}"),
        ["8:26: `key` is a file, and only variables can be generated; use `secret` or `external`"],
    ),
    (variable('A: {value: x, allow: {RC101: ""}}'), ["9:36: `RC101` must not be empty"]),
    (
        variable('A: {value: x, allow: {RC101: " "}}'),
        ["9:36: `RC101` is allowed without a reason; say why it is right here"],
    ),
    (
        variable("A: {value: x, allow: {RC1011: why}}"),
        ["9:29: `RC1011` is no rule that can be allowed; did you mean `RC101`?"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(text: str, expected: list[str]) -> None:
    assert mistakes_of(text) == expected
