"""Options: every mistake in a type's name or options is told, with the nearest right word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.domain.definition import TypeSpec
from reconciler.value_types import OPTION_NAMES, TYPE_NAMES, check_options, is_credential

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

LANGUAGE = """
string integer number boolean enum json url https_url host port email uuid duration postgres_url redis_url amqp_url
mongodb_url supabase_url supabase_key jwt fernet_key base64 hex pem api_key
"""


def test_the_types_are_those_of_the_language() -> None:
    assert sorted(TYPE_NAMES) == sorted(LANGUAGE.split())
    assert OPTION_NAMES.keys() == set(TYPE_NAMES)
    assert OPTION_NAMES["postgres_url"] == {"pool_mode", "driver", "same_project_as", "ipv4_addon"}


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("strnig", {}, "type `strnig` is unknown; did you mean `string`?"),
        ("xyzzy", {}, "type `xyzzy` is unknown"),
        ("string", {"patern": "x"}, "type `string` has no option `patern`; did you mean `pattern`?"),
        ("string", {"pattern": "("}, "option `pattern` of type `string` must be a regular expression"),
        ("string", {"min_length": -1}, "must be a whole number, 0 or more"),
        ("string", {"min_length": True}, "must be a whole number, 0 or more"),
        ("string", {"min_length": 3, "max_length": 2}, "`min_length` is greater than `max_length`"),
        ("integer", {"min": 1.5}, "must be a whole number"),
        ("integer", {"min": 2, "max": 1}, "`min` is greater than `max`"),
        ("number", {"max": "1"}, "must be a number"),
        ("number", {"max": float("nan")}, "must be a number"),
        ("enum", {}, "option `values` is missing"),
        ("enum", {"values": []}, "must be a list of texts"),
        ("enum", {"values": [1]}, "must be a list of texts"),
        ("base64", {"bytes": 0}, "1 or more"),
        ("jwt", {"claims": "iss"}, "must be a list of claims"),
        ("postgres_url", {"pool_mode": "transactions"}, "did you mean `transaction`?"),
        ("postgres_url", {"ipv4_addon": "yes"}, "must be `true` or `false`"),
        ("supabase_key", {"role": "admin"}, "must be one of `anon`, `service_role`"),
        ("json", {"schema": {"type": "objekt"}}, "must be a JSON Schema"),
        ("json", {"schema": {"$ref": "https://example.com/schema.json"}}, "refers to nothing outside itself"),
        ("json", {"schema": {"allOf": [{"$ref": "other.json"}]}}, "refers to nothing outside itself"),
        ("pem", {"kind": "key"}, "must be one of `certificate`"),
        ("api_key", {"prefix": ""}, "must be text"),
    ],
)
def test_a_mistake_is_told(name: str, options: TypeOptions, problem: str) -> None:
    problems = check_options(TypeSpec(name, options))
    assert len(problems) == 1
    assert problem in problems[0]


def test_all_mistakes_are_told_together() -> None:
    assert len(check_options(TypeSpec("string", {"min_length": "a", "max_length": "b", "lenght": 1}))) == 3


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {}) for name in TYPE_NAMES if name != "enum"),
        ("enum", {"values": ["a", "b"]}),
        ("integer", {"min": 1, "max": 1}),
        ("number", {"min": 0.5, "max": 1}),
        ("json", {"schema": {"$defs": {"a": {"type": "string"}}, "$ref": "#/$defs/a"}}),
        ("json", {"schema": {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}}),
        ("jwt", {"claims": ["iss"]}),
        ("postgres_url", {"pool_mode": "session", "driver": "psycopg", "same_project_as": "X", "ipv4_addon": False}),
    ],
)
def test_right_options_are_fine(name: str, options: TypeOptions) -> None:
    assert check_options(TypeSpec(name, options)) == []


def test_types_that_carry_credentials_are_known() -> None:
    carrying = {name for name in TYPE_NAMES if is_credential(TypeSpec(name))}
    assert carrying == {
        *("postgres_url", "redis_url", "amqp_url", "mongodb_url"),
        *("supabase_key", "jwt", "fernet_key", "pem", "api_key"),
    }
    assert is_credential(TypeSpec("unknown")), "what is not known is not shown"
