"""Shapes: what two values of one name differ in, in words that give neither away."""

from __future__ import annotations

import secrets

import jwt
import pytest

from reconciler.domain.value import Secret
from reconciler.rules.reading import Reading
from reconciler.rules.shape import shape_differences


def word(size: int) -> str:
    return "".join(secrets.choice("abcdefghij") for _ in range(size))


def key(role: str) -> str:
    return jwt.encode({"role": role, "ref": word(20), "iss": "supabase"}, word(40))


REF = word(20)
DIRECT = f"postgresql://postgres:{word(12)}@db.{REF}.supabase.co:5432/postgres"
POOLER = f"postgresql://postgres.{REF}:{word(12)}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"
DIFFERENT = {
    "other host": (DIRECT, POOLER, "Supabase's direct database host"),
    "other scheme": ("http://shop.example.com", "https://shop.example.com", "the scheme http"),
    "unknown scheme": (f"{word(9)}://shop.example.com", "https://shop.example.com", "another scheme"),
    "no password": ("redis://cache.example.com:6379", f"redis://:{word(9)}@cache.example.com:6379", "no password"),
    "another port": ("redis://cache.example.com:6399", "redis://cache.example.com:6379", "another port"),
    "local": ("http://localhost", "http://shop.example.com", "a local host"),
    "other role": (key("service_role"), key("anon"), "the role service_role"),
    "no URL": (word(30), POOLER, "one word"),
    "cut": (word(10), word(64), "a much shorter text"),
    "longer": (word(64), word(10), "a much longer text"),
    "quoted": (f'"{word(20)}"', word(20), "quotes around it"),
    "white space": (f"{word(20)}\n", word(20), "white space around it"),
    "number": ("17", "true", "a number"),
    "JSON": ('{"a": 1}', word(8), "JSON"),
    "PEM": (f"-----BEGIN PRIVATE KEY-----\n{word(20)}", word(20), "a PEM block"),
}
ALIKE = {
    "other project": (POOLER, POOLER.replace(REF, word(20))),
    "other password": (DIRECT, f"postgresql://postgres:{word(30)}@db.{REF}.supabase.co:5432/postgres"),
    "other token": (key("anon"), key("anon")),
    "other hosts": ("https://staging.example.com", "https://www.a-much-longer-name.example.com"),
    "short words": ("info", "development"),
    "numbers": ("8", "100000"),
    "keys": (word(40), word(44)),
    "texts": ("one two", "one two three four five six seven eight"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_other_shapes_are_told_apart(case: str) -> None:
    here, there, said = DIFFERENT[case]
    differences = shape_differences(Reading(Secret(here)), Reading(Secret(there)))
    assert said in [ours for ours, _ in differences]


@pytest.mark.parametrize("case", ALIKE)
def test_what_differs_between_environments_as_it_should_is_alike(case: str) -> None:
    here, there = ALIKE[case]
    assert shape_differences(Reading(Secret(here)), Reading(Secret(there))) == []
