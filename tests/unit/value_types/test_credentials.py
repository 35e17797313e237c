"""Types that carry credentials: keys, tokens, PEM, Supabase and its databases."""

from __future__ import annotations

import functools

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reconciler.domain.definition import Json, TypeSpec
from reconciler.value_types import check
from reconciler.value_types.supabase import key_role
from reconciler.value_types.supabase_project import project_ref
from tests.unit.value_types.specimen import OTHER_REF, REF, database, token

DIRECT = f"db.{REF}.supabase.co"
POOLER = "aws-1-us-east-1.pooler.supabase.com"


def said(name: str, text: str, **options: Json) -> str:
    return check(TypeSpec(name, options), text) or "fine"


@functools.cache
def pem(kind: str) -> str:
    key = Ed25519PrivateKey.generate()
    if kind == "public_key":
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    form_of = {
        "private_key": serialization.PrivateFormat.PKCS8,
        "openssh": serialization.PrivateFormat.OpenSSH,
    }
    locked = serialization.BestAvailableEncryption(b"word") if kind == "locked" else serialization.NoEncryption()
    form_for = form_of.get(kind, serialization.PrivateFormat.PKCS8)
    return key.private_bytes(serialization.Encoding.PEM, form_for, locked).decode()


def test_a_fernet_key_is_what_fernet_generates() -> None:
    key = Fernet.generate_key().decode()
    assert said("fernet_key", key) == "fine"
    assert "44 characters" in said("fernet_key", key[:-1])
    assert "44 characters" in said("fernet_key", key[:-4])
    assert "white space" in said("fernet_key", key + "\n")
    assert "not a Fernet key" in said("fernet_key", "." * 43 + "=")


def test_a_token_is_read_without_its_key() -> None:
    one = token(iss="supabase", admin=True)
    assert said("jwt", one) == "fine"
    assert said("jwt", one, claims={"iss": "supabase"}) == "fine"
    assert said("jwt", one, claims=["iss", "admin"]) == "fine"
    assert "see `aud`" in said("jwt", one, claims=["aud"])
    assert "see `iss`" in said("jwt", one, claims={"iss": "somebody"})
    assert "see `admin`" in said("jwt", one, claims={"admin": 1}), "true is not 1 in JSON"
    assert "not a JSON Web Token" in said("jwt", one.rpartition(".")[0])
    assert "not a JSON Web Token" in said("jwt", "a.b.c")


def test_an_api_key_begins_as_its_vendor_has_it() -> None:
    assert said("api_key", "sk-" + "x" * 20, prefix="sk-", pattern="sk-x+") == "fine"
    assert "must begin with `sk-`" in said("api_key", "llx-" + "x" * 20, prefix="sk-")
    assert "without the rest" in said("api_key", "sk-", prefix="sk-")
    assert "does not match" in said("api_key", "sk-yy", pattern="sk-x+")
    assert "characters that no key has" in said("api_key", "sk-“quoted”")


@pytest.mark.parametrize(
    ("key", "role"),
    [
        (token(role="anon", ref=REF), "anon"),
        (token(role="service_role", ref=REF), "service_role"),
        ("sb_publishable_" + "x" * 20, "anon"),
        ("sb_secret_" + "x" * 20, "service_role"),
    ],
)
def test_a_supabase_key_tells_its_role(key: str, role: str) -> None:
    assert said("supabase_key", key) == "fine"
    assert said("supabase_key", key, role=role) == "fine"
    assert key_role(key) == role


@pytest.mark.parametrize("key", ["sb_secret_", "word", token(ref=REF), token(role="admin"), token(role=["anon"])])
def test_what_is_no_supabase_key_is_refused(key: str) -> None:
    assert "not a Supabase key of a known role" in said("supabase_key", key)


