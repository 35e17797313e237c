"""Mistakes about types, their options and the literals that are checked by them: each one's place and words, exactly."""

# ruff: noqa: E501 — a message is one line
from __future__ import annotations

import pytest

from tests.unit.config.mistakes import HEAD, Row, mistakes_of, top, variable

MISTAKES: list[Row] = [
    (variable("A: {value: x, type: urll}"), ["9:27: `type` is none of the 25 that are known; did you mean `url`?"]),
    (
        variable("A: {value: x, type: zzz}"),
        [
            "9:27: `type` must be one of `string`, `integer`, `number`, `boolean`, `enum`, `json`, `url`, `https_url`, `host`, `port`, `email`, `uuid`, `duration`, `postgres_url`, `redis_url`, `amqp_url`, `mongodb_url`, `supabase_url`, `supabase_key`, `jwt`, `fernet_key`, `base64`, `hex`, `pem` or `api_key`"
        ],
    ),
    (variable("A: {value: x, type: url, prefix: x}"), ["9:32: type `url` has no option `prefix`"]),
    (variable("A: {value: x, min: 1}"), ["9:21: type `string` has no option `min`"]),
    (
        variable('A: {value: x, pattern: "("}'),
        ["9:30: option `pattern` of type `string` must be a regular expression that Python can read"],
    ),
    (variable("A: {value: x, type: enum}"), ["9:27: option `values` is missing: type `enum` needs it"]),
    (
        top("variables:\n  UNUSED: {type: url, prefix: x, secret: env://UNUSED, sensitive: false}"),
        [
            "6:23: type `url` has no option `prefix`",
            "6:56: `UNUSED` comes from `secret` and so cannot be `sensitive: false`; remove that",
        ],
    ),
    (
        variable("A: {external: true, type: postgres_url, same_project_as: UR}\nURL: {external: true}"),
        ["9:64: unknown variable `UR`; did you mean `URL`?"],
    ),
    (
        variable("A: {external: true, type: postgres_url, pool_mode: transactions}"),
        [
            "9:58: option `pool_mode` of type `postgres_url` must be one of `transaction`, `session`, `direct`; did you mean `transaction`?"
        ],
    ),
    (
        variable("A: {value: x, type: port}"),
        [
            "9:18: `A`: the value is not a port: write a whole number from 1 to 65535; mend the value where it comes from, or its type in services.yaml"
        ],
    ),
    (
        variable("A: {type: port, value: {staging: 80, production: x}}"),
        [
            "9:56: `A`: the value is not a port: write a whole number from 1 to 65535; mend the value where it comes from, or its type in services.yaml"
        ],
    ),
    (
        HEAD
        + 'variables:\n  A:\n    type: port\n    value: x\nservices:\n  api: {render: "a-{environment}", variables: {A: }}\n  worker: {render: "b-{environment}", variables: {A: }}\n',
        [
            "8:12: `A`: the value is not a port: write a whole number from 1 to 65535; mend the value where it comes from, or its type in services.yaml"
        ],
    ),
    (
        variable(
            "A:\n  type: postgres_url\n  value: postgresql://postgres@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
        ),
        [
            "11:16: `A`: the value names Supabase's direct host, which has only an IPv6 address: Render cannot reach it; use the pooler: host aws-<n>-<region>.pooler.supabase.com, port 6543, user postgres.<ref>; or say `ipv4_addon: true` if the project has bought that"
        ],
    ),
    (
        variable(
            'URL: {type: supabase_url, value: "https://abcdefghijklmnopqrst.supabase.co"}\nDB:\n  type: postgres_url\n  same_project_as: URL\n  value: postgresql://postgres.zyxwvutsrqponmlkjihg@aws-0-eu-central-1.pooler.supabase.com:6543/postgres'
        ),
        [
            "13:16: `DB`: the value belongs to another Supabase project than URL; take the URL, the keys and the database's address from one project"
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_where_it_is_and_how_to_mend_it(text: str, expected: list[str]) -> None:
    assert mistakes_of(text) == expected
