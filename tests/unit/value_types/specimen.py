"""Specimens: secrets made at run time, since none may stand in the repository."""

from __future__ import annotations

import jwt

SIGNING_KEY = "a key of these tests that is long enough"
REF, OTHER_REF = "abcdefghijklmnopqrst", "zyxwvutsrqponmlkjihg"


def token(**claims: object) -> str:
    return jwt.encode(claims, SIGNING_KEY, algorithm="HS256")


def database(
    host: str = "aws-0-eu-central-1.pooler.supabase.com:6543", user: str = f"postgres.{REF}", scheme: str = "postgresql"
) -> str:
    return f"{scheme}://{user}:{'p' * 8}@{host}/postgres"
