"""Properties of every type: no text makes a check raise, and no sentence repeats the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.domain.definition import Json, TypeSpec
from reconciler.value_types import TYPE_NAMES, check
from tests.unit.value_types.specimen import REF, database, token

OPTIONS: dict[str, dict[str, Json]] = {
    "string": {"pattern": "[a-z]+", "min_length": 3, "max_length": 5},
    "integer": {"min": 1, "max": 2},
    "number": {"min": 1, "max": 2},
    "enum": {"values": ["a"]},
    "json": {"schema": {"type": "object", "additionalProperties": {"type": "null"}}},
    "postgres_url": {"pool_mode": "transaction", "driver": "asyncpg", "same_project_as": "X"},
    "supabase_key": {"role": "anon"},
    "jwt": {"claims": {"iss": "x"}},
    "base64": {"bytes": 1},
    "hex": {"bytes": 1},
    "pem": {"kind": "certificate"},
    "api_key": {"prefix": "sk-", "pattern": "sk-a"},
}
SPECS = [TypeSpec(name, options) for name in TYPE_NAMES for options in ({}, OPTIONS.get(name, {}))]

starts = st.sampled_from(
    [
        *("", "postgresql://", "postgres://a:b@", "https://", "redis://", "amqp://u@", "mongodb://", "jdbc:"),
        *("sb_secret_", "eyJ", "eyJhbGciOiJub25lIn0.", "-----BEGIN CERTIFICATE-----\n", '{"a":', "sk-", "P1", "[::"),
    ]
)
# Lone surrogates too: a value may have been read with surrogateescape.
anything = st.text(st.characters(exclude_categories=[]), max_size=60)
texts = st.one_of(anything, st.builds(str.__add__, starts, anything))

SENTINEL = "Qz7Xw9Kv3Jm5"
"""Text that no message could have of its own."""
AROUND = [
    SENTINEL,
    f" {SENTINEL}\n",
    f"https://user:{SENTINEL}@{SENTINEL}.example.com/{SENTINEL}?{SENTINEL}#{SENTINEL}",
    f"http://{SENTINEL}",
    f"postgresql://u:{SENTINEL}@h:{SENTINEL}/x",
    f"postgresql://u:{SENTINEL}@db.{REF}.supabase.co/{SENTINEL}",
    f"postgresql+{SENTINEL}://u:{SENTINEL}@h/x",
    database("aws-0-x.pooler.supabase.com:5432", user=SENTINEL),
    f"redis://:{SENTINEL}@{SENTINEL}@h",
    f"amqp:///{SENTINEL}",
    f"{SENTINEL}@{SENTINEL}@x",
    f'{{"{SENTINEL}": "{SENTINEL}"}}',
    f'{{"{SENTINEL}": ',
    f"[{SENTINEL}]",
    token(role=SENTINEL, iss=SENTINEL, ref=SENTINEL),
    token(role="service_role", ref=SENTINEL),
    f"sk-{SENTINEL}",
    f"sb_secret_{SENTINEL * 2}",
    f"-----BEGIN {SENTINEL}-----\n{SENTINEL}\n-----END {SENTINEL}-----\n",
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.name}{'*' if spec.options else ''}")
@settings(max_examples=60, deadline=None)
@given(text=texts)
def test_no_text_makes_a_check_raise_or_its_last_resort_necessary(spec: TypeSpec, text: str) -> None:
    sentence = check(spec, text)
    assert sentence is None or (sentence.isprintable() and sentence.startswith("the value "))
    assert sentence is None or "cannot be read as" not in sentence or spec.name == "pem"


@pytest.mark.parametrize("text", AROUND, ids=range(len(AROUND)))
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.name}{'*' if spec.options else ''}")
def test_no_sentence_has_a_fragment_of_the_value(spec: TypeSpec, text: str) -> None:
    sentence = (check(spec, text) or "").lower()
    fragments = {SENTINEL[start : start + 6].lower() for start in range(len(SENTINEL) - 5)}
    assert not [fragment for fragment in fragments if fragment in sentence]
    if text.startswith("eyJ"):
        assert not [text[start : start + 6] for start in range(len(text) - 5) if text[start : start + 6] in sentence]
