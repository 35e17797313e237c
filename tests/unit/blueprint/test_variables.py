"""What of a Blueprint is copied, and what may be a secret and is not."""

from __future__ import annotations

import secrets

import pytest

from reconciler.blueprint.document import EnvVar
from reconciler.blueprint.variables import Names, variables_of
from reconciler.domain.definition import External, Literal

NOTHING = Names(databases=(), key_values=())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NODE_ENV", "production"),
        ("TOKEN_LIFETIME", "3600"),
        ("SESSION_KEY_TTL", "15m"),
        ("PASSWORD_LOGIN", "false"),
        ("KEYBOARD", "qwerty"),
        ("MONKEY_MODE", "wild"),
        ("COMPASS", "north"),
        ("AUTHOR", "team"),
        ("SECRETS_DIR_ENABLED", "on"),
        ("PATH", "/usr/bin:/bin"),
        ("SPIN", "slow"),
    ],
)
def test_what_is_no_secret_is_copied(key: str, value: str) -> None:
    found, left_out = variables_of([EnvVar(key=key, value=value)], NOTHING)
    assert isinstance(found[key].source, Literal)
    assert left_out == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASS", "hunter"),
        ("ADMIN_PASSWORD", "123456"),
        ("ROOT_PWD", "1234"),
        ("DOOR_PIN", "4711"),
        ("JWT_SECRET", "1"),
        ("SECRET_KEY_BASE", "words"),
        ("API_KEY", "words"),
        ("APP_KEYS", "a,b"),
        ("SENTRY_DSN", "words"),
        ("SLACK_WEBHOOK_URL", "https://example.com"),
        ("ANYTHING", secrets.token_hex(20)),
        ("ANYTHING", f"postgresql://a:{secrets.token_hex(4)}@h/d"),
        ("ANYTHING", "vault://kv/app#/key"),
        ("ANYTHING", "x" * 70_000),
    ],
    ids=map(str, range(14)),
)
def test_what_may_be_one_is_not(key: str, value: str) -> None:
    found, _ = variables_of([EnvVar(key=key, value=value)], NOTHING)
    assert isinstance(found[key].source, External)
    assert len(found[key].notes) == 1
    assert value not in found[key].notes[0] or len(value) < 2
