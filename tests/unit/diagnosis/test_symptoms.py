"""Known signs: lines as programs, drivers and Render write them, and ordinary lines that are no sign of anything."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.diagnosis import Logged, sightings_of
from reconciler.domain.deploy import LogLine
from reconciler.domain.diagnosis import Symptom

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LOGGED = Logged(frozenset({"DATABASE_URL", "port_name"}), [("BOOM", re.compile("BOOM"))], lambda text: text)

SIGNS = {
    "OSError: [Errno 101] Network is unreachable": Symptom.NETWORK_UNREACHABLE,
    'connection to server at "2a05::1", port 5432 failed: Network is unreachable': Symptom.NETWORK_UNREACHABLE,
    "Error: connect ENETUNREACH 2a05::1:5432": Symptom.NETWORK_UNREACHABLE,
    "ConnectionRefusedError: [Errno 111] Connection refused": Symptom.CONNECTION_REFUSED,
    "Error: connect ECONNREFUSED 127.0.0.1:6379": Symptom.CONNECTION_REFUSED,
    "socket.gaierror: [Errno -2] Name or service not known": Symptom.NAME_RESOLUTION,
    "Error: getaddrinfo ENOTFOUND db.example.com": Symptom.NAME_RESOLUTION,
    "dial tcp: lookup redis: no such host": Symptom.NAME_RESOLUTION,
    'FATAL: password authentication failed for user "app"': Symptom.AUTHENTICATION,
    "FATAL: Tenant or user not found": Symptom.AUTHENTICATION,
    "openai.AuthenticationError: Error code: 401": Symptom.AUTHENTICATION,
    "KeyError: 'DATABASE_URL'": Symptom.MISSING_KEY,
    "Error: DATABASE_URL is not defined": Symptom.MISSING_KEY,
    "ValueError: DATABASE_URL is required": Symptom.MISSING_KEY,
    "Missing required environment variable: DATABASE_URL": Symptom.MISSING_KEY,
    "The environment variable `DATABASE_URL` must be set": Symptom.MISSING_KEY,
    "DATABASE_URL not found. Declare it as envvar or define a default value.": Symptom.MISSING_KEY,
    "ValueError: invalid literal for int() with base 10: 'many'": Symptom.WRONG_TYPE,
    "ValueError: Fernet key must be 32 url-safe base64-encoded bytes.": Symptom.WRONG_TYPE,
    "==> No open ports detected, continuing to scan...": Symptom.PORT_NOT_BOUND,
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory": Symptom.OUT_OF_MEMORY,
    "==> Exited with status 1": Symptom.CRASH,
    "it went BOOM": Symptom.DECLARED_FATAL,
}

ORDINARY = (
    "processed document 12 in 401 ms",
    "GET /login 401 3ms",
    "reconnecting to the network",
    "exited with status 0",
    "memory 214 MB of 512 MB",
    "listening on port 10000",
    "key rotation finished",
    "user is required to accept the terms",
    "the field required by the form was filled in",
    "no missing documents",
)


def seen(*messages: str, logged: Logged = LOGGED) -> dict[Symptom, tuple[str, tuple[str, ...]]]:
    lines = [LogLine(str(n), text, NOON + timedelta(seconds=n), "srv-x") for n, text in enumerate(messages)]
    return {each.symptom: (each.excerpt, each.names) for each in sightings_of(lines, logged)}


@pytest.mark.parametrize("line", SIGNS)
def test_a_sign_is_known(line: str) -> None:
    assert list(seen(line)) == [SIGNS[line]]
    assert ("DATABASE_URL" in line) == (seen(line)[SIGNS[line]][1] == ("DATABASE_URL",))


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_is_no_sign(line: str) -> None:
    assert seen(line) == {}


def test_pydantic_names_the_field_on_the_line_before() -> None:
    told = seen("1 validation error for Settings", "database_url", "  Field required [type=missing, input_value={}]")
    assert told == {Symptom.MISSING_KEY: ("Field required", ("DATABASE_URL",))}


def test_signs_are_counted_with_their_first_and_last_time() -> None:
    lines = [LogLine(str(n), "Connection refused", NOON + timedelta(minutes=n)) for n in range(5)]
    (sighting,) = sightings_of(lines, LOGGED)
    assert (sighting.count, sighting.first, sighting.last) == (5, NOON, NOON + timedelta(minutes=4))


def test_a_key_of_a_dictionary_that_is_a_secret_is_not_taken_for_a_name() -> None:
    made = [secrets.token_hex(16), secrets.token_hex(16).upper(), "AKIA" + secrets.token_hex(8).upper()]
    made += ["sk_" + secrets.token_urlsafe(24), f"{secrets.token_hex(6)}_{secrets.token_hex(6)}".upper()]
    for secret in made:
        told = seen(f"KeyError: '{secret}'", f"missing {secret}", f"{secret} is not set")
        assert secret not in str(told), "a name is a name of a variable, or it is nothing"


def test_a_name_that_no_contract_has_is_told() -> None:
    assert seen("KeyError: 'STRIPE_WEBHOOK_SECRET'")[Symptom.MISSING_KEY][1] == ("STRIPE_WEBHOOK_SECRET",)


@given(st.text(max_size=400), st.sampled_from(list(SIGNS)))
def test_nothing_of_a_line_is_kept_but_known_words(text: str, sign: str) -> None:
    marker = "Zq9" + "x" * 12
    told = seen(f"{text}{marker} {sign} {marker}{text}")
    assert marker not in str(told)
    assert all(excerpt.isprintable() and len(excerpt) <= 100 for excerpt, _ in told.values())


def test_a_huge_line_takes_no_time() -> None:
    began = datetime.now(UTC)
    for piece in ("A", "A_", "missing ", "environment variable ", "'", " is "):
        assert seen(piece * 1_000_000) == {}
    assert datetime.now(UTC) - began < timedelta(seconds=5)
