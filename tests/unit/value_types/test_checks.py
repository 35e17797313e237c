"""Checks: which texts a type takes, and what it says of the others."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.domain.definition import TypeSpec
from reconciler.value_types import check

if TYPE_CHECKING:
    from reconciler.domain.definition import TypeOptions

NONE: TypeOptions = {}

FINE: list[tuple[str, TypeOptions, str]] = [
    ("string", NONE, ""),
    ("string", NONE, " anything\n"),
    ("string", {"pattern": "[a-z]+", "min_length": 2, "max_length": 3}, "abc"),
    ("integer", NONE, "-12"),
    ("integer", NONE, "0123"),
    ("integer", {"min": 1, "max": 3}, "3"),
    ("number", NONE, "1.50"),
    ("number", NONE, ".5e-3"),
    ("number", {"min": 0, "max": 1}, "0.75"),
    *(("boolean", NONE, text) for text in ("true", "false", "1", "0")),
    ("enum", {"values": ["debug", "info"]}, "info"),
    ("json", NONE, '{"a": [1, null]}\n'),
    ("json", {"schema": {"type": "object", "required": ["a"]}}, '{"a": 1}'),
    ("json", {"schema": True}, "1"),
    ("url", NONE, "https://key@o1.ingest.example.com/42?a=b#c"),
    ("url", NONE, "ftp://example.com"),
    ("https_url", NONE, "https://example.com:8443/path"),
    ("host", NONE, "db.example.com"),
    ("host", NONE, "red-abc"),
    ("host", NONE, "10.0.0.1"),
    ("host", NONE, "2001:db8::1"),
    ("port", NONE, "1"),
    ("port", NONE, "65535"),
    ("email", NONE, "team+alerts@example.com"),
    ("uuid", NONE, "123E4567-e89b-12d3-a456-426614174000"),
    *(("duration", NONE, text) for text in ("30s", "1h30m", "1.5h", "500ms", "7d", "PT15M", "P1DT2H", "P2W")),
    ("base64", NONE, "aGk="),
    ("base64", NONE, "aGk"),
    ("base64", {"bytes": 4}, base64.urlsafe_b64encode(b"\xff\xfe\xfd\xfc").decode()),
    ("base64", {"bytes": 4}, base64.b64encode(b"\xff\xfe\xfd\xfc").decode()),
    ("hex", {"bytes": 2}, "00fF"),
    ("redis_url", NONE, "redis://red-abc:6379"),
    ("redis_url", NONE, "rediss://default:word@cache.example.com:6379/0"),
    ("amqp_url", NONE, "amqps://user:word@mq.example.com/%2F"),
    ("mongodb_url", NONE, "mongodb+srv://user:word@cluster.example.com/app"),
    ("mongodb_url", NONE, "mongodb://a.example.com:27017,b.example.com:27017/app"),
]

WRONG: list[tuple[str, TypeOptions, str, str]] = [
    ("string", {"pattern": "[a-z]+"}, "abc\n", "does not match"),
    ("string", {"pattern": "b"}, "abc", "all of it"),
    ("string", {"min_length": 4}, "abc", "too short"),
    ("string", {"max_length": 2}, "abc", "too long"),
    *(("integer", NONE, text, "not a whole number") for text in ("1.0", "1_000", "١٢", "0x1f", "1e3")),
    ("integer", NONE, "9" * 5000, "not a whole number"),
    ("integer", NONE, " 12", "white space"),
    ("integer", {"min": 1}, "0", "at least 1"),
    ("integer", {"max": 1}, "2", "at most 1"),
    *(("number", NONE, text, "not a number") for text in ("1,5", "nan", "inf", "1e999", ".", "1__0")),
    ("number", {"max": 1.5}, "1.6", "at most 1.5"),
    *(("boolean", NONE, text, "`true` or `false`") for text in ("True", "yes", "no", "on", "off", "2")),
    ("enum", {"values": ["debug", "info"]}, "Info", "none of the words"),
    ("enum", {"values": ["info"]}, "info\n", "none of the words"),
    ("json", NONE, "{a: 1}", "line 1, column 2"),
    ("json", NONE, "NaN", "every program"),
    ("json", NONE, "[" * 100_000, "not JSON"),
    ("json", {"schema": {"properties": {"a": {"type": "string"}}}}, '{"a": 1}', "schema/properties/a/type"),
    ("json", {"schema": False}, "1", "`false`"),
    ("url", NONE, "example.com/path", "not a URL"),
    ("url", NONE, "mailto:team@example.com", "not a URL"),
    ("url", NONE, "https://example.com\n", "white space"),
    ("url", NONE, "https://a.example.com,b.example.com", "not a URL"),
    ("url", NONE, "https://\ud800", "not a URL"),
    ("https_url", NONE, "http://example.com", "https"),
    ("host", NONE, "https://example.com", "without scheme"),
    ("host", NONE, "example.com:443", "without scheme or port"),
    ("host", NONE, "256.1.1.1", "not a host"),
    ("host", NONE, "-a.example.com", "not a host"),
    ("host", NONE, "a" * 64, "not a host"),
    *(("port", NONE, text, "1 to 65535") for text in ("0", "65536", "-1", "http", "٨٠", "9" * 5000)),
    *(("email", NONE, text, "not an e-mail address") for text in ("team", "team@", "@example.com", "a@b@c", "a@b..c")),
    ("email", NONE, "Team <team@example.com>", "white space"),
    ("uuid", NONE, "{123e4567-e89b-12d3-a456-426614174000}", "8-4-4-4-12"),
    ("uuid", NONE, "123e4567e89b12d3a456426614174000", "8-4-4-4-12"),
    *(("duration", NONE, text, "not a duration") for text in ("30", "m", "1hour", "P", "PT", "-1s")),
    *(("base64", NONE, text, "not base64") for text in ("a", "aGk==", "a+b_", "aG=k")),
    ("base64", {"bytes": 3}, "aGk=", "must stand for 3"),
    ("hex", NONE, "abc", "not hexadecimal"),
    ("hex", {"bytes": 1}, "abcd", "must stand for 1"),
    ("redis_url", NONE, "https://cache.example.com", "redis://"),
    ("redis_url", NONE, "redis://", "redis://"),
    ("redis_url", NONE, "redis://:wo@rd@cache.example.com", "percent-encode"),
    ("amqp_url", NONE, "amqp:///vhost", "no host"),
    ("amqp_url", NONE, "amqp://a.example.com,b.example.com/", "several hosts"),
    ("mongodb_url", NONE, "mysql://db.example.com", "mongodb"),
]


@pytest.mark.parametrize(("name", "options", "text"), FINE)
def test_a_right_value_is_taken(name: str, options: TypeOptions, text: str) -> None:
    assert check(TypeSpec(name, options), text) is None


@pytest.mark.parametrize(("name", "options", "text", "says"), WRONG)
def test_a_wrong_value_gets_one_sentence(name: str, options: TypeOptions, text: str, says: str) -> None:
    sentence = check(TypeSpec(name, options), text)
    assert sentence is not None
    assert says in sentence
    assert sentence.startswith("the value ")
    assert "\n" not in sentence
    assert not sentence.endswith(".")


@pytest.mark.parametrize("options", [{"min": "1"}, {"mni": 1}, {"min": 2, "max": 1}])
def test_a_value_is_never_right_by_options_that_make_no_sense(options: dict[str, Any]) -> None:
    assert "cannot be checked" in str(check(TypeSpec("integer", options), "1"))


def test_an_unknown_type_takes_nothing() -> None:
    assert "did you mean `string`" in str(check(TypeSpec("strnig"), "x"))