@pytest.mark.parametrize(
    "text", [f"https://{REF}.supabase.co", f"https://{REF}.supabase.co/", "https://data.acme.test"]
)
def test_a_supabase_url_is_a_project_or_a_custom_domain(text: str) -> None:
    assert said("supabase_url", text) == "fine"


@pytest.mark.parametrize(
    "text",
    [
        f"http://{REF}.supabase.co",
        f"https://{DIRECT}",
        f"https://supabase.com/dashboard/project/{REF}",
        f"https://{REF}.supabase.co/rest/v1",
        f"https://{REF}.supabase.co?a=b",
        f"https://{REF}.supabase.co#x",
        f"https://user@{REF}.supabase.co",
        f"{REF}.supabase.co",
        "https://short.supabase.co",
    ],
)
def test_what_is_no_supabase_url_is_refused(text: str) -> None:
    assert "write https://<project ref>.supabase.co" in said("supabase_url", text)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (database("db.example.com"), {"pool_mode": "transaction"}),
        (database("db.example.com:1234", user="me", scheme="postgres"), {}),
        (database("db.example.com", scheme="postgresql+asyncpg"), {}),
        (database("db.example.com", scheme="postgresql+psycopg_async"), {}),
        (database("db.example.com", scheme="postgresql+asyncpg"), {"driver": "asyncpg"}),
        (database("a.example.com:1,b.example.com:2"), {}),
        (database(f"{POOLER}:6543"), {"pool_mode": "transaction"}),
        (database(f"{POOLER}:5432"), {"pool_mode": "session"}),
        (database(POOLER), {"pool_mode": "session"}),
        (database(f"{DIRECT}:5432", user="postgres"), {"pool_mode": "direct"}),
        (database(f"{DIRECT}:6543", user="postgres"), {"pool_mode": "transaction", "ipv4_addon": True}),
        (database(f"{DIRECT}:5432", user="postgres"), {"pool_mode": "transaction"}),
    ],
)
def test_a_right_database_url_is_taken(text: str, options: dict[str, Json]) -> None:
    assert said("postgres_url", text, **options) == "fine"


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("mysql://db.example.com/x", {}, "not a PostgreSQL URL"),
        ("postgresql:///app", {}, "no host"),
        (database("db.example.com").replace("pppppppp", "p#p"), {}, "percent-encode"),
        (database("db.example.com").replace("pppppppp", "p@p"), {}, "percent-encode"),
        (database("db.example.com", scheme="postgresql+nonsense"), {}, "unknown driver"),
    ],
)
def test_a_wrong_database_url_is_refused(text: str, options: dict[str, Json], says: str) -> None:
    assert says in said("postgres_url", text, **options)


@pytest.mark.parametrize("kind", ["private_key", "public_key", "openssh", "locked"])
def test_pem_is_read_as_what_it_is(kind: str) -> None:
    right = "public_key" if kind == "public_key" else "private_key"
    assert said("pem", pem(kind)) == "fine"
    assert said("pem", pem(kind), kind=right) == "fine"
    assert "PEM of a certificate" in said("pem", pem(kind), kind="certificate")


def test_pem_with_its_line_breaks_written_out_is_refused() -> None:
    assert "real line breaks" in said("pem", pem("private_key").replace("\n", "\\n"))
    assert "cannot be read" in said("pem", "\n".join(pem("private_key").splitlines()[:-1]))
    assert "not PEM" in said("pem", "word")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (f"https://{REF}.supabase.co", REF),
        (token(ref=REF), REF),
        (database(f"{POOLER}:6543"), REF),
        (database(DIRECT, user=f"postgres.{OTHER_REF}"), REF),
        ("https://data.acme.test", None),
        ("sb_secret_" + "x" * 20, None),
        (token(role="anon"), None),
        (database("db.example.com"), None),
        ("word", None),
        ("", None),
    ],
)
def test_a_value_tells_its_supabase_project_or_nothing(text: str, ref: str | None) -> None:
    assert project_ref(text) == ref
