"""Whatever a value is, no finding has it, and no rule falls over it."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.domain.definition import Literal
from reconciler.domain.value import Secret
from reconciler.report.findings_text import findings_text
from reconciler.rules import Rendered, Scene, findings_of
from reconciler.rules.example import held, place
from reconciler.value_types import TYPE_NAMES
from tests.unit.rules.test_values import FIRES
from tests.unit.value_types.specimen import REF, token

SENTINEL = "q7Zk" + "9Wx2" * 3
"""In every value, and nowhere else."""
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from([text for _, _, text, _, _ in FIRES]),
    st.sampled_from(["redis://", "postgresql://app:", "https://staging.", '"', "••••", "changeme", " ", "\ufeff"]),
    st.just("-----BEGIN PRIVATE\x20KEY-----\r\n"),
)
KEYS = st.sampled_from(["DATABASE_URL", "NEXT_PUBLIC_KEY", "SUPABASE_ANON_KEY", "PORT", "A", "BUCKET", "VENDOR_TOKEN"])


@settings(deadline=None, max_examples=400)
@given(
    before=TEXTS,
    after=TEXTS,
    key=KEYS,
    type_name=st.sampled_from(TYPE_NAMES),
    literal=st.booleans(),
    environment=st.sampled_from(["production", "staging", "development"]),
)
def test_no_finding_has_a_value(
    before: str,
    after: str,
    key: str,
    type_name: str,
    literal: bool,  # noqa: FBT001 — a draw
    environment: str,
) -> None:
    text = f"{before}{SENTINEL}{after}"
    source = Literal(Secret(text)) if literal else None
    one = held(key, text, type_name, source=source)
    other = held("OTHER_KEY", text)
    scene = Scene(
        (
            place(one, other, environment=environment, rendered=Rendered(frozenset({key}))),
            place(one, environment="production" if environment == "staging" else "staging"),
        ),
        is_whole=True,
    )
    found = findings_of(scene)
    told = findings_text(found) + repr(found) + repr(scene)
    assert SENTINEL not in told
    assert SENTINEL.lower() not in told.lower()


def test_claims_are_not_told_either() -> None:
    key = token(role="service_role", ref=REF, exp=1, sub=SENTINEL)
    found = findings_of(Scene((place(held("NEXT_PUBLIC_SUPABASE_ANON_KEY", key)),)))
    assert {"RC107", "RC108", "RC163"} <= {finding.code for finding in found}
    assert SENTINEL not in findings_text(found)
    assert REF not in findings_text(found)


def test_huge_and_hostile_values_take_no_time() -> None:
    for text in ("a" * 1_000_000, "x-" * 200_000, "postgresql://" + "a:" * 100_000, "*" * 500_000, "." * 500_000):
        for key in ("VENDOR_KEY", "NEXT_PUBLIC_KEY"):
            findings_of(Scene((place(held(key, text)),)))
    long = ["_".join(string.ascii_uppercase * 4) + str(number) for number in range(60)]
    assert findings_of(Scene((place(*(held(key, "x") for key in long)),))) == []
