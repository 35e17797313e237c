"""Leaks: credentials are recognised by their shape, and ordinary literals are not taken for them."""

from __future__ import annotations

import base64
import random
import string
import uuid

import pytest

from reconciler.rules.leak import looks_secret
from tests.unit.value_types.specimen import database, token

_RANDOM = random.Random(20)  # noqa: S311 — the same specimens in every run, and no secrets
_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def noise(length: int) -> str:
    return "".join(_RANDOM.choices(_LETTERS_AND_DIGITS, k=length))


@pytest.mark.parametrize(
    "text",
    [
        token(role="anon"),
        f"Bearer {token(role='anon')}",
        f"-----BEGIN {'PRIVATE'} KEY-----",
        database(),
        f"redis://:{'p' * 8}@cache.example.com",
        *(prefix + noise(24) for prefix in ("sk-", "sk-proj-", "llx-", "rnd_", "ghp_", "github_pat_", "sb_secret_")),
        *(prefix + noise(24) for prefix in ("hvs.", "AIza", "AKIA", "xoxb-", "glpat-")),
        noise(32),
        base64.b64encode(_RANDOM.randbytes(32)).decode(),
        base64.urlsafe_b64encode(_RANDOM.randbytes(32)).decode(),
        _RANDOM.randbytes(16).hex(),
        f"https://hooks.example.com/services/{noise(24)}",
        "https://[",
        f"host=db.example.com user=app password={'Tr0ub4dor'} dbname=app",
        f"Server=db;{'Pwd'}=CorrectHorse;",
        f'{{"api_key": "{"h" * 8}"}}',
        f"https://example.com/?token={'t' * 8}",
        f"user:{'hunter'}two@db.example.com:5432/app",
        f"Basic {'dXNl' * 3}",
        f"Bearer {'abc' * 4}",
        f"https://api.telegram.org/bot12345:{'AAHx' * 2}",
        f"SG.{'abcd' * 2}.{'efgh' * 2}",
        *(prefix + "abcd" * 4 for prefix in ("npm_", "glsa_", "dop_v1_")),
    ],
    ids=lambda text: text[:8],
)
def test_a_credential_is_recognised(text: str) -> None:
    assert looks_secret(text)


def test_a_uuid_counts_as_a_secret_because_vendors_give_out_keys_in_that_shape() -> None:
    assert all(looks_secret(str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4))) for _ in range(100))
    assert looks_secret(str(uuid.UUID(int=0)))


@pytest.mark.parametrize("size", [10, 12, 16, 32, 64])
def test_random_hexadecimal_is_recognised_every_time_and_long_numbers_never(size: int) -> None:
    assert all(looks_secret(f"old-{_RANDOM.randbytes(size).hex()}") for _ in range(500))
    assert not looks_secret("".join(_RANDOM.choices(string.digits, k=2 * size)))


@pytest.mark.parametrize(
    "text",
    [
        *("", "info", "WARNING", "true", "10000", "0.75", "3.11.7", "v1.10.3-rc1", "30s", "UTC"),
        *("eu-central-1", "us-east-1", "ap-southeast-2", "America/Argentina/Buenos_Aires"),
        "https://abcdefghijklmnopqrst.supabase.co",
        "https://otel.example.com:4317/v1/traces",
        "https://docs.google.com/spreadsheets/d/1",
        "https://api.example.com/v2/organizations/acme/projects",
        "https://user@example.com/path",
        "api-service-production.onrender.com",
        "aws-0-eu-central-1.pooler.supabase.com",
        "redis://red-c0example0example00:6379",
        "srv-c0example0example00",
        "2026-11-23T10:11:12Z",
        "a,b,c",
        "alpha,beta,gamma,delta,epsilon,zeta,eta,theta",
        "gpt-4o-mini,gpt-4o,text-embedding-3-small",
        "claude-3-5-sonnet-20241022",
        "/var/data/uploads/2024",
        "s3://my-bucket-prod-2024/path",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "-Xmx512m -XX:MaxRAMPercentage=75",
        "sketch-collaboration-service",
        "pkgconfig-directory-name",
        "navigator.settings.production",
        *("npm_config_cache", "mailto:someone@example.com", "token", "secret-santa", "password reset", "robot:7"),
        *("a:b@c", "http://user@example.com", "max_tokens: 10", "12:30:00"),
        "The quick brown fox jumps over 13 lazy dogs.",
    ],
)
def test_an_ordinary_literal_is_no_false_alarm(text: str) -> None:
    assert not looks_secret(text)
