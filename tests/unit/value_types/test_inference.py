"""Which type a value is taken for by its shape, and that nothing but the type comes of it."""

from __future__ import annotations

import base64
import json
import secrets
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from reconciler.domain.definition import TypeSpec
from reconciler.value_types import check, infer

HEX = secrets.token_hex(20)


def jwt(**claims: str) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts), "c2ln"])


PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("key", "texts", "name", "options"),
    [
        ("DATABASE_URL", [f"postgres://a:{HEX}@h/d", f"postgresql+asyncpg://a:{HEX}@h:5432/d"], "postgres_url", {}),
        ("DATABASE_URL", [f"postgres://a:{HEX}@h/d", "sqlite:///x"], "string", {}),
        ("BROKER", ["redis://red-x:6379"], "redis_url", {}),
        ("BROKER", [f"amqps://u:{HEX}@h/v"], "amqp_url", {}),
        ("MONGO", [f"mongodb+srv://u:{HEX}@h/d"], "mongodb_url", {}),
        ("SUPABASE_URL", ["https://abcdefghijklmnopqrst.supabase.co"], "supabase_url", {}),
        ("KEY", [jwt(role="anon")], "supabase_key", {"role": "anon"}),
        ("KEY", [jwt(role="service_role"), f"sb_secret_{HEX}"], "supabase_key", {"role": "service_role"}),
        ("KEY", [jwt(sub="me")], "jwt", {}),
        ("SITE", ["https://a.example.com", "https://b.example.com/x"], "https_url", {}),
        ("SITE", ["https://a.example.com", "http://b.example.com"], "url", {}),
        ("OPENAI_API_KEY", [f"sk-proj-{HEX}"], "api_key", {"prefix": "sk-"}),
        ("ANTHROPIC_API_KEY", [f"sk-ant-{HEX}"], "api_key", {"prefix": "sk-ant-"}),
        ("STRIPE", [f"sk_live_{HEX}", f"sk_test_{HEX}"], "string", {}),
        ("PORT", ["10000"], "port", {}),
        ("PORT", ["70000"], "integer", {}),
        ("DB_HOST", ["dpg-abc-a"], "host", {}),
        ("WORKERS", ["4", "16"], "integer", {}),
        ("DEBUG", ["true", "0"], "boolean", {}),
        ("DEBUG", ["True"], "string", {}),
        ("RATIO", ["0.75"], "number", {}),
        ("TENANT", [str(uuid.uuid4())], "uuid", {}),
        ("SENDER", ["team@example.com"], "email", {}),
        ("FLAGS", ['{"a": 1}'], "json", {}),
        ("SECRET", [HEX], "hex", {}),
        ("TTL", ["15m"], "duration", {}),
        ("TLS_KEY", [PEM], "pem", {}),
        ("LEVEL", ["info"], "string", {}),
        ("EMPTY", [""], "string", {}),
        ("HUGE", ["1" * 1_000_000], "string", {}),
        ("NOTHING", [], "string", {}),
    ],
)
def test_a_shape_tells_the_type(key: str, texts: list[str], name: str, options: dict[str, str]) -> None:
    assert infer(key, texts) == TypeSpec(name, options)


@given(st.text(), st.lists(st.text() | st.from_regex(r"(https://|redis://|eyJ|sk-|[0-9.+-]|\{)[!-~]*"), max_size=3))
def test_what_was_inferred_holds(key: str, texts: list[str]) -> None:
    spec = infer(key, texts)
    assert [check(spec, text) for text in texts] == [None] * len(texts)
