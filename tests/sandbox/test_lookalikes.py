"""Made-up values: of the same types and shape as the real ones, equal where those are, and otherwise not them."""

from __future__ import annotations

import json
import secrets
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from reconciler.domain.definition import Definition, External, TypeSpec
from reconciler.errors import Location
from reconciler.sandbox.lookalike import Lookalikes
from reconciler.sandbox.lookalike.lookalikes import types_of
from tests.tls import self_signed

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    *("info", "8080", "3.14", "-5", "1e300", "00123", "30s", "1h30m", "PT15M", "ann@acme.com", "db.acme.internal:5432"),
    *(
        "https://k@o1.ingest.acme.io/45",
        "redis://red-abc:6379/0",
        "rediss://u:p%40w@h.acme.com/1",
        "10.1.2.3",
        "2a00::1",
    ),
    "mongodb://u:p@h1.acme.com:27017,h2.acme.com:27017/db?retryWrites=true&w=majority",
    "postgresql://u.name:1,234@h.acme.com:6543/db?sslmode=require&host=other.acme.com",
    *("https://a.acme.com,https://b.acme.com", "deadbeef00", "123e4567-e89b-12d3-a456-426614174000", "gpt-4.1-mini"),
    *("héllo wörld 漢字 \N{KEY}", "  padded\n", "KEY=val\nOTHER=thing\n", '{"list":[1,2.5,null,true],"text":"value"}'),
    *('"quoted text"', "hunter2://", "half a pair \ud800"),
    *("/etc/app/config.toml", "!!@#%^&*()", "redis:6379", "[1e300, 10]", "amqps://user:pass@h.acme.com/vh%2Fone"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_value_becomes_another_one_of_the_same_types(text: str) -> None:
    made = Lookalikes().of(text)
    assert made != text
    assert types_of(text) <= types_of(made)
    assert "acme" not in made


@given(st.text(min_size=1))
def test_text_keeps_its_length_and_kinds_of_characters(text: str) -> None:
    made = Lookalikes().of(text)
    if made.startswith(("{", "[")) or types_of(text) & {"host", "email", "url"}:
        return
    assert [unicodedata.category(each) for each in made if ord(each) > 127] == [
        unicodedata.category(each) for each in text if ord(each) > 127
    ]
    assert len(made) == len(text)


@pytest.mark.parametrize("text", ["", " ", "*", "true", "0", "localhost:80", "http://127.0.0.1", "/"])
def test_what_says_nothing_stays_or_is_drawn_from_its_few_kinds(text: str) -> None:
    assert Lookalikes().of(text) in {text, "false", "1"}


def test_parts_of_addresses_are_replaced_alike_everywhere() -> None:
    lookalikes = Lookalikes()
    url = lookalikes.of("postgresql://app:hunter-two@db.acme.com:5432/books?sslmode=require")
    made = urlsplit(url)
    assert (made.scheme, made.port, made.query) == ("postgresql", 5432, "sslmode=require")
    assert str(made.hostname).endswith(".example")
    assert lookalikes.of("hunter-two") == made.password
    assert lookalikes.of("app") == made.username
    assert lookalikes.of("db.acme.com") == made.hostname
    assert lookalikes.of("books") == made.path.removeprefix("/")
    assert lookalikes.of("mail@db.acme.com").endswith(f"@{made.hostname}")


def test_keys_and_certificates_become_others_of_their_kind() -> None:
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    key = rsa.generate_private_key(65537, 2048).private_bytes(*form).decode()
    made = Lookalikes().of(key)
    assert made != key
    assert made.startswith("-----BEGIN RSA PRIVATE\x20KEY-----")
    loaded = serialization.load_pem_private_key(made.encode(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    assert loaded.key_size == 2048
    # As it stands in a variable where somebody wrote the line breaks out.
    assert "\\n" in Lookalikes().of(key.replace("\n", "\\n"))
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    text = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    assert isinstance(serialization.load_pem_public_key(Lookalikes().of(text).encode()), ed25519.Ed25519PublicKey)


def test_a_certificate_expires_when_the_real_one_does(tmp_path: Path) -> None:
    pem = self_signed(tmp_path).read_text()
    made = Lookalikes().of(pem)
    real, other = (x509.load_pem_x509_certificates(each.encode())[0] for each in (pem, made))
    assert abs(real.not_valid_after_utc - other.not_valid_after_utc) < timedelta(seconds=1)
    assert "localhost" not in other.subject.rfc4514_string()
    assert not set(made.splitlines()) & {line for line in pem.splitlines() if not line.startswith("-----")}


@pytest.mark.parametrize(
    "broken", ["-----BEGIN PRIVATE\x20KEY-----\nAAECAw==\n", "-----BEGIN PRIVATE\x20KEY-----", "-----BEGIN "]
)
def test_what_is_no_key_does_not_become_one(broken: str) -> None:
    assert "pem" not in types_of(Lookalikes().of(broken))


def test_a_definition_that_nothing_made_up_fits_is_told() -> None:
    definition = Definition(
        "CODE", External(), Location("services.yaml", 1, 1), TypeSpec("string", {"pattern": "abc[0-9]"})
    )
    lookalikes = Lookalikes()
    made = lookalikes.defined("abc1", definition)
    assert made != "abc1"
    assert [each.key for each in lookalikes.unlike] == ["CODE"]
    assert lookalikes.of("abc1") == made


def test_members_that_are_no_names_are_replaced_too() -> None:
    made = json.loads(Lookalikes().of(json.dumps({"host": "a", "ann@acme.com": {"sk-proj-1234567890abcdef": 1}})))
    assert "host" in made
    assert "acme" not in json.dumps(made)
    assert "1234567890" not in json.dumps(made)


@pytest.mark.parametrize(
    "shape",
    [
        "-----BEGIN PRIVATE\x20KEY-----{}",
        "-----BEGIN PRIVATE\x20KEY----- {}",
        "password={} -----BEGIN PRIVATE\x20KEY-----\nabcd",
        "https://hooks.example.com/x?{}=1",
        "a{}://x",
        "admin:48151{:.0}",
    ],
)
def test_no_part_of_a_secret_stays_where_only_a_form_is_to_stay(shape: str) -> None:
    secret = secrets.token_hex(16)
    made = Lookalikes().of(shape.format(secret))
    assert secret not in made
    assert "48151" not in made
